/** `redis-cli` inside the stand-in docker, with the real one's answers to what the Pryv procedures ask. */
export const REDIS = `# Part of the stand-ins of Changeover's playground: redis-cli, inside the stand-in docker. What Redis holds is a file
# below the tree's pryv/redis/data, a line for each key: "stand-in redis: KEY VALUE". Nothing expires.
# Scripts for Redis are not run: from DUMP in it one is known that says all as commands, from sha1hex one that lists keys.
rdb() { printf '%s\\n' "$tree/pryv/redis/data/dump.rdb"; }

# Makes the file at Redis' first start in a tree; the new version writes something of its own.
first_redis() {
  [ ! -e "$(rdb)" ] || return 0
  if of_new_version "$1"; then echo "stand-in redis: platform:version \${got##*:}"; fi >"$(rdb)"
}

list_keys() {
  while read -r _ _ key _; do
    digest=$(printf '%s' "$key" | sha1sum)
    printf '%s stays\\n' "\${digest%% *}"
  done <"$(rdb)"
}

# Each command makes a key anew, whether it is there or not.
pipe_commands() {
  if fault_once redis-merge-fails; then
    echo 'stand-in redis-cli: Error: Server closed the connection (as the fault switch asked, this once)' >&2
    exit 1
  fi
  replies=0
  while read -r verb key value; do
    [ "$verb" = '*SET' ] || die "redis-cli --pipe knows *SET, and not '$verb'"
    awk -v key="$key" '$3 != key' "$(rdb)" >"$(rdb).new"
    printf 'stand-in redis: %s %s\\n' "$key" "$value" >>"$(rdb).new"
    mv "$(rdb).new" "$(rdb)"
    replies=$((replies + 1))
  done
  echo "errors: 0, replies: $replies"
}

redis_cli() {
  if [ "\${1:-}" = --raw ]; then shift; fi
  word=$(printf '%s' "\${1:-}" | tr a-z A-Z)
  case $word:\${2:-} in
    PING:) echo PONG ;;
    SAVE:) echo OK ;;
    --PIPE:) pipe_commands ;;
    DBSIZE:) wc -l <"$(rdb)" ;;
    CONFIG:*) case $3 in appendonly) echo appendonly; echo no ;; dbfilename) echo dbfilename; echo dump.rdb ;; esac ;;
    INFO:*) echo '# Keyspace'; echo "db0:keys=$(wc -l <"$(rdb)"),expires=0,avg_ttl=0" ;;
    EVAL:*sha1hex*) list_keys ;;
    EVAL:*DUMP*) sed 's/^stand-in redis: /*SET /' "$(rdb)" ;;
    *) echo "stand-in redis-cli: (error) ERR unknown command '\${1:-}', or a script that is not known here" >&2; exit 1 ;;
  esac
}
`;
