#!/bin/sh
# Stand-in for docker-compose on hosts of the lab: makes the units that its stand-in docker takes for containers. As with
# docker's volumes, a link in PRYV_CONF_ROOT is followed when a container starts, and no more while it runs.
set -eu
die() { echo "stand-in docker-compose: $*" >&2; exit 1; }
[ "${1:-}" = -f ] || die 'the first word must be -f'
file=$2
verb=$3
shift 3
if [ "${1:-}" = -d ]; then shift; fi
[ -f "$file" ] || die "no such file: $file"
[ -n "${PRYV_CONF_ROOT:-}" ] || die 'PRYV_CONF_ROOT is not set: the volumes would lie in /'

unit() {
  program="/usr/bin/python3 /usr/local/lib/stand-in/service.py $1 ${3##*:}"
  if [ "$1" = redis ]; then program='/usr/bin/redis-server --dir /app/data'; fi
  cat <<END
[Unit]
Description=Stand-in for the container $2 of $3
[Service]
Type=exec
ExecStart=$program
SuccessExitStatus=143
BindPaths=-$PRYV_CONF_ROOT/pryv/$1/data:/app/data -$PRYV_CONF_ROOT/pryv/$1/backup:/app/backup
[Install]
WantedBy=multi-user.target
END
}

# Another image or another root make it a new container.
up() {
  place=/etc/systemd/system/$2.service
  if [ "$(unit "$@")" != "$(cat "$place" 2>/dev/null)" ]; then
    if [ -e "$place" ]; then systemctl stop "$2"; fi
    unit "$@" >"$place.new"
    mv -- "$place.new" "$place"
    systemctl daemon-reload
    systemctl --quiet enable "$2"
  fi
  systemctl start "$2"
}

found=0
wanted=" $* "
while read -r service name image; do
  case $wanted in '  ' | *" $service "*) ;; *) continue ;; esac
  found=$((found + 1))
  case $verb in
    up) up "$service" "$name" "$image" ;;
    start | stop) systemctl "$verb" "$name" ;;
    *) die "knows no '$verb'; it knows up -d, start, stop" ;;
  esac
  echo "$verb: $name ($image)" >&2
done <<END
$(awk '/^  [a-z-]+:$/ { s = $1; sub(":", "", s) } /image:/ { i = $2 } /container_name:/ { print s, $2, i }' "$file")
END
[ "$found" -gt 0 ] || die "no such service in $file:$wanted"
