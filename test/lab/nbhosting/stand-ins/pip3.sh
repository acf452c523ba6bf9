#!/bin/sh
# Stands in for pip3: what it installs is an empty folder with the name of a package, as pip spells it nowadays; numpy has
# compiled parts.
set -eu
shift
python=$(python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
for name in "$@"; do
  case $name in numpy) root=/usr/local/lib64 ;; *) root=/usr/local/lib ;; esac
  mkdir -p "$root/$python/site-packages/$(printf %s "$name" | tr '[:upper:].-' '[:lower:]__')-2.dist-info"
done
