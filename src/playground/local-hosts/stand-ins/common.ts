/** What all stand-ins share; read by them from `lib/common.sh`. */
export const COMMON = `# Part of the stand-ins of Changeover's playground: what they all share. Read by them, never run by itself.
# A stand-in lives in <folder>/bin; its state, faults and log lie beside it. It changes real files, all below <folder>.
folder=\${0%/bin/*}
me=\${0##*/}

say() { printf 'stand-in %s: %s\\n' "$me" "$*" >&2; }
die() { say "$*"; exit 1; }
fault() { [ -e "$folder/faults/$1" ]; }

# Takes a fault that strikes once; of several commands that look at the same time one gets it.
fault_once() {
  fault "$1" && mv "$folder/faults/$1" "$folder/faults/.$1.$$" 2>/dev/null && rm -f "$folder/faults/.$1.$$"
}

# Writes the command down, and fails it if the fault \`command-fails\` names a part of it.
begin() {
  printf '%s %s\\n' "$me" "$*" >>"$folder/logs/commands.log"
  fault command-fails || return 0
  pattern=$(cat "$folder/faults/command-fails" 2>/dev/null) || return 0
  case "$me $*" in
    *"$pattern"*) if fault_once command-fails; then die "fails as the fault switch asked: $me $*"; fi ;;
  esac
}

# Hangs until it is killed.
hang_if_asked() {
  if fault_once command-hangs; then
    say "hangs as the fault switch asked, until it is killed: $me $*"
    exec sleep 86400
  fi
}
`;
