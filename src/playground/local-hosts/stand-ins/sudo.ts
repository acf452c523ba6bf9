/** The stand-in for `sudo`, which runs everything as the user who started the playground. */
export const SUDO = `#!/bin/sh
# Stand-in for sudo, of Changeover's playground: it gives no right at all and runs the command AS YOU. The environment is
# reset as the real one does it; the search path keeps the other stand-ins, and a mark by which all of it can be stopped.
set -eu
. "\${0%/bin/*}/lib/common.sh"
begin "$@"

user=root; ask=yes; list=no; keep=no; kept=; login=no
while [ $# -gt 0 ]; do
  case $1 in
    -n | --non-interactive) ask=no ;;
    -u | --user) user=$2; shift ;;
    -u?*) user=\${1#-u} ;;
    --user=*) user=\${1#--user=} ;;
    -g | --group | -p | --prompt | -C | --close-from) shift ;;
    -H | --set-home | -k | -S | --stdin | -b) ;;
    -E | --preserve-env) keep=yes ;;
    --preserve-env=*) kept=\${1#--preserve-env=} ;;
    -l | --list) list=yes ;;
    -v | --validate) list=validate ;;
    -i | --login | -s | --shell) login=yes ;;
    --) shift; break ;;
    -*) die "unrecognized option '$1'" ;;
    *) break ;;
  esac
  shift
done

if fault sudo-refused; then
  if [ $ask = no ]; then die 'a password is required (as the fault switch asked)'; fi
  die 'a terminal is required to read the password (as the fault switch asked)'
fi
if [ "$user" != root ] && ! id -u "$user" >/dev/null 2>&1; then die "unknown user $user"; fi

if [ $list = validate ]; then exit 0; fi
if [ $list = yes ]; then
  if [ $# -gt 0 ]; then command -v "$1"; exit; fi
  echo "stand-in sudo: everything runs as $(id -un), whatever user is asked for:"
  echo '    (ALL) NOPASSWD: ALL'
  exit 0
fi

if [ $# -eq 0 ]; then
  [ $login = yes ] || die 'usage: sudo [-n] [-u user] command'
  set -- /bin/sh
elif [ $login = yes ]; then
  set -- /bin/sh -c "$*"
fi
case $1 in *=*) ;; *) command -v "$1" >/dev/null || die "$1: command not found" ;; esac

if [ $keep = yes ]; then exec env HOME="$folder/root" USER="$user" LOGNAME="$user" "$@"; fi
for variable in $(printf '%s\\n' "$kept" | tr , ' ') TERM LANG LC_ALL; do
  if text=$(printenv "$variable"); then set -- "$variable=$text" "$@"; fi
done
exec env -i PATH="$PATH" HOME="$folder/root" USER="$user" LOGNAME="$user" SHELL=/bin/sh \\
  SUDO_USER="$(id -un)" SUDO_UID="$(id -u)" SUDO_GID="$(id -g)" \\
  CHANGEOVER_LOCAL_HOST="\${CHANGEOVER_LOCAL_HOST:-}" "$@"
`;
