#!/bin/sh
# Stands in for btrfs: a volume is a folder.
set -eu
case "${1-} ${2-}" in
  'subvolume list') (cd "$3" && find . -mindepth 1 -type d | sort | sed 's/^\./volume /') ;;
  'subvolume delete') rm -r -- "$3" ;;
  *) echo "stand-in btrfs knows no '$*'" >&2; exit 1 ;;
esac
