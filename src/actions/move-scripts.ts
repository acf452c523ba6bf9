/** Scripts of `move`. */
import { FOREIGN, KEPT, LOOK, PROPER, RECORD, REFUSE, scriptOf, sh } from './shell.ts';

const BOTH = sh`
proper "$CO_SRC"
src=$proper
proper "$CO_DEST"
dest=$proper
to=$folder
there() { [ -e "$1" ] || [ -L "$1" ]; }
# Inode and time of birth: stays with the thing when it is renamed, and no other thing gets it.
id() { stat -c '%i:%W' -- "$1"; }
is_ours() { there "$1" && [ "$(id "$1")" = "$(cat -- "$CO_BEFORE/kept")" ]; }`;

const CAN_MOVE = sh`
there "$src" || if there "$dest"; then
  refuse "$src is missing and $dest is there: perhaps it has been moved before (done_when can say so)"
else
  refuse "$src is missing"
fi
if there "$dest"; then refuse "$dest is there already: move it away first"; fi
if [ -d "$to" ] && [ "$(stat -c %d -- "$src")" != "$(stat -c %d -- "$to")" ]; then
  refuse "$src and $to are on different file systems or btrfs subvolumes: that would be a copy, not a move"
fi`;

/** Names of the folder that is moved on trial, beside the source and beside the destination. */
const TRIAL = sh`
from=\${src%/*}
[ -n "$from" ] || from=/
mark=$(printf '%s\n%s' "$CO_BEFORE" "$src" | sha256sum) || exit
mark=$(printf '%.16s' "$mark")
here=$from/.changeover-$mark-from
yonder=$to/.changeover-$mark-to
no_trial() { for trial in "$here" "$yonder"; do if [ -d "$trial" ]; then rmdir -- "$trial"; fi; done; }
no_trial`;

export const moveScripts = {
  probe: scriptOf(
    REFUSE,
    PROPER,
    LOOK,
    BOTH,
    sh`
# An earlier attempt has moved it: apply looks at that once more, and it counts as changed.
if [ -e "\${CO_BEFORE:-/nonexistent}/left" ] && is_ours "$dest"; then exit 1; fi`,
    CAN_MOVE,
    sh`
if [ "$look" = yes ]; then
  if size=$(timeout 20 du -sk -- "$src"); then printf 'size %s\n' "\${size%%[!0-9]*}"; fi
  [ -d "$to" ] || printf 'folder missing\n'
fi
exit 1`,
  ),
  keep: scriptOf(
    REFUSE,
    PROPER,
    RECORD,
    BOTH,
    sh`
if [ -e "$CO_BEFORE/kept" ]; then exit 0; fi`,
    CAN_MOVE,
    sh`
was=$(id "$src") || exit
record kept "$was"`,
  ),
  apply: scriptOf(
    REFUSE,
    PROPER,
    RECORD,
    BOTH,
    TRIAL,
    sh`if is_ours "$dest" && ! there "$src"; then exit 0; fi`,
    CAN_MOVE,
    sh`
[ -d "$to" ] || refuse "the folder $to is missing: make it in an earlier step"
is_ours "$src" || refuse "$src is not what it was when this step began: it is left alone"
# Where renaming is not possible (mounts of one file system), mv would copy: an empty folder shows it, since a copy is another one.
trap no_trial EXIT
mkdir -- "$here"
trial_id=$(id "$here") || exit
mv -nT -- "$here" "$yonder"
if [ ! -d "$yonder" ] || [ "$(id "$yonder")" != "$trial_id" ]; then
  refuse "$from and $to are on different file systems: that would be a copy, not a move"
fi
rmdir -- "$yonder"
record left moved
mv -nT -- "$src" "$dest"
if there "$src" || ! is_ours "$dest"; then refuse "$src was not moved: somebody else made $dest meanwhile"; fi`,
  ),
  undo: scriptOf(
    REFUSE,
    FOREIGN,
    PROPER,
    BOTH,
    KEPT,
    TRIAL,
    sh`
if [ ! -e "$CO_BEFORE/left" ]; then exit 0; fi
if is_ours "$src"; then exit 0; fi
is_ours "$dest" || foreign "$dest is not what this run moved there: look at it, and put it right by hand"
if there "$src"; then foreign "something new stands at $src, so $dest cannot go back there: look at both"; fi
[ -d "$from" ] || foreign "the folder $from is gone, so $dest cannot go back there"
mv -nT -- "$dest" "$src"
if there "$dest" || ! is_ours "$src"; then foreign "$dest did not go back to $src: somebody else made it meanwhile"; fi`,
  ),
};
