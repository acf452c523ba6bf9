#!/bin/sh
# Stands before a program on hosts of the lab, and hands over to the stand-in of that name or to the real program. Fails
# instead where the command line is like the pattern in /run/lab-fault/pattern and what /run/lab-fault/when says holds (its $1
# is the command line); then no more, unless there is /run/lab-fault/stays.
set -eu
me=${0##*/}
fault=/run/lab-fault
pattern=''
if [ -e $fault/pattern ]; then read -r pattern <$fault/pattern; fi
# shellcheck disable=SC2254 # a pattern is meant
case "$me $*" in
  $pattern)
    if sh $fault/when "$me $*"; then
      [ -e $fault/stays ] || rm -rf $fault
      echo "$me: fails, as the test asked" >&2
      exit 1
    fi
    ;;
esac
if [ -e "/usr/local/lib/stand-in/$me" ]; then exec "/usr/local/lib/stand-in/$me" "$@"; fi
exec "/usr/bin/$me" "$@"
