#!/bin/sh
# Stand-in for docker on hosts of the lab: a container is a systemd unit, with mounts of its own as a container has them. So
# what runs in it are real processes, and what they write lies where docker's volumes would.
set -eu
die() { echo "stand-in docker: $*" >&2; exit 1; }
known() { [ -e "/var/lib/stand-in/$1" ] || die "Error: No such container: $1"; }

[ $# -gt 0 ] || die 'say what to do: inspect, start, stop, exec'
verb=$1
shift
case $verb in
  inspect)
    template=''
    if [ "$1" = -f ]; then
      template=$2
      shift 2
    fi
    known "$1"
    case $template in
      '') systemctl show "container@$1" ;;
      '{{.State.Running}}') if systemctl is-active --quiet "container@$1"; then echo true; else echo false; fi ;;
      *) die "knows no such template: $template" ;;
    esac
    ;;
  start | stop)
    if [ "$1" = --time ]; then shift 2; fi
    for name in "$@"; do
      known "$name"
      systemctl "$verb" "container@$name"
      echo "$name"
    done
    ;;
  exec)
    case $1 in
      -i) shift ;;
      -t | -ti | -it) [ -t 0 ] || die 'the input device is not a TTY' ;;
      -*) die "exec knows no '$1'" ;;
      *) exec </dev/null ;;
    esac
    known "$1"
    pid=$(systemctl show --property MainPID --value "container@$1")
    [ "$pid" != 0 ] || die "Error response from daemon: container $1 is not running"
    shift
    exec nsenter --target "$pid" --mount -- "$@"
    ;;
  *) die "knows no '$verb'; it knows inspect, start, stop, exec" ;;
esac
