#!/bin/sh
# Stand-in for docker-compose on hosts of the lab: makes what its stand-in docker takes for containers. A line in
# /var/lib/stand-in/NAME says of which root, service and image a container was made.
set -eu
die() { echo "stand-in docker-compose: $*" >&2; exit 1; }
[ "${1:-}" = -f ] || die 'the first word must be -f'
file=$2
verb=$3
shift 3
if [ "${1:-}" = -d ]; then shift; fi
[ -f "$file" ] || die "no such file: $file"
[ -n "${PRYV_CONF_ROOT:-}" ] || die 'PRYV_CONF_ROOT is not set: the volumes would lie in /'

# Another image or another root make it a new container.
up() {
  place=/var/lib/stand-in/$2
  made=''
  if [ -e "$place" ]; then read -r made <"$place"; fi
  if [ "$made" = "$PRYV_CONF_ROOT $1 $3" ]; then return; fi
  if [ -n "$made" ]; then systemctl stop "container@$2"; fi
  echo "$PRYV_CONF_ROOT $1 $3" >"$place.new"
  mv -- "$place.new" "$place"
}

units=''
wanted=" $* "
while read -r service name image; do
  case $wanted in '  ' | *" $service "*) ;; *) continue ;; esac
  if [ "$verb" = up ]; then up "$service" "$name" "$image"; fi
  units="$units container@$name"
  echo "$verb: $name ($image)" >&2
done <<END
$(awk '/^  [a-z-]+:$/ { s = $1; sub(":", "", s) } /image:/ { i = $2 } /container_name:/ { print s, $2, i }' "$file")
END
[ -n "$units" ] || die "no such service in $file:$wanted"
# shellcheck disable=SC2086 # several words are meant
case $verb in
  up | start) systemctl start $units ;;
  stop) systemctl stop $units ;;
  *) die "knows no '$verb'; it knows up -d, start, stop" ;;
esac
