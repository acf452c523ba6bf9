/** Part of the job kit (kit.ts): what a job's folder says. Each answer is lines that begin with the channel's tag; `data` lines announce raw bytes. */
export const FOLDER = `
umask 077
co_measure=
cd -- "$HOME" && co_here=$HOME/ || { cd / && co_here=/; }
co_home=$HOME/.changeover
co_say() { printf '%s\\n' "$co_tag $*"; }
# RUN TASK JOB (encoded names) -> where things are
co_place() {
  co_run=$co_home/runs/$1 co_task=$co_home/runs/$1/$2 co_folder=$co_home/runs/$1/$2/$3 co_closed=$co_home/closed/$1
}
# What stands here must be ours, and below ~/.changeover, which may lead to another disk, be here: whoever else could change
# it could have us run what they like. Below a run's folder, which only we can enter, nobody else can make anything.
co_ours() {
  [ ! -e "$co_home" ] || [ -O "$co_home" ] || { co_say refused foreign; return 1; }
  for co_p in "$co_home/runs" "$co_run" "$co_folder" "$co_folder/start"; do
    [ ! -L "$co_p" ] && { [ ! -e "$co_p" ] || [ -O "$co_p" ]; } || { co_say refused foreign; return 1; }
  done
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
# The wrapper with its start time in the same boot, or any member of its session; co_anew: it is another boot. Containers have
# their kernel's boot id, and where one has started anew its process numbers mean others; but who may not see process 1 knows
# no more than the boot id.
co_alive() {
  co_anew=anew
  [ "$co_pid_boot" = "\${co_this_boot% *}" ] || return 1
  case "$co_init \${co_this_boot#* }" in "- "* | *" -") ;; *) [ "$co_init" = "\${co_this_boot#* }" ] || return 1 ;; esac
  co_anew=
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
  co_how=running co_anew=
  # It may end between two looks, so what is not alive is read once more.
  [ -n "$co_end" ] || co_alive || { co_read "$1" && co_how=gone; }
  case $co_end in '') ;; void*) co_how=void ;; *) co_how=ended ;; esac
}
# OUT ERR MOST: how the job in co_folder stands, and its output from those offsets on, at most MOST bytes of each
co_report() {
  co_epoch "$co_run"
  if [ ! -e "$co_folder/start" ]; then co_say job none "$co_top"; return; fi
  co_judge "$co_folder"
  # What stands there may be less than its end says; more than there is must not be announced.
  co_measure=yes
  co_tell "$@"
  co_measure=
}
# As co_report, of what co_judge has found
co_tell() {
  co_say job $co_how "$co_top" "$co_pid" "$co_pid_boot" \${co_end:-$co_anew}
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
  if [ -n "$co_measure" ] && [ $co_how = ended ]; then
    co_has=$(stat -c %s "$co_folder/$1")
    [ "$co_has" -ge "$3" ] || set -- "$1" "$2" "$co_has" "$4"
    [ "$2" -lt "$3" ] || return 0
  fi
  co_count=$(($3 - $2))
  [ "$co_count" -le "$4" ] || co_count=$4
  co_say data "$1" "$2" "$co_count"
  dd if="$co_folder/$1" bs=65536 iflag=skip_bytes,count_bytes skip="$2" count="$co_count" status=none
}
`;
