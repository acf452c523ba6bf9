import { quote } from './quote.ts';

/**
 * The job kit: what runs on the host. POSIX sh, in which builtins do the files (`printf`, `read`, `[`), because each
 * process started costs about as much as all of them together. Nothing is installed: the kit travels as text.
 */

/** Time, processes, epochs; used by the wrapper and by the channel's shell. */
const COMMON = `
# The host's monotonic clock in 1/100 s -> co_cs
co_now() {
  read -r co_cs co_rest </proc/uptime
  co_cs=\${co_cs%.*}\${co_cs#*.}
  while :; do case $co_cs in 0?*) co_cs=\${co_cs#0} ;; *) return 0 ;; esac done
}
# PID -> co_state co_session co_began. A name may hold spaces, newlines and brackets: fields count from the last bracket.
co_stat() {
  co_line=
  while IFS= read -r co_part; do co_line="$co_line $co_part"; done 2>/dev/null <"/proc/$1/stat" || return 1
  set -- \${co_line##*) }
  [ $# -ge 20 ] || return 1
  co_state=$1 co_session=$4
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
  co_pids=
  for co_p in $(grep -lsE "\\) [^ZXx] -?[0-9]+ [0-9]+ $1 [^)]*\\$" /proc/[0-9]*/stat); do
    co_p=\${co_p#/proc/}
    co_p=\${co_p%/stat}
    [ "$co_p" = "$1" ] || [ "$co_p" = "$2" ] || { co_stat "$co_p" && co_lives_in "$1" && co_pids="$co_pids $co_p"; }
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
    [ "$co_p" = '*' ] || [ "$co_p" -le "$co_top" ] || co_top=$co_p
  done
}
`;

/**
 * The wrapper: claims the job, runs its phases, writes `exit`. Leader of its own session, so it outlives the link.
 * Phases run in its foreground (a background command would ignore SIGINT for good); the watchdog beside it enforces
 * time-out, kill requests and the output cap, and is all that ever kills.
 */
const WRAPPER = `${COMMON}
co_folder=$1 co_nonce=$2 co_epoch=$3 co_limit=$4 co_cap=$5 co_user=$6 co_grace=$7 co_before=$8 co_chdir=$9
shift 9
co_closed=$1 co_umask=$2
umask 077
co_stat $$ || exit 1
co_start="$$ $co_began"
read -r co_boot </proc/sys/kernel/random/boot_id
co_stat 1 || co_began=-
: >>"$co_folder/out" && : >>"$co_folder/err" || exit 1
# The end's room is taken now: a disk that fills up later cannot lose it.
printf '%-127s\\n' reserved >"$co_folder/exit.$co_nonce" || exit 1
printf '%s\\n' "$co_start $co_boot $co_began $co_epoch $co_cap \${co_user:--} $co_nonce" >"$co_folder/start.$co_nonce" || exit 1
ln "$co_folder/start.$co_nonce" "$co_folder/start" 2>/dev/null || exit 1
umask "$co_umask"
co_now
co_zero=$co_cs co_last=prepare co_code=- co_watch=

co_finish() {
  co_end=$1 co_cut=0 co_survivors=0
  [ -z "$co_watch" ] || {
    # It either dies at once or, in the middle of a kill, ignores this and ends when nothing lives any more.
    kill "$co_watch" 2>/dev/null
    wait "$co_watch"
    for co_mark in killed timed_out; do [ ! -e "$co_folder/$co_mark" ] || { co_end=$co_mark; co_code=-; }; done
  }
  co_now
  co_took=$((co_cs - co_zero))
  co_survive
  set -- 0 0
  [ ! -s "$co_folder/out" ] && [ ! -s "$co_folder/err" ] || set -- $(stat -c %s "$co_folder/out" "$co_folder/err")
  co_out=$1 co_err=$2
  [ ! -e "$co_folder/cut" ] || co_cut=1
  [ "$co_out" -le "$co_cap" ] || { truncate -s "$co_cap" "$co_folder/out"; co_out=$co_cap; co_cut=1; }
  [ "$co_err" -le "$co_cap" ] || { truncate -s "$co_cap" "$co_folder/err"; co_err=$co_cap; co_cut=1; }
  printf '%-127s\\n' "$co_end $co_last $co_code $co_took $co_out $co_err $co_survivors $co_cut" 1<>"$co_folder/exit.$co_nonce"
  mv -f "$co_folder/exit.$co_nonce" "$co_folder/exit"
  exit 0
}
# Counts what is left of the session. Children have higher numbers than we, unless numbers began again from the bottom;
# that takes longer than two seconds, so after a short job a look at the few higher ones is exact and starts nothing.
co_survive() {
  read -r co_p co_p co_p co_p co_newest </proc/loadavg
  if [ "$co_took" -lt 200 ] && [ "$co_newest" -ge $$ ]; then
    for co_p in /proc/[0-9]*; do
      [ "\${co_p#/proc/}" -le $$ ] || { co_stat "\${co_p#/proc/}" && co_lives_in $$ && co_survivors=$((co_survivors + 1)); }
    done
  elif [ -n "$co_user" ] && [ ! -r /proc/1/stat ]; then
    # hidepid: processes of others are hidden from us, not from them.
    co_survivors=$(sudo -n -u "$co_user" -- grep -lsE "\\) [^ZXx] -?[0-9]+ [0-9]+ $$ [^)]*\\$" /proc/[0-9]*/stat </dev/null 2>/dev/null | grep -cv "^/proc/$$/")
  else
    co_members $$ $$
    for co_p in $co_pids; do co_survivors=$((co_survivors + 1)); done
  fi
}
co_guard() {
  # KILL, because a shell that is about to become \`sleep\` still catches TERM, and loses it.
  trap 'kill -s KILL "$!" 2>/dev/null; wait "$!"; exit 0' TERM
  read -r co_self co_rest </proc/self/stat
  while :; do
    co_now
    co_left=$((co_limit - co_cs + co_zero))
    if [ "$co_left" -le 0 ]; then
      trap '' TERM
      : >"$co_folder/timed_out"
      co_end_session $$ "$co_self" "$co_grace"
      exit 0
    fi
    if [ -e "$co_folder/kill" ]; then
      trap '' TERM
      read -r co_grace <"$co_folder/kill"
      : >"$co_folder/killed"
      co_end_session $$ "$co_self" "$co_grace"
      exit 0
    fi
    if [ -s "$co_folder/out" ] || [ -s "$co_folder/err" ]; then
      for co_p in out err; do
        [ "$(stat -c %s "$co_folder/$co_p")" -le "$co_cap" ] || { : >"$co_folder/cut"; truncate -s "$co_cap" "$co_folder/$co_p"; }
      done
    fi
    [ "$co_left" -lt 100 ] || co_left=100
    sleep "$((co_left / 100)).$((co_left % 100 / 10))$((co_left % 10))" &
    wait "$!"
  done
}
co_epoch "\${co_folder%/*/*/*/*}"
[ "$co_top" -le "$co_epoch" ] && [ ! -e "$co_closed" ] || co_finish void
co_guard </dev/null >/dev/null 2>&1 &
co_watch=$!
co_as=
[ -z "$co_user" ] || co_as="sudo -n -u $co_user --"
[ -z "$co_chdir" ] || $co_as sh -c 'cd -- "$1"' sh "$co_chdir" </dev/null >/dev/null 2>>"$co_folder/err" || { co_code=1; co_finish failed; }
for co_reached in probe keep apply verify; do
  for co_shell in sh bash; do
    co_script=$co_folder/in.$co_nonce.$co_reached.$co_shell
    [ -e "$co_script" ] || continue
    [ ! -e "$co_folder/killed" ] && [ ! -e "$co_folder/timed_out" ] || co_finish killed
    [ $co_shell = sh ] || co_shell='bash --noprofile --norc'
    # Read-only and asked before: what the probe prints is not the job's output.
    co_to=$co_folder/out
    [ $co_reached != probe ] || co_to=/dev/null
    co_last=$co_reached
    if [ -e "$co_script.stdin" ]; then
      read -r co_length <"$co_script.stdin"
      $co_as $co_shell -c 'eval "$(head -c "$2")"' $co_shell "$co_before" "$co_length" <"$co_script" >>"$co_to" 2>>"$co_folder/err"
    else
      $co_as $co_shell -s -- "$co_before" <"$co_script" >>"$co_to" 2>>"$co_folder/err"
    fi
    co_code=$?
    case $co_reached.$co_code in
      probe.0) co_finish nothing ;;
      probe.1 | *.0) ;;
      *) co_finish failed ;;
    esac
  done
done
co_finish done
`;

/** What the channel's shell can be asked. Each answer is lines that begin with the channel's tag; `data` lines announce raw bytes. */
const CHANNEL = `${COMMON}
co_umask=$(umask)
umask 077
cd -- "$HOME" || cd /
co_home=$HOME/.changeover
co_say() { printf '%s\\n' "$co_tag $*"; }
# RUN TASK JOB (encoded names) -> where things are
co_place() {
  co_run=$co_home/runs/$1 co_task=$co_home/runs/$1/$2 co_folder=$co_home/runs/$1/$2/$3 co_closed=$co_home/closed/$1
}
# Links a start that says: never. Whose link comes first decides for good.
co_void() {
  mkdir -p "$1" && printf 'void\\n' >"$1/void.$2" && ln "$1/void.$2" "$1/start" 2>/dev/null
}
# Every other attempt must have ended, be gone without a survivor, or is voided now; a later one forbids this one.
co_others() {
  for co_other in "$co_task"/apply.[0-9]* "$co_task"/undo.[0-9]*; do
    [ -d "$co_other" ] && [ "$co_other" != "$co_folder" ] || continue
    [ "\${co_other%.*}" != "\${co_folder%.*}" ] || [ "\${co_other##*.}" -lt "\${co_folder##*.}" ] || { co_say refused later "\${co_other##*/}"; return 1; }
    co_settled "$co_other" "$1" || { co_say refused unsettled "\${co_other##*/}"; return 1; }
  done
  co_before_this=\${co_folder%.*}.$((\${co_folder##*.} - 1))
  [ "\${co_folder##*.}" -le 1 ] || [ -d "$co_before_this" ] || co_void "$co_before_this" "$1" || { co_say refused unsettled "\${co_before_this##*/}"; return 1; }
}
# FOLDER NONCE: has that attempt ended for good?
co_settled() {
  [ ! -e "$1/exit" ] || return 0
  [ -e "$1/start" ] || ! co_void "$1" "$2" || return 0
  co_read_start "$1"
  [ "$co_pid" != void ] || return 0
  ! co_alive || return 1
}
# FOLDER -> the claim's words
co_read_start() {
  co_pid= co_user=
  read -r co_pid co_pid_began co_pid_boot co_init co_claim_epoch co_cap co_user co_rest <"$1/start"
  [ "$co_user" != - ] || co_user=
}
# The wrapper with its start time in the same boot, or any member of its session
co_alive() {
  read -r co_boot </proc/sys/kernel/random/boot_id
  [ "$co_pid_boot" = "$co_boot" ] || return 1
  if co_stat "$co_pid"; then
    [ "$co_began" = "$co_pid_began" ] || return 1
    case $co_state in [ZXx]) ;; *) return 0 ;; esac
  fi
  co_members "$co_pid" -
  [ -n "$co_pids" ]
}
# OUT ERR MOST: how the job in co_folder stands, and its output from those offsets on, at most MOST bytes of each
co_report() {
  co_epoch "$co_run"
  if [ ! -e "$co_folder/start" ]; then co_say job none "$co_top"; return; fi
  co_read_start "$co_folder"
  if [ "$co_pid" = void ]; then co_say job void "$co_top"; return; fi
  co_how=ended
  [ -e "$co_folder/exit" ] || { co_alive && co_how=running; } || [ -e "$co_folder/exit" ] || co_how=gone
  if [ $co_how = ended ]; then
    read -r co_words <"$co_folder/exit"
    co_say job ended "$co_top" "$co_pid" "$co_pid_boot" $co_words
    set -- "$1" "$2" "$3" $co_words
    co_send out "$1" "$8" "$3"
    co_send err "$2" "$9" "$3"
  else
    co_say job $co_how "$co_top" "$co_pid" "$co_pid_boot"
    [ ! -s "$co_folder/out" ] && [ ! -s "$co_folder/err" ] || {
      set -- "$1" "$2" "$3" $(stat -c %s "$co_folder/out" "$co_folder/err")
      [ "$4" -le "$co_cap" ] || set -- "$1" "$2" "$3" "$co_cap" "$5"
      [ "$5" -le "$co_cap" ] || set -- "$1" "$2" "$3" "$4" "$co_cap"
      co_send out "$1" "$4" "$3"
      co_send err "$2" "$5" "$3"
    }
  fi
}
# STREAM FROM TO MOST
co_send() {
  [ "$2" -lt "$3" ] && [ -e "$co_folder/$1" ] || return 0
  co_count=$(($3 - $2))
  [ "$co_count" -le "$4" ] || co_count=$4
  co_say data "$1" "$2" "$co_count"
  dd if="$co_folder/$1" bs=65536 iflag=skip_bytes,count_bytes skip="$2" count="$co_count" status=none
}
# RUN TASK JOB NONCE EPOCH LIMIT CAP USER GRACE CHDIR OUT ERR MOST; co_put writes the scripts
co_job() {
  co_place "$1" "$2" "$3"
  shift 3
  if [ -e "$co_closed" ]; then co_say refused closed; return; fi
  if [ ! -e "$co_folder/start" ]; then
    co_epoch "$co_run"
    [ "$co_top" -le "$2" ] || { co_say refused epoch "$co_top"; return; }
    co_others "$1" || return 0
    mkdir -p "$co_folder" 2>/dev/null || { co_say refused folder; return; }
    co_before=$co_task/before
    [ -z "$5" ] || {
      : >>"$co_run/as.$5" || { co_say refused folder; return; }
      [ "$5" = root ] || co_before=/var/tmp/changeover-\${co_run##*/}-$5/\${co_task#"$co_run"/}/before
    }
    co_in=$co_folder/in.$1
    co_put 2>/dev/null || { co_say refused folder; return; }
    # In the foreground: what is started by & ignores SIGINT and SIGQUIT for ever, and so would every script.
    setsid -f -w sh -c "$co_wrapper" changeover-job "$co_folder" "$1" "$2" "$3" "$4" "$5" "$6" "$co_before" "$7" "$co_closed" "$co_umask" </dev/null >/dev/null 2>&1
  fi
  co_report "$8" "$9" "\${10}"
}
# RUN TASK JOB OUT ERR MOST
co_follow() {
  co_place "$1" "$2" "$3"
  co_report "$4" "$5" "$6"
}
# RUN TASK JOB NONCE OUT ERR MOST
co_settle() {
  co_place "$1" "$2" "$3"
  if [ -e "$co_closed" ]; then co_say refused closed; return; fi
  [ -e "$co_folder/start" ] || co_void "$co_folder" "$4" || [ -e "$co_folder/start" ] || { co_say refused folder; return; }
  co_report "$5" "$6" "$7"
}
# RUN TASK JOB GRACE: asks the watchdog, or does it where that is gone
co_kill() {
  co_place "$1" "$2" "$3"
  if [ ! -e "$co_folder/start" ] || [ -e "$co_folder/exit" ]; then co_say kill over; return; fi
  co_read_start "$co_folder"
  if [ "$co_pid" = void ] || ! co_alive; then co_say kill over; return; fi
  printf '%s\\n' "$4" >"$co_folder/kill.new" && mv "$co_folder/kill.new" "$co_folder/kill"
  if co_stat "$co_pid"; then co_say kill asked; return; fi
  co_end_session "$co_pid" - "$4"
  co_say kill done
}
# RUN HOST: all job folders
co_jobs() {
  for co_folder in "$co_home/runs/$1/$2"/*/*/*.[0-9]*; do
    [ -d "$co_folder" ] || continue
    co_how=prepared
    if [ -e "$co_folder/start" ]; then
      co_read_start "$co_folder"
      if [ "$co_pid" = void ]; then co_how=void
      elif [ -e "$co_folder/exit" ]; then co_how=ended
      elif co_alive; then co_how=running
      elif [ -e "$co_folder/exit" ]; then co_how=ended
      else co_how=gone
      fi
      [ $co_how != ended ] || { read -r co_end co_rest <"$co_folder/exit"; [ "$co_end" != void ] || co_how=void; }
    fi
    co_say found $co_how "\${co_folder#"$co_home/runs/$1/"}"
  done
}
# RUN EPOCH
co_raise() {
  [ ! -e "$co_home/closed/$1" ] || { co_say raised; return; }
  mkdir -p "$co_home/runs/$1" && : >>"$co_home/runs/$1/epoch.$2" && co_say raised
}
# RUN (TASK/JOB)...: what has ended keeps its start and its exit only
co_tidy() {
  co_place "$1" - -
  shift
  for co_p in "$@"; do
    shift
    [ ! -e "$co_run/$co_p/exit" ] || set -- "$@" "$co_run/$co_p/out" "$co_run/$co_p/err" "$co_run/$co_p"/[iesv]?*.[!.]*
  done
  [ $# = 0 ] || rm -f -- "$@"
  co_say tidied
}
# RUN NONCE LINE: whose run comes first has the host
co_lock() {
  mkdir -p "$co_home" && printf '%s\\n%s\\n' "$1" "$3" >"$co_home/lock.$2" || { co_say lock failed; return; }
  if ln "$co_home/lock.$2" "$co_home/lock" 2>/dev/null; then
    co_say lock ours
  elif [ ! -e "$co_home/lock" ]; then
    co_say lock failed
  else
    { read -r co_run; IFS= read -r co_line; } <"$co_home/lock"
    if [ "$co_run" = "$1" ]; then co_say lock ours; else co_say lock held "$co_run" "$co_line"; fi
  fi
  rm -f "$co_home/lock.$2"
}
# RUN: the mark first, so that nothing can start while its folder goes
co_close() {
  co_place "$1" - -
  if [ -d "$co_run" ]; then
    mkdir -p "$co_home/closed" && : >"$co_closed" || { co_say close failed; return; }
    for co_p in "$co_run"/as.*; do
      co_user=\${co_p##*/as.}
      case $co_user in
        '*') ;;
        root) sudo -n -u root -- rm -rf -- "$co_run" </dev/null >/dev/null 2>&1 ;;
        *) sudo -n -u "$co_user" -- rm -rf -- "/var/tmp/changeover-$1-$co_user" </dev/null >/dev/null 2>&1 ;;
      esac
    done
    rm -rf -- "$co_run" 2>/dev/null
    find "$co_home/closed" -type f -mtime +30 -exec rm -f {} + 2>/dev/null
  fi
  co_line=
  [ ! -e "$co_home/lock" ] || read -r co_line <"$co_home/lock"
  [ "$co_line" != "$1" ] || rm -f "$co_home/lock"
  if [ -d "$co_run" ]; then co_say close left; else co_say close done; fi
}
`;

/**
 * The text that turns a fresh `sh` into one that answers requests.
 * @param tag begins every answer line of this channel; nobody else can know it, so noise of login files is told apart.
 */
export function bootstrap(tag: string): string {
  return `unset ENV BASH_ENV CDPATH\nco_tag=${tag}\nco_wrapper=${quote(WRAPPER)}\n${CHANNEL}\nco_say ready\n`;
}
