import { COMMON } from './kit-common.ts';

/** Part of the job kit (kit.ts): what the channel's shell can be asked. Each answer is lines that begin with the channel's tag; `data` lines announce raw bytes. */
export const CHANNEL = `${COMMON}
co_umask=$(umask)
umask 077
cd -- "$HOME" && co_here=$HOME/ || { cd / && co_here=/; }
# Neither changes while this shell lives: "BOOT_ID START_OF_PROCESS_1", by which a claim names its boot.
read -r co_this_boot </proc/sys/kernel/random/boot_id
co_stat 1 || co_began=-
co_this_boot="$co_this_boot $co_began"
co_home=$HOME/.changeover
co_say() { printf '%s\\n' "$co_tag $*"; }
# RUN TASK JOB (encoded names) -> where things are
co_place() {
  co_run=$co_home/runs/$1 co_task=$co_home/runs/$1/$2 co_folder=$co_home/runs/$1/$2/$3 co_closed=$co_home/closed/$1
}
# EPOCH -> co_top. A later one than this host knows of is raised here: it was perhaps out of reach when that was done
# everywhere, and whoever had the run before must start nothing here either. Before anything else of the request is done.
co_meet() {
  co_epoch "$co_run"
  [ "$1" -gt "$co_top" ] && [ "$1" != 1 ] || return 0
  [ -d "$co_run" ] || mkdir -p "$co_run" || return 1
  true >>"$co_run/epoch.$1" && co_top=$1
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
  [ -e "$1/start" ] || ! co_void "$1" "$2" || return 0
  co_read "$1"
  [ "$co_pid" != void ] && [ -z "$co_end" ] || return 0
  ! co_alive || return 1
}
# FOLDER -> the claim's words, and co_end, how it ended: empty while it has not. Its line is written over one that begins
# with "-", in one piece; who reads meanwhile sees the "-" or all of it.
co_read() {
  co_pid= co_user= co_head= co_end=
  { read -r co_pid co_pid_began co_pid_boot co_init co_claim_epoch co_cap co_user co_head co_rest && read -r co_end; } <"$1/start"
  case $co_end in [a-z]*) ;; *) co_end= ;; esac
  [ "$co_user" != - ] || co_user=
}
# The wrapper with its start time in the same boot, or any member of its session
co_alive() {
  [ "$co_pid_boot" = "\${co_this_boot% *}" ] || return 1
  if co_stat "$co_pid"; then
    [ "$co_began" = "$co_pid_began" ] || return 1
    case $co_state in [ZXx]) ;; *) return 0 ;; esac
  fi
  co_members "$co_pid" -
  [ -n "$co_pids" ]
}
# FOLDER, whose start is there -> co_how
co_judge() {
  co_read "$1"
  if [ "$co_pid" = void ]; then co_how=void; return; fi
  co_how=running
  # It may end between two looks, so what is not alive is read once more.
  [ -n "$co_end" ] || co_alive || { co_read "$1" && co_how=gone; }
  case $co_end in '') ;; void*) co_how=void ;; *) co_how=ended ;; esac
}
# OUT ERR MOST: how the job in co_folder stands, and its output from those offsets on, at most MOST bytes of each
co_report() {
  co_epoch "$co_run"
  if [ ! -e "$co_folder/start" ]; then co_say job none "$co_top"; return; fi
  co_judge "$co_folder"
  co_say job $co_how "$co_top" "$co_pid" "$co_pid_boot" $co_end
  case $co_how in
    void) ;;
    ended)
      set -- "$1" "$2" "$3" $co_end
      co_send out "$1" "$8" "$3"
      co_send err "$2" "$9" "$3" ;;
    *)
      [ -s "$co_folder/out" ] || [ -s "$co_folder/err" ] || return 0
      set -- "$1" "$2" "$3" $(stat -c %s "$co_folder/out" "$co_folder/err")
      [ "$4" -le "$co_cap" ] || set -- "$1" "$2" "$3" "$co_cap" "$5"
      [ "$5" -le "$co_cap" ] || set -- "$1" "$2" "$3" "$4" "$co_cap"
      co_send out "$1" "$4" "$3"
      co_send err "$2" "$5" "$3" ;;
  esac
}
# STREAM FROM TO MOST
co_send() {
  [ "$2" -lt "$3" ] && [ -e "$co_folder/$1" ] || return 0
  co_count=$(($3 - $2))
  [ "$co_count" -le "$4" ] || co_count=$4
  co_say data "$1" "$2" "$co_count"
  dd if="$co_folder/$1" bs=65536 iflag=skip_bytes,count_bytes skip="$2" count="$co_count" status=none
}
# RUN TASK JOB NONCE EPOCH LIMIT CAP USER GRACE CHDIR OUT ERR MOST HEAD; co_put writes the scripts
co_job() {
  co_place "$1" "$2" "$3"
  shift 3
  if [ -e "$co_closed" ]; then co_say refused closed; return; fi
  co_meet "$2" || { co_say refused folder; return; }
  if [ ! -e "$co_folder/start" ]; then
    [ "$co_top" -le "$2" ] || { co_say refused epoch "$co_top"; return; }
    co_others "$1" || return 0
    mkdir -p "\${co_folder#"$co_here"}" 2>/dev/null || { co_say refused folder; return; }
    co_before=$co_task/before
    [ -z "$5" ] || {
      true >>"$co_run/as.$5" || { co_say refused folder; return; }
      [ "$5" = root ] || co_before=/var/tmp/changeover-\${co_run##*/}-$5/\${co_task#"$co_run"/}/before
    }
    co_in=$co_folder/in.$1
    co_put 2>/dev/null || { co_say refused folder; return; }
    # In the foreground: what is started by & ignores SIGINT and SIGQUIT for ever, and so would every script.
    setsid sh -c "$co_wrapper" changeover-job "$co_folder" "$1" "$2" "$3" "$4" "$5" "$6" "$co_before" "$7" "$co_closed" "$co_umask" "$co_this_boot" "\${11}" </dev/null >/dev/null 2>&1
  fi
  co_report "$8" "$9" "\${10}"
}
# RUN TASK JOB OUT ERR MOST
co_follow() {
  co_place "$1" "$2" "$3"
  co_report "$4" "$5" "$6"
}
# RUN TASK JOB NONCE EPOCH OUT ERR MOST
co_settle() {
  co_place "$1" "$2" "$3"
  if [ -e "$co_closed" ]; then co_say refused closed; return; fi
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
# RUN HOST: all job folders, with the head that each claim names, and the one that the mark of a closed run holds
co_jobs() {
  if [ -e "$co_home/closed/$1" ]; then
    co_head=
    read -r co_head <"$co_home/closed/$1"
    co_say closed "\${co_head:--}"
  fi
  for co_folder in "$co_home/runs/$1/$2"/*/*/*.[0-9]*; do
    [ -d "$co_folder" ] || continue
    co_how=prepared co_head=
    [ ! -e "$co_folder/start" ] || co_judge "$co_folder"
    co_say found $co_how "\${co_head:--}" "\${co_folder#"$co_home/runs/$1/"}"
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
# RUN NONCE LINE: whose run comes first has the host
co_lock() {
  [ ! -e "$co_home/closed/$1" ] || { co_say lock closed; return; }
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
# RUN HEAD: the mark first, also where there is but the lock, so that nothing can start while its folder goes, nor by a worker who comes late
co_close() {
  co_place "$1" - -
  co_line=
  [ ! -e "$co_home/lock" ] || read -r co_line <"$co_home/lock"
  if [ -d "$co_run" ] || [ "$co_line" = "$1" ]; then
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
    rm -rf -- "$co_run" 2>/dev/null
    find "$co_home/closed" -type f -mtime +30 -exec rm -f {} + 2>/dev/null
  fi
  [ "$co_line" != "$1" ] || rm -f "$co_home/lock"
  if [ -d "$co_run" ]; then co_say close left; else co_say close done; fi
}
`;
