import { COMMON } from './kit-common.ts';

/**
 * Part of the job kit (kit.ts). The wrapper: claims the job, runs its phases, writes `exit`. Leader of its own session, so it outlives the link.
 * Phases run in its foreground (a background command would ignore SIGINT for good); the watchdog beside it enforces
 * time-out, kill requests and the output cap, and is all that ever kills.
 */
export const WRAPPER = `${COMMON}
co_folder=$1 co_nonce=$2 co_epoch=$3 co_limit=$4 co_cap=$5 co_user=$6 co_grace=$7 co_before=$8 co_chdir=$9
shift 9
co_closed=$1 co_umask=$2 co_boot=$3 co_head=$4
umask 077
co_stat $$ || exit 1
: >>"$co_folder/out" && : >>"$co_folder/err" || exit 1
# The claim, with the journal's head when the job was ordered, and below it room for the end, which is later written into it in one piece: a disk that fills up cannot lose
# it, and no process has to be started for it.
co_claim="$$ $co_began $co_boot $co_epoch $co_cap \${co_user:--} $co_head $co_nonce"
printf '%s\\n%-127s\\n' "$co_claim" - >"$co_folder/start.$co_nonce" || exit 1
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
  co_end="$co_end $co_last $co_code $co_took $co_out $co_err $co_survivors $co_cut"
  printf '%s\\n%-127s\\n' "$co_claim" "$co_end" 1<>"$co_folder/start.$co_nonce"
  # That was it: \`start\` is the same file, and all that is ever read. \`exit\` shows it to people.
  printf '%s\\n' "$co_end" >"$co_folder/exit"
  exit 0
}
# Counts what is left of the session. Our children have higher numbers than we, unless numbers began again from the bottom,
# and that takes longer than two seconds. So after a short job a look at the few next numbers may show that nothing is left,
# and starts no process to see it.
co_survive() {
  read -r co_p co_p co_p co_p co_newest </proc/loadavg
  co_p=$$
  if [ "$co_took" -lt 200 ] && [ "$co_newest" -ge $$ ] && [ "$co_newest" -le $(($$ + 200)) ] && [ -r /proc/1/stat ]; then
    while [ "$co_p" -lt "$co_newest" ]; do
      co_p=$((co_p + 1))
      [ ! -e "/proc/$co_p" ] || ! co_stat "$co_p" || ! co_lives_in $$ || co_newest=0
    done
    [ "$co_newest" = 0 ] || return 0
  fi
  co_members $$ $$
  for co_p in $co_pids; do co_survivors=$((co_survivors + 1)); done
}
# MARK: ends all of the session but the wrapper and us, the watchdog, and then us
co_put_end() {
  trap '' TERM
  : >"$co_folder/$1"
  read -r co_self co_rest </proc/self/stat
  co_end_session $$ "$co_self" "$co_grace"
  exit 0
}
co_guard() {
  # KILL, because a shell that is about to become \`sleep\` still catches TERM, and loses it.
  trap 'kill -s KILL "$!" 2>/dev/null; wait "$!"; exit 0' TERM
  while :; do
    co_now
    co_left=$((co_limit - co_cs + co_zero))
    if [ "$co_left" -le 0 ]; then
      co_put_end timed_out
    fi
    if [ -e "$co_folder/kill" ]; then
      read -r co_grace <"$co_folder/kill"
      co_put_end killed
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
