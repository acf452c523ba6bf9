/** The stand-in for `systemctl`. */
export const SYSTEMCTL = `#!/bin/sh
# Stand-in for systemctl, of Changeover's playground: a unit is a folder below <folder>/state/units with the files
# active (active, inactive or failed) and enabled (enabled or disabled), and perhaps the scripts on-start and on-stop,
# which are what it does. Answers and exit codes are systemd's.
set -eu
. "\${0%/bin/*}/lib/common.sh"
begin "$@"
units=$folder/state/units

quiet=no; now=no; properties=; value=no; words=
while [ $# -gt 0 ]; do
  case $1 in
    -q | --quiet) quiet=yes ;;
    --now) now=yes ;;
    --value) value=yes ;;
    -p | --property) properties="$properties $2"; shift ;;
    -p*) properties="$properties \${1#-p}" ;;
    --property=*) properties="$properties \${1#--property=}" ;;
    --no-pager | --no-ask-password | --system | --full | -l) ;;
    --) ;;
    -*) die "knows no '$1'" ;;
    *)
      case $1 in *[!A-Za-z0-9@:_.-]*) die "Invalid unit name \\"$1\\"" ;; esac
      words="$words $1"
      ;;
  esac
  shift
done
# shellcheck disable=SC2086 # unit names, which hold no blanks
set -- $words
[ $# -gt 0 ] || die 'say what to do: is-active, is-enabled, start, stop, restart, enable, disable, show'
verb=$1; shift

tell() { if [ $quiet = no ]; then printf '%s\\n' "$1"; fi; }
state() { cat "$units/$unit/$1"; }
put() { printf '%s\\n' "$2" >"$units/$unit/$1"; say "$unit is now $2"; }
hook() { if [ -x "$units/$unit/$1" ]; then "$units/$unit/$1"; fi; }
switch() { # Does what the unit does, unless it is so already.
  case $1,$(state active) in
    start,active | stop,inactive) return ;;
    *) hook "on-$1" || { put active failed; die "Job for $unit failed"; } ;;
  esac
  case $1 in start) put active active ;; stop) put active inactive ;; esac
}
need() {
  [ -d "$units/$unit" ] && return
  say "Failed to $verb $unit: Unit $unit not found."
  exit 5
}

show() {
  load=not-found; active=inactive; enabled=; sub=dead
  if [ -d "$units/$unit" ]; then load=loaded; active=$(state active); enabled=$(state enabled); fi
  case $active in active) sub=running ;; failed) sub=failed ;; esac
  for property in $(printf '%s\\n' "\${properties:-Id,LoadState,ActiveState,SubState,UnitFileState}" | tr , ' '); do
    case $property in
      Id) found=$unit ;;
      LoadState) found=$load ;;
      ActiveState) found=$active ;;
      SubState) found=$sub ;;
      UnitFileState) found=$enabled ;;
      *) continue ;;
    esac
    if [ $value = yes ]; then printf '%s\\n' "$found"; else printf '%s=%s\\n' "$property" "$found"; fi
  done
}

code=0
case $verb in
  daemon-reload | reset-failed) exit 0 ;;
  is-active | is-enabled | start | stop | restart | enable | disable | show) ;;
  *) die "knows no '$verb'; it knows is-active, is-enabled, start, stop, restart, enable, disable, show" ;;
esac
for unit in "$@"; do
  case $unit in *.service | *.timer | *.socket | *.mount | *.target) ;; *) unit=$unit.service ;; esac
  case $verb in
    is-active)
      active=inactive
      if [ -d "$units/$unit" ]; then active=$(state active); fi
      tell "$active"
      [ "$active" = active ] || code=3
      ;;
    is-enabled)
      if [ -d "$units/$unit" ]; then
        tell "$(state enabled)"
        [ "$(state enabled)" = enabled ] || code=1
      else
        say "Failed to get unit file state for $unit: No such file or directory"
        code=1
      fi
      ;;
    start) need; switch start ;;
    restart) need; switch stop; switch start ;;
    stop) need; switch stop ;;
    enable) need; put enabled enabled; if [ $now = yes ]; then switch start; fi ;;
    disable) need; put enabled disabled; if [ $now = yes ]; then switch stop; fi ;;
    show) show ;;
  esac
done
exit $code
`;
