/** Part of the job kit (kit.ts): time, processes, epochs; used by the wrapper and by the shell for short requests. */
export const COMMON = `
# The host's monotonic clock in 1/100 s -> co_cs
co_now() {
  read -r co_cs co_rest </proc/uptime
  co_cs=\${co_cs%.*}\${co_cs#*.}
  while :; do case $co_cs in 0?*) co_cs=\${co_cs#0} ;; *) return 0 ;; esac done
}
# PID -> co_state co_parent co_session co_began. A name may hold spaces, newlines and brackets: fields count from the last bracket.
co_stat() {
  co_line=
  while IFS= read -r co_part; do co_line="$co_line $co_part"; done 2>/dev/null <"/proc/$1/stat" || return 1
  set -- \${co_line##*) }
  [ $# -ge 20 ] || return 1
  co_state=$1 co_parent=$2 co_session=$4
  shift 19
  co_began=$1
}
# Is the process co_stat has read alive, and in session $1?
co_lives_in() {
  case $co_state in [ZXx]) return 1 ;; esac
  [ "$co_session" = "$1" ]
}
# SESSION SELF -> co_pids: its living members, without its leader and SELF
co_members() {
  co_of=$1 co_self=$2
  set -- "\\) [^ZXx] -?[0-9]+ [0-9]+ $co_of [^)]*\\$" /proc/[0-9]*/stat
  co_hidden=
  if [ -n "$co_user" ] && [ ! -r /proc/1/stat ]; then
    # With hidepid the processes of others are hidden from us, not from them. This look's own are no members.
    co_list=$(sudo -n -u "$co_user" -- sh -c '
      for p in $(grep -lsE "$1" /proc/[0-9]*/stat); do
        q=\${p%/stat}
        [ ! -e "$q" ] || [ "$q" = "/proc/$$" ] || [ "$q" = "/proc/$PPID" ] || echo "$p"
      done' sh "$1" </dev/null 2>/dev/null)
    co_hidden=yes
  else
    co_list=$(grep -lsE "$@")
  fi
  co_pids=
  for co_p in $co_list; do
    co_p=\${co_p%/stat}
    # It was the grep itself, or has ended.
    [ -n "$co_hidden" ] || [ -e "$co_p" ] || continue
    co_p=\${co_p#/proc/}
    [ "$co_p" = "$co_of" ] || [ "$co_p" = "$co_self" ] || co_pids="$co_pids $co_p"
  done
}
# SIGNAL: to co_pids, as ourselves and, where the job became somebody else, as them
co_signal() {
  [ -n "$co_pids" ] || return 0
  kill -s "$1" $co_pids 2>/dev/null
  [ -z "$co_user" ] || sudo -n -u "$co_user" -- sh -c 'kill -s "$@"' sh "$1" $co_pids </dev/null >/dev/null 2>&1
  return 0
}
# SESSION SELF GRACE(1/100 s): TERM to all members, KILL to what is left after the grace, until none is left
co_end_session() {
  co_members "$1" "$2"
  co_signal TERM
  co_now
  co_until=$((co_cs + $3))
  while [ -n "$co_pids" ] && [ "$co_cs" -lt "$co_until" ]; do
    sleep 0.05
    co_members "$1" "$2"
    co_now
  done
  co_try=0
  while [ -n "$co_pids" ] && [ "$co_try" -lt 50 ]; do
    co_signal KILL
    sleep 0.05
    co_members "$1" "$2"
    co_try=$((co_try + 1))
  done
}
# RUN_FOLDER -> co_top, the highest epoch raised there. One file an epoch: raising is making a file, so it never goes back.
co_epoch() {
  co_top=0
  for co_p in "$1"/epoch.*; do
    co_p=\${co_p##*.}
    # Whatever else is called so is none, nor what no shell can count to.
    case $co_p in '' | *[!0-9]* | 0* | ??????????*) continue ;; esac
    [ "$co_p" -le "$co_top" ] || co_top=$co_p
  done
}
`;

/** What does not change while a shell lives: "BOOT_ID START_OF_PROCESS_1", by which a claim names its boot. */
export const BOOT = `
read -r co_this_boot </proc/sys/kernel/random/boot_id
co_stat 1 || co_began=-
co_this_boot="$co_this_boot $co_began"
`;
