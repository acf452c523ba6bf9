/** Part of the job kit (kit.ts): what the channel's shell can be asked. */
export const CHANNEL = `
# RUN TASK JOB OUT ERR MOST
co_follow() {
  co_place "$1" "$2" "$3"
  co_report "$4" "$5" "$6"
}
# RUN TASK JOB NONCE EPOCH OUT ERR MOST
co_settle() {
  co_place "$1" "$2" "$3"
  if [ -e "$co_closed" ]; then co_say refused closed; return; fi
  co_ours || return 0
  co_meet "$5" || { co_say refused folder; return; }
  if [ ! -e "$co_folder/start" ]; then
    [ "$co_top" -le "$5" ] || { co_say refused epoch "$co_top"; return; }
    co_void "$co_folder" "$4" || [ -e "$co_folder/start" ] || { co_say refused folder; return; }
  fi
  co_report "$6" "$7" "$8"
}
# RUN TASK JOB GRACE: asks the watchdog, or does it where that is gone
co_kill() {
  co_place "$1" "$2" "$3"
  co_how=none
  [ ! -e "$co_folder/start" ] || co_judge "$co_folder"
  if [ $co_how != running ]; then co_say kill over; return; fi
  printf '%s\\n' "$4" >"$co_folder/kill.new" && mv "$co_folder/kill.new" "$co_folder/kill"
  if co_stat "$co_pid"; then co_say kill asked; return; fi
  co_end_session "$co_pid" - "$4"
  co_say kill done
}
# RUN HOST: all that is here of a run: the mark of a closed one with its head; its note, its epoch; and all its job folders,
# each with the head that its claim names, its process, boot and user, and how it ended
co_jobs() {
  co_run=$co_home/runs/$1
  co_line=
  [ ! -e "$co_run/=note" ] || { IFS= read -r co_line <"$co_run/=note"; co_say note "$co_line"; }
  co_epoch "$co_run"
  co_say epoch "$co_top"
  co_head=
  if [ -d "$co_home/closed/$1" ]; then
    read -r co_head <"$co_home/closed/$1/by"
    co_say barred "\${co_head:-- -}"
  elif [ -e "$co_home/closed/$1" ]; then
    read -r co_head <"$co_home/closed/$1"
    co_say closed "\${co_head:--}"
  fi
  for co_folder in "$co_home/runs/$1/$2"/*/*/*.[0-9]*; do
    [ -d "$co_folder" ] || continue
    co_how=prepared co_head= co_pid= co_pid_boot= co_init= co_end=
    [ ! -e "$co_folder/start" ] || co_judge "$co_folder"
    co_say found $co_how "\${co_head:--}" "\${co_folder#"$co_home/runs/$1/"}" "\${co_pid:--}" "\${co_pid_boot:--}" "\${co_init:--}" $co_end
  done
}
# RUN EPOCH
co_raise() {
  [ ! -e "$co_home/closed/$1" ] || { co_say raised; return; }
  mkdir -p "$co_home/runs/$1" && true >>"$co_home/runs/$1/epoch.$2" && co_say raised
}
# RUN (TASK/JOB)...: what has ended keeps its start and its exit only
co_tidy() {
  co_place "$1" - -
  shift
  for co_p in "$@"; do
    shift
    [ -e "$co_run/$co_p/start" ] || continue
    co_judge "$co_run/$co_p"
    [ $co_how = running ] || [ $co_how = gone ] || set -- "$@" "$co_run/$co_p/out" "$co_run/$co_p/err" "$co_run/$co_p"/[iesv]?*.[!.]*
  done
  [ $# = 0 ] || rm -f -- "$@"
  co_say tidied
}
# RUN NONCE LINE NOTE: whose run comes first has the host; its note tells of the run should its journal be lost. The lock is a folder with a file named after its run: to put a whole
# folder in the place of none, or of an empty one, only one can; and who removes its own file can never remove another's.
co_lock() {
  [ ! -e "$co_home/closed/$1" ] || { co_say lock closed; return; }
  if [ ! -e "$co_home/lock/$1" ]; then
    mkdir -p "$co_home/lock.$2" && printf '%s\\n' "$3" >"$co_home/lock.$2/$1" || { rm -rf "$co_home/lock.$2"; co_say lock failed; return; }
    mv -T "$co_home/lock.$2" "$co_home/lock" 2>/dev/null || rm -rf "$co_home/lock.$2"
  fi
  if [ ! -e "$co_home/lock/$1" ]; then
    co_holder failed
  elif [ -e "$co_home/closed/$1" ]; then
    # It was closed just now.
    co_give "$1"
    co_say lock closed
  else
    co_noted "$1" "$2" "$4"
  fi
}
# WORD: who has the host; that word where nobody does
co_holder() {
  for co_p in "$co_home"/lock/*; do
    co_line=
    [ -e "$co_p" ] && { IFS= read -r co_line <"$co_p"; co_say lock held "\${co_p##*/}" "$co_line"; return; }
  done
  co_say lock "$1"
}
co_look() {
  co_holder free
}
# RUN: what of it lives here, also under other names of this host
co_living() {
  co_count=0
  for co_folder in "$co_home/runs/$1"/*/*/*/*.[0-9]*; do
    [ -e "$co_folder/start" ] || continue
    co_judge "$co_folder"
    [ $co_how = running ] || continue
    co_count=$((co_count + 1))
    co_say living "\${co_folder#"$co_home/runs/$1/"}"
  done
}
# RUN BY: by a person's word nothing of that run ever starts here again. The mark is a folder, which is kept for good, as the
# run's own record may know nothing of it. What has claimed before it was made lives, or sees it; so it is looked for twice.
co_bar() {
  co_living "$1"
  [ "$co_count" = 0 ] || return 0
  [ -e "$co_home/closed/$1" ] || { mkdir -p "$co_home/closed/$1" && printf '%s\\n' "$2" >"$co_home/closed/$1/by"; } || { co_say bar failed; return; }
  co_living "$1"
  [ "$co_count" != 0 ] || co_give "$1" || { co_say bar failed; return; }
}
# RUN: gives the host back, if the run has it
co_give() {
  rm -f "$co_home/lock/$1" && { rmdir "$co_home/lock" 2>/dev/null || true; }
}
# RUN NONCE NOTE: the lock is ours. The note is written whole, and the first one stays. No host's folder is called "=note".
co_noted() {
  if [ -n "$3" ] && [ ! -s "$co_home/runs/$1/=note" ]; then
    mkdir -p "$co_home/runs/$1" && printf '%s\\n' "$3" >"$co_home/runs/$1/=note.$2" &&
      mv "$co_home/runs/$1/=note.$2" "$co_home/runs/$1/=note" || { co_say lock failed; return; }
  fi
  co_say lock ours
}
# RUN EPOCH: others may have the host; who had the run before must not give away what was taken since
co_unlock() {
  co_place "$1" - -
  co_meet "$2" || { co_say unlock failed; return; }
  [ "$co_top" -le "$2" ] || { co_say unlock epoch "$co_top"; return; }
  co_give "$1" || { co_say unlock failed; return; }
  co_say unlock done
}
# RUN HEAD: the mark first, also where there is but the lock, so that nothing can start while its folder goes, nor by a worker who comes late
co_close() {
  co_place "$1" - -
  if [ -d "$co_run" ] || [ -e "$co_home/lock/$1" ]; then
    # What the first who closes it says stays. That the mark is there matters more than what it holds.
    mkdir -p "$co_home/closed" && { [ -s "$co_closed" ] || printf '%s\\n' "$2" >"$co_closed" || [ -e "$co_closed" ]; } || { co_say close failed; return; }
  fi
  if [ -d "$co_run" ]; then
    for co_p in "$co_run"/as.*; do
      co_user=\${co_p##*/as.}
      case $co_user in
        '*') ;;
        root) sudo -n -u root -- rm -rf -- "$co_run" </dev/null >/dev/null 2>&1 ;;
        *) sudo -n -u "$co_user" -- rm -rf -- "/var/tmp/changeover-$1-$co_user" </dev/null >/dev/null 2>&1 ;;
      esac
    done
    # Once more, if somebody was just making folders in it.
    rm -rf -- "$co_run" 2>/dev/null || { sleep 0.2; rm -rf -- "$co_run" 2>/dev/null; }
    find "$co_home/closed" -type f -mtime +30 -exec rm -f {} + 2>/dev/null
  fi
  co_give "$1"
  if [ -d "$co_run" ]; then co_say close left; else co_say close done; fi
}
`;
