/** The stand-in for `docker-compose`. */
export const DOCKER_COMPOSE = `#!/bin/sh
# Stand-in for docker-compose, of Changeover's playground: makes, starts and stops the containers of its stand-in docker.
# Reads service names, image and container_name from the file that -f names; the volumes follow from PRYV_CONF_ROOT.
set -eu
. "\${0%/bin/*}/lib/common.sh"
. "$folder/lib/containers.sh"
. "$folder/lib/redis.sh"
begin "$@"
hang_if_asked "$@"

file=docker-compose.yml
while [ $# -gt 0 ]; do
  case $1 in
    -f | --file) file=$2; shift ;;
    -*) die "knows no '$1'" ;;
    *) break ;;
  esac
  shift
done
[ $# -gt 0 ] || die 'say what to do: up -d, start, stop, ps'
verb=$1; shift
[ -f "$file" ] || die "no such file: $file"
[ -n "\${PRYV_CONF_ROOT:-}" ] || die 'PRYV_CONF_ROOT is not set: the volumes would lie in /'

wanted=' '
for word in "$@"; do
  case $word in
    -d | --detach | --no-deps) ;;
    -*) die "$verb knows no '$word'" ;;
    *) wanted="$wanted$word " ;;
  esac
done

create() {
  mkdir -p "$containers/$2"
  put "$2" service "$1"
  put "$2" image "$3"
  put "$2" conf "$PRYV_CONF_ROOT"
  put "$2" status created
}

up() {
  if ! [ -d "$containers/$2" ]; then
    create "$@"
  elif [ "$(get "$2" image)" != "$3" ] || [ "$(get "$2" conf)" != "$PRYV_CONF_ROOT" ]; then
    say "$2 is made anew from $3"
    stop_container "$2"
    create "$@"
  fi
  start_container "$2"
}

found=0
# shellcheck disable=SC2013 # words are what is wanted: neither names nor images hold blanks
for line in $(sed -n \\
  -e 's/^  \\([a-z_-]*\\):$/\\n\\1/p' -e 's/^    image: *"\\{0,1\\}\\([^"]*\\)"\\{0,1\\}$/image=\\1/p' \\
  -e 's/^    container_name: *"\\{0,1\\}\\([^"]*\\)"\\{0,1\\}$/name=\\1/p' "$file"); do
  case $line in
    image=*) image=\${line#image=} ;;
    name=*) name=\${line#name=} ;;
    *) service=$line; image=; name=; continue ;;
  esac
  if [ -z "$image" ] || [ -z "$name" ]; then continue; fi
  case $wanted in ' ' | *" $service "*) ;; *) continue ;; esac
  found=$((found + 1))
  case $verb in
    up) up "$service" "$name" "$image" ;;
    start) known "$name"; start_container "$name" ;;
    stop) if [ -d "$containers/$name" ]; then stop_container "$name"; fi ;;
    ps) ;;
    *) die "knows no '$verb'; it knows up -d, start, stop, ps" ;;
  esac
  if [ -d "$containers/$name" ]; then say "$verb: $name ($(get "$name" image)) is $(get "$name" status)"; fi
done
[ "$found" -gt 0 ] || die "no such service in $file:$wanted"
`;
