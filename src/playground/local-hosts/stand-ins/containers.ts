/** The containers of the stand-in docker, as files; read by `docker` and `docker-compose`. */
export const CONTAINERS = `# Part of the stand-ins of Changeover's playground: containers as folders below <folder>/state/containers, each with the
# files service, image, conf (the PRYV_CONF_ROOT it was made with), tree (where that led when it was last started) and
# status. As with real bind mounts, a container keeps the tree it was started on when a link is switched later.
containers=$folder/state/containers

# Without a process of its own, since this is asked for all the time.
get() { IFS= read -r got <"$containers/$1/$2" && printf '%s\\n' "$got"; }
put() { printf '%s\\n' "$3" >"$containers/$1/$2.new" && mv "$containers/$1/$2.new" "$containers/$1/$2"; }
known() { [ -d "$containers/$1" ] || die "Error response from daemon: No such container: $1"; }
running() { IFS= read -r got <"$containers/$1/status" && [ "$got" = running ]; }
of_new_version() { IFS= read -r got <"$containers/$1/image" && case $got in *:1.5) return 1 ;; esac; }

start_container() {
  running "$1" && return 0
  conf=$(get "$1" conf)
  tree=$(readlink -f "$conf") || tree=''
  [ -d "$tree/pryv" ] || die "Error response from daemon: invalid mount: $conf does not exist"
  put "$1" tree "$tree"
  case $(get "$1" service) in
    mongodb)
      data=$tree/pryv/mongodb/data
      [ -e "$data/WiredTiger" ] || echo 'stand-in mongod: made at its first start here' >"$data/WiredTiger"
      echo running >"$data/mongod.lock"
      ;;
    redis) first_redis "$1" ;;
  esac
  put "$1" status running
}

stop_container() {
  running "$1" || return 0
  tree=$(get "$1" tree)
  if [ "$(get "$1" service)" = mongodb ]; then : >"$tree/pryv/mongodb/data/mongod.lock"; fi
  put "$1" status exited
}
`;
