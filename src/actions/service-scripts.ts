/** Scripts of `service`. */
import { FOREIGN, KEPT, LOOK, RECORD, REFUSE, scriptOf, sh } from './shell.ts';

const UNIT = sh`
unit=$CO_UNIT
case $unit in
  '' | -* | *[!A-Za-z0-9:_.@\\-]*) refuse "'$unit' is no name of a unit" ;;
esac
# Both answer with a word and an exit code; where a unit is unknown, is-enabled has no word for it or says not-found.
active() { systemctl is-active "$unit" || :; }
enabled() { systemctl is-enabled "$unit" 2>/dev/null || :; }
now_active=$(active)
now_enabled=$(enabled)`;

const PLAIN = sh`
case $now_enabled in
  '' | not-found) refuse "systemd knows no unit $unit" ;;
  masked*) refuse "$unit is $now_enabled: unmask it first, if that is meant" ;;
  enabled | disabled) ;;
  *) [ -z "\${CO_ENABLED-}" ] || refuse "$unit is $now_enabled, so it can be neither enabled nor disabled: leave 'enabled' out" ;;
esac
case $now_active in
  active | inactive) ;;
  failed) refuse "$unit has failed: look why, then systemctl reset-failed $unit" ;;
  *) refuse "$unit is $now_active, neither started nor stopped: try again when it is settled" ;;
esac`;

/** The wanted words, empty where the step does not say. */
const WANTED = sh`
case \${CO_STATE-} in started) want_active=active ;; stopped) want_active=inactive ;; *) want_active= ;; esac
case \${CO_ENABLED-} in true) want_enabled=enabled ;; false) want_enabled=disabled ;; *) want_enabled= ;; esac`;

const RIGHT = sh`
right() {
  { [ -z "$want_active" ] || [ "$now_active" = "$want_active" ]; } &&
    { [ -z "$want_enabled" ] || [ "$now_enabled" = "$want_enabled" ]; }
}`;

/** For a unit that our own start or stop made fail: `failed` is then ours to clear. */
const SETTLE = sh`
settle() {
  now_active=$(active)
  if [ "$now_active" = failed ]; then
    systemctl reset-failed "$unit"
    now_active=$(active)
  fi
}`;

export const serviceScripts = {
  probe: scriptOf(
    REFUSE,
    LOOK,
    UNIT,
    sh`if [ "$look" = yes ]; then printf 'active %s\nenabled %s\n' "$now_active" "$now_enabled"; fi`,
    sh`
# An earlier attempt began: it is brought to its end whatever it made of the unit, and counts as changed.
if [ -e "\${CO_BEFORE:-/nonexistent}/left" ]; then exit 1; fi`,
    PLAIN,
    WANTED,
    RIGHT,
    sh`right || exit 1`,
  ),
  keep: scriptOf(
    REFUSE,
    RECORD,
    UNIT,
    sh`if [ -e "$CO_BEFORE/kept" ]; then exit 0; fi`,
    PLAIN,
    sh`record kept "$now_active $now_enabled"`,
  ),
  apply: scriptOf(
    REFUSE,
    RECORD,
    UNIT,
    WANTED,
    RIGHT,
    SETTLE,
    sh`
record left "\${want_active:-any} \${want_enabled:-any}"
case $want_active in
  active) [ "$now_active" = active ] || systemctl start "$unit" ;;
  inactive)
    [ "$now_active" = inactive ] || systemctl stop "$unit"
    # Stopped is stopped, even where its process ended with an error.
    settle
    ;;
esac
case $want_enabled in
  enabled) [ "$now_enabled" = enabled ] || systemctl enable "$unit" ;;
  disabled) [ "$now_enabled" = disabled ] || systemctl disable "$unit" ;;
esac
now_active=$(active)
now_enabled=$(enabled)
right || refuse "$unit is $now_active and $now_enabled, though systemctl ended well"`,
  ),
  undo: scriptOf(
    REFUSE,
    FOREIGN,
    UNIT,
    WANTED,
    SETTLE,
    KEPT,
    sh`
if [ ! -e "$CO_BEFORE/left" ]; then exit 0; fi
read -r old_active old_enabled <"$CO_BEFORE/kept"
# Everything is looked at before anything is touched.
if [ -n "$want_active" ] && [ "$now_active" != "$old_active" ]; then
  case "$want_active $now_active" in
    'active active' | 'inactive inactive') ;;
    # A start or stop of ours that did not end well.
    'active failed' | 'active activating' | 'inactive failed' | 'inactive deactivating') ;;
    *) foreign "$unit is $now_active, which is not as this run left it: look at it, and put it right by hand" ;;
  esac
fi
if [ -n "$want_enabled" ] && [ "$now_enabled" != "$old_enabled" ] && [ "$now_enabled" != "$want_enabled" ]; then
  foreign "$unit is $now_enabled, which is not as this run left it: look at it, and put it right by hand"
fi
if [ -n "$want_enabled" ] && [ "$now_enabled" != "$old_enabled" ]; then
  case $old_enabled in
    enabled) systemctl enable "$unit" ;;
    *) systemctl disable "$unit" ;;
  esac
fi
if [ -n "$want_active" ] && [ "$now_active" != "$old_active" ]; then
  case $old_active in
    active) systemctl start "$unit" ;;
    *)
      systemctl stop "$unit"
      settle
      ;;
  esac
fi
now_active=$(active)
[ -z "$want_active" ] || [ "$now_active" = "$old_active" ] || refuse "$unit is $now_active, though it was $old_active before and systemctl ended well"`,
  ),
};
