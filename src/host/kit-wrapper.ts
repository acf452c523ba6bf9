/**
 * Part of the job kit (kit.ts). The wrapper: takes an order, claims the job, runs its phases, writes its end. Leader of its own session, so it outlives the link.
 * Phases run in its foreground (a background command would ignore SIGINT for good); the watchdog beside it enforces
 * time-out, kill requests and the output cap, and is all that ever kills.
 */
export const WRAPPER = `
co_stat $$ || exit 1
co_mine=$co_began co_secrets= co_watch= co_desk=
# RUN TASK JOB NONCE EPOCH LIMIT CAP USER GRACE CHDIR OUT ERR MOST HEAD (TASK/JOB)...; co_put writes the scripts
co_job() {
  co_ahead= co_ended=
  co_place "$1" "$2" "$3"
  shift 3
  co_out=$8 co_err=$9 co_most=\${10}
  if [ -e "$co_closed" ]; then co_say refused closed; return; fi
  co_ours || return 0
  co_meet "$2" || { co_say refused folder; return; }
  if [ ! -e "$co_folder/start" ]; then
    [ "$co_top" -le "$2" ] || { co_say refused epoch "$co_top"; return; }
    co_others "$1" || return 0
    co_nonce=$1 co_of=$2 co_limit=$3 co_cap=$4 co_user=$5 co_grace=$6 co_chdir=$7 co_head=\${11}
    shift 11
    co_ahead="$*"
    [ -d "$co_folder" ] || mkdir -p "\${co_folder#"$co_here"}" 2>/dev/null || { co_say refused folder; return; }
    co_before=$co_task/before
    [ -z "$co_user" ] || {
      true >>"$co_run/as.$co_user" || { co_say refused folder; return; }
      [ "$co_user" = root ] || co_before=/var/tmp/changeover-\${co_run##*/}-$co_user/\${co_task#"$co_run"/}/before
    }
    co_in=$co_folder/in.$co_nonce
    co_put 2>/dev/null || { co_say refused folder; return; }
    co_wrap >/dev/null 2>&1
    # What we have just written need not be read: a shell reads byte by byte.
    [ -z "$co_ended" ] || { co_tell "$co_out" "$co_err" "$co_most"; return; }
  fi
  co_report "$co_out" "$co_err" "$co_most"
}
# What nobody needs to wait for, after the answer. The watchdog can end nothing any more, and waits a moment for the next
# job. \`start\` is all that is ever read;
# \`exit\` shows people how it ended. And the folders of the jobs that will come next: of them none has been made if the first
# has not. They are made from within the run's, so that nothing is made of one that has been closed meanwhile. (Encoded
# names need no quotes.) Then this shell takes the next order, if the job has ended as jobs do and has left nothing behind.
co_leave() {
  # Also where the channel has ended. Not while a job is at work: some shells do this when a signal ends them, too.
  trap co_drop_guard EXIT
  umask 077
  [ -z "$co_watch" ] || printf '%s\\n' - 2>/dev/null 1<>"$co_desk" || co_drop_guard
  [ -z "$co_ended" ] || printf '%s\\n' "$co_ended" 2>/dev/null >"$co_folder/exit"
  for co_p in $co_ahead; do
    [ -e "$co_run/$co_p" ] || { cd "$co_run" && mkdir -p $co_ahead && co_touch $co_ahead; } >/dev/null 2>&1
    break
  done
  case $co_secrets$co_ended in
    done' '*' 0 '? | nothing' '*' 0 '? | failed' '*' 0 '?) ;;
    *) exit 3 ;;
  esac
  trap - PIPE
  cd "$co_here" || exit 3
}
co_touch() {
  for co_p in "$@"; do true >>"$co_p/out" && true >>"$co_p/err"; done
}
co_wrap() {
  true >>"$co_folder/out" && true >>"$co_folder/err" || return
  # The claim, with the journal's head when the job was ordered, and below it room for the end, which is later written into it in one piece: a disk that fills up cannot lose
  # it, and no process has to be started for it.
  co_claim="$$ $co_mine $co_this_boot $co_of $co_cap \${co_user:--} $co_head $co_nonce"
  printf '%s\\n%-127s\\n' "$co_claim" - >"$co_folder/start.$co_nonce" || return
  ln "$co_folder/start.$co_nonce" "$co_folder/start" || return
  umask "$co_umask"
  co_now
  co_zero=$co_cs co_last=prepare co_code=- co_end=void
  co_epoch "$co_run"
  if [ "$co_top" -le "$co_of" ] && [ ! -e "$co_closed" ]; then
    co_set_guard
    co_end=killed
    co_phases
  fi
  co_finish
}
# The watchdog of the job before goes on with this one, if it is still there: it is told on its desk, and says there that it
# leaves before it does. Each says first and then looks whether the other has. Where the time is short it might look too late.
# The desk is written over, never emptied, which some file systems follow up with writing to the disk.
co_set_guard() {
  trap - EXIT
  if [ -n "$co_watch" ]; then
    [ "$co_limit" -ge 200 ] && [ "\${co_desk%/*}" = "$co_run" ] && kill -0 "$co_watch" &&
      printf '%s\\n' "$co_nonce $co_zero $co_limit $co_cap $co_grace \${co_user:--} $co_folder $co_nonce" 1<>"$co_desk" &&
      [ ! -e "$co_desk.left" ] || co_drop_guard
  fi
  # The newest process before the job's own.
  read -r co_p co_p co_p co_p co_below </proc/loadavg
  [ -z "$co_watch" ] || return 0
  co_desk=$co_run/=watch.$co_nonce
  co_guard </dev/null >/dev/null 2>&1 &
  co_watch=$! co_below=$!
}
# It may have left long ago, and its number be somebody else's.
co_drop_guard() {
  [ -z "$co_watch" ] || { co_stat "$co_watch" && [ "$co_parent" = $$ ] && kill "$co_watch" && wait "$co_watch"; } 2>/dev/null
  co_watch=
}
# -> co_end co_last co_code
co_phases() {
  co_as=
  [ -z "$co_user" ] || co_as="sudo -n -u $co_user --"
  [ -z "$co_chdir" ] || $co_as sh -c 'cd -- "$1"' sh "$co_chdir" </dev/null >/dev/null 2>>"$co_folder/err" || { co_code=1 co_end=failed; return; }
  for co_reached in probe keep apply verify; do
    for co_shell in sh bash; do
      co_script=$co_folder/in.$co_nonce.$co_reached.$co_shell
      [ -e "$co_script" ] || continue
      [ ! -e "$co_folder/watchdog" ] || { co_hear_guard; return; }
      [ $co_shell = sh ] || co_shell='bash --noprofile --norc'
      # Read-only and asked before: what the probe prints is not the job's output.
      co_to=$co_folder/out
      [ $co_reached != probe ] || co_to=/dev/null
      co_last=$co_reached
      if [ -e "$co_script.stdin" ]; then
        read -r co_length <"$co_script.stdin"
        $co_as $co_shell -c 'eval "$(head -c "$2")"' $co_shell "$co_before" "$co_length" <"$co_script" >>"$co_to" 2>>"$co_folder/err"
      elif [ "$co_reached$co_secrets" = applyyes ]; then
        # Secrets come by a pipe, from this shell's memory.
        { co_secret && cat "$co_script" && printf '}\\n'; } 2>/dev/null | $co_as $co_shell -s -- "$co_before" >>"$co_to" 2>>"$co_folder/err"
      else
        $co_as $co_shell -s -- "$co_before" <"$co_script" >>"$co_to" 2>>"$co_folder/err"
      fi
      co_code=$?
      case $co_reached.$co_code in
        probe.0) co_end=nothing; return ;;
        probe.1 | *.0) ;;
        *) co_end=failed; return ;;
      esac
    done
  done
  co_end=done
}
# The end is the wrapper's, and then nothing is killed any more, or the watchdog's. Each says first that it wants it, and
# then looks whether the other has: at least one of two sees that. Then the watchdog gives way if it can, and the wrapper
# waits to see. The wrapper says it in the claim's file, because room is there and a new file takes longer.
co_want_end() {
  printf 'over\\n' >>"$co_folder/start.$co_nonce" && [ ! -e "$co_folder/watchdog" ]
}
co_guard_wants_end() {
  true >"$co_folder/watchdog" && ! co_over
}
co_over() {
  co_line=
  { read -r co_line && read -r co_line && read -r co_line; } <"$co_folder/start"
  [ "$co_line" = over ]
}
co_finish() {
  # The answer may find nobody who listens any more.
  trap '' PIPE
  co_cut=0 co_survivors=0
  [ -z "$co_watch" ] || co_want_end || co_stop_guard
  co_now
  co_took=$((co_cs - co_zero))
  [ "$co_end" = void ] || co_survive
  set -- 0 0
  [ ! -s "$co_folder/out" ] && [ ! -s "$co_folder/err" ] || set -- $(stat -c %s "$co_folder/out" "$co_folder/err")
  [ ! -e "$co_folder/cut" ] || co_cut=1
  [ "$1" -le "$co_cap" ] || { truncate -s "$co_cap" "$co_folder/out"; set -- "$co_cap" "$2"; co_cut=1; }
  [ "$2" -le "$co_cap" ] || { truncate -s "$co_cap" "$co_folder/err"; set -- "$1" "$co_cap"; co_cut=1; }
  co_end="$co_end $co_last $co_code $co_took $1 $2 $co_survivors $co_cut"
  printf '%s\\n%-127s\\n' "$co_claim" "$co_end" 1<>"$co_folder/start.$co_nonce" || return
  co_ended=$co_end co_pid=$$ co_pid_boot=\${co_this_boot% *} co_how=ended
  case $co_end in void*) co_how=void ;; esac
}
# It either dies at once or, where it has the end, ignores this.
co_stop_guard() {
  kill "$co_watch" 2>/dev/null
  co_hear_guard
}
# Where it has the end, it ends when nothing lives any more, and says why by its code.
co_hear_guard() {
  wait "$co_watch"
  case $? in
    10) co_end=timed_out co_code=- ;;
    11) co_end=killed co_code=- ;;
  esac
  co_watch=
}
# Counts what is left of the session. The job's processes have higher numbers than those before, unless numbers began again
# from the bottom, and that takes longer than two seconds. So after a short job a look at the few next numbers may show that
# nothing is left but the watchdog's \`sleep\`, and starts no process to see it.
co_survive() {
  if [ -n "$co_watch" ]; then
    read -r co_p co_p co_p co_p co_newest </proc/loadavg
    co_p=$co_below co_sleep=
    read -r co_sleep co_rest 2>/dev/null <"/proc/$co_watch/task/$co_watch/children"
    if [ "$co_took" -lt 200 ] && [ "$co_newest" -ge "$co_below" ] && [ "$co_newest" -le $((co_below + 200)) ] && [ -r /proc/1/stat ]; then
      while [ "$co_p" -lt "$co_newest" ]; do
        co_p=$((co_p + 1))
        [ ! -e "/proc/$co_p" ] || [ "$co_p" = "$co_sleep" ] || ! co_stat "$co_p" || [ "$co_parent" = "$co_watch" ] || ! co_lives_in $$ || co_newest=0
      done
      [ "$co_newest" = 0 ] || return 0
    fi
    co_stop_guard
  fi
  co_members $$ $$
  for co_p in $co_pids; do co_survivors=$((co_survivors + 1)); done
}
# CODE: ends all of the session but the wrapper and us, the watchdog, and then us with that code
co_put_end() {
  trap '' TERM
  read -r co_self co_rest </proc/self/stat
  co_end_session $$ "$co_self" "$co_grace"
  exit "$1"
}
co_guard() {
  # KILL, because a shell that is about to become \`sleep\` still catches TERM, and loses it. Until there is one, $! is somebody else.
  co_prior=$! co_idle=0
  trap '[ "$!" = "$co_prior" ] || kill -s KILL "$!" 2>/dev/null; wait "$!"; exit 0' TERM
  while [ -d "$co_run" ]; do
    co_left=100
    # It keeps the channel open.
    kill -0 $$ || ! co_over || exit 0
    [ ! -e "$co_desk" ] || co_hear_desk
    [ "$co_idle" != 0 ] || co_look_after
    [ "$co_left" -lt 100 ] || co_left=100
    [ "$co_left" -gt 0 ] || co_left=10
    sleep "$((co_left / 100)).$((co_left % 100 / 10))$((co_left % 10))" &
    wait "$!"
  done
}
# -> co_idle, for how long there has been no job; of a next one, what is to be known of it. It ends where none comes.
co_hear_desk() {
  co_desk_says
  case $co_n in
    # Nothing: it is just made, or gone with its run.
    '') ;;
    -)
      co_idle=$((co_idle + 1))
      [ "$co_idle" -gt 2 ] || return 0
      true >"$co_desk.left" || return 0
      co_desk_says
      [ "$co_n" != - ] || exit 0
      co_left=1 ;;
    "\${co_f##* }") co_idle=0 co_zero=$co_z co_limit=$co_l co_cap=$co_c co_grace=$co_g co_user=\${co_u#-} co_folder=\${co_f% *} ;;
    # It is just being written: it begins as one line and ends as another.
    *) co_idle=1 co_left=1 ;;
  esac
}
co_desk_says() {
  co_n= co_f=
  read -r co_n co_z co_l co_c co_g co_u co_f 2>/dev/null <"$co_desk"
}
# -> co_left, in how many hundredths its time is over
co_look_after() {
  co_now
  co_left=$((co_limit - co_cs + co_zero))
  if [ "$co_left" -le 0 ]; then
    co_guard_wants_end && co_put_end 10
  fi
  if [ -e "$co_folder/kill" ]; then
    read -r co_grace <"$co_folder/kill"
    co_guard_wants_end && co_put_end 11
  fi
  if [ -s "$co_folder/out" ] || [ -s "$co_folder/err" ]; then
    for co_p in out err; do
      [ "$(stat -c %s "$co_folder/$co_p")" -le "$co_cap" ] || { true >"$co_folder/cut"; truncate -s "$co_cap" "$co_folder/$co_p"; }
    done
  fi
}
`;
