#!/bin/sh
# Stands in for docker, as far as an epilogue asks it: containers and images are empty files.
set -eu
cd /var/lib/stand-in-docker
each() { ls -- "$1" | sed "s/\$/$2/"; }
remove() { kind=$1; shift 2; (cd "$kind" && rm -- "$@"); }
case "${1-} ${2-}" in
  'ps -aq') each containers '' ;;
  'ps -a') each containers ' notebook Exited' ;;
  'images -q') each images '' ;;
  'images --format') each images ' latest 1GB' ;;
  'rm -f') shift; remove containers "$@" ;;
  'rmi -f') shift; remove images "$@" ;;
  *) echo "stand-in docker knows no '$*'" >&2; exit 1 ;;
esac
