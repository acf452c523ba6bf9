/** The stand-in for `docker`. */
export const DOCKER = `#!/bin/sh
# Stand-in for docker, of Changeover's playground: no container runs, but files below this host's folder change as
# they would. Knows ps, inspect, start, stop, restart and exec, as far as the Pryv procedures need them.
set -eu
. "\${0%/bin/*}/lib/common.sh"
. "$folder/lib/containers.sh"
. "$folder/lib/mongo.sh"
. "$folder/lib/redis.sh"
begin "$@"

# Fills the few templates it knows into a --format text.
render() {
  state=$(get "$2" status)
  flag=false
  if [ "$state" = running ]; then flag=true; fi
  text=$(printf '%s\\n' "$1" | sed \\
    -e "s|{{ *\\.State\\.Running *}}|$flag|g" -e "s|{{ *\\.State\\.Status *}}|$state|g" -e "s|{{ *\\.State *}}|$state|g" \\
    -e "s|{{ *\\.Config\\.Image *}}|$(get "$2" image)|g" -e "s|{{ *\\.Image *}}|$(get "$2" image)|g" \\
    -e "s|{{ *\\.Names *}}|$2|g" -e "s|{{ *\\.Name *}}|/$2|g" -e "s|{{ *\\.Status *}}|$state|g")
  case $text in *'{{'*) die "knows no such template: $1" ;; esac
  printf '%s\\n' "$text"
}

ps() {
  all=no; format='{{.Names}}	{{.Image}}	{{.Status}}'; wanted=
  while [ $# -gt 0 ]; do
    case $1 in
      -a | --all) all=yes ;;
      -q | --quiet) format='{{.Names}}' ;;
      --format=*) format=\${1#--format=} ;;
      --format) format=$2; shift ;;
      --filter=name=*) wanted=\${1#--filter=name=} ;;
      --filter | -f) wanted=\${2#name=}; shift ;;
      *) die "ps knows no '$1'" ;;
    esac
    shift
  done
  for path in "$containers"/*; do
    name=\${path##*/}
    case $name in *"$wanted"*) ;; *) continue ;; esac
    if [ $all = yes ] || running "$name"; then render "$format" "$name"; fi
  done
}

inspect() {
  format='{"Name": "{{.Name}}", "State": {"Status": "{{.State.Status}}", "Running": {{.State.Running}}}, "Config": {"Image": "{{.Config.Image}}"}}'
  while [ $# -gt 0 ]; do
    case $1 in
      -f | --format) format=$2; shift ;;
      --format=*) format=\${1#--format=} ;;
      -*) die "inspect knows no '$1'" ;;
      *) break ;;
    esac
    shift
  done
  for name in "$@"; do
    [ -d "$containers/$name" ] || die "Error: No such object: $name"
    render "$format" "$name"
  done
}

curl_core() {
  [ "$service" = core ] || die "exec: \\"curl\\": executable file not found in \\$PATH"
  answers=yes
  if of_new_version "$name" && fault core-unhealthy; then answers=no; fi
  if [ $answers = yes ] && running pryvio_mongodb && running pryvio_redis && [ "$(get pryvio_mongodb tree)" = "$tree" ]; then
    image=$(get "$name" image)
    printf '{"message":"stand-in core","meta":{"apiVersion":"%s.0"}}\\n' "\${image##*:}"
  else
    echo 'curl: (7) Failed to connect to 127.0.0.1 port 3000 (stand-in core does not answer)' >&2
    exit 7
  fi
}

exec_inside() {
  while [ $# -gt 0 ]; do
    case $1 in
      -t | -ti | -it | --tty) [ -t 0 ] || die 'the input device is not a TTY' ;;
      -i | --interactive | -d | --detach) ;;
      -u | --user | -e | --env | -w | --workdir) shift ;;
      -*) die "exec knows no '$1'" ;;
      *) break ;;
    esac
    shift
  done
  name=$1; shift
  known "$name"
  running "$name" || die "Error response from daemon: container $name is not running"
  service=$(get "$name" service)
  tree=$(get "$name" tree)
  program=$1; shift
  case $service:\${program##*/} in
    mongodb:mongodump) mongodump "$@" ;;
    mongodb:mongorestore) mongorestore "$@" ;;
    mongodb:mongo | mongodb:mongosh) mongo "$@" ;;
    redis:redis-cli) redis_cli "$@" ;;
    *:true) ;;
    *:curl) curl_core ;;
    *) say "OCI runtime exec failed: exec: \\"$program\\": this stand-in has no such program in $name"; exit 127 ;;
  esac
}

[ $# -gt 0 ] || die 'say what to do: ps, inspect, start, stop, restart, exec'
verb=$1; shift
case $verb in
  ps) ps "$@" ;;
  inspect) inspect "$@" ;;
  start | stop | restart)
    hang_if_asked "$verb" "$@"
    while [ $# -gt 0 ]; do
      case $1 in -t | --time) shift ;; -*) die "$verb knows no '$1'" ;; *) break ;; esac
      shift
    done
    for name in "$@"; do
      known "$name"
      [ "$verb" = start ] || stop_container "$name"
      [ "$verb" = stop ] || start_container "$name"
      say "$verb: $name is now $(get "$name" status)"
      printf '%s\\n' "$name"
    done
    ;;
  exec) hang_if_asked "$verb" "$@"; exec_inside "$@" ;;
  compose) exec "$folder/bin/docker-compose" "$@" ;;
  *) die "knows no '$verb'; it knows ps, inspect, start, stop, restart, exec, compose" ;;
esac
`;
