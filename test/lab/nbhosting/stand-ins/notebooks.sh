#!/bin/sh
# Stands in for docker and the notebooks in it: a student who writes without pause until it is stopped, each line the
# number after the last one. Students are on the box that holds production, while its site lets them in.
set -eu
file=/nbhosting/students/amelie/notebook.txt
while :; do
  if systemctl is-active --quiet nbhosting-addr && systemctl is-active --quiet nginx; then
    last=$(tail -n 1 "$file")
    echo "$((${last:-0} + 1))" >>"$file"
  fi
  sleep 0.05
done
