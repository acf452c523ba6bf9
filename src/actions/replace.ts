/** Keeping and giving back what stands at $CO_PATH where an action replaces it whole: a file, a link, an empty folder. */
import { CHANGING, FOREIGN, KEPT, NEW, PATH, RECORD, REFUSE, SEEN, scriptOf, sh } from './shell.ts';

/**
 * Keeps what is there in `$CO_BEFORE/old`, with owner, mode, times and ACL (GNU `cp -a`), and what it was in `kept`,
 * written last: an `apply` that finds no `kept` was never reached.
 */
export const keepReplaced = scriptOf(
  CHANGING,
  sh`
if [ -e "$CO_BEFORE/kept" ]; then exit 0; fi
before=$(seen "$path") || exit
rm -rf -- "$CO_BEFORE/old"
case $before in
  absent) ;;
  file* | link*)
    cp -a -- "$path" "$CO_BEFORE/old"
    old=$(seen "$CO_BEFORE/old") || exit
    # Without root, owners are not kept in the copy, and need not be: they stand in $before.
    [ "$(printf '%s' "$old" | cut -d ' ' -f 1,2)" = "$(printf '%s' "$before" | cut -d ' ' -f 1,2)" ] ||
      refuse "$path changed while it was being kept: try again"
    ;;
  folder*)
    [ -z "$(ls -Aq -- "$path")" ] || refuse "$path is a folder that is not empty: it is left alone"
    cp -a -- "$path" "$CO_BEFORE/old"
    ;;
  *) refuse "$path is neither a file nor a link nor a folder: it is left alone" ;;
esac
record kept "$before"`,
);

/** Gives $new, which is to take the place of $path, its mode, owner and ACL, as far as we may. */
export const LIKE_THE_OLD = sh`
cp -a --attributes-only -- "$path" "$new"
touch -- "$new"`;

/** Goes on only where $new has the owner of $path, or the one that the step names. */
export const OWNER_KEPT = sh`
[ -n "\${CO_OWNER-}" ] || [ "$(stat -c %u -- "$new")" = "$(stat -c %u -- "$path")" ] ||
  refuse "$path cannot keep its owner: become root for this step"
[ -n "\${CO_GROUP-}" ] || [ "$(stat -c %g -- "$new")" = "$(stat -c %g -- "$path")" ] ||
  refuse "$path cannot keep its group: become root for this step"`;

/** Gives back what was kept, if what is there now is what `apply` recorded as `left`. */
export const undoReplaced = scriptOf(
  REFUSE,
  FOREIGN,
  PATH,
  SEEN,
  RECORD,
  NEW,
  KEPT,
  sh`
rm -rf -- "$new"
# Nothing of it was applied, so whatever is there is none of ours.
if [ ! -e "$CO_BEFORE/left" ]; then exit 0; fi
before=$(cat -- "$CO_BEFORE/kept")
left=$(cat -- "$CO_BEFORE/left")
now=$(seen "$path") || exit
if [ "$now" = "$before" ]; then exit 0; fi
[ "$now" = "$left" ] || foreign "$path is not as this run left it (was '$left', is '$now'): look at it, and put it right by hand"
if [ "$before" = absent ]; then
  rm -f -- "$path"
  exit 0
fi
cp -a -- "$CO_BEFORE/old" "$new"
trap 'rm -rf -- "$new"' EXIT
back=$(seen "$new") || exit
case $before in
  folder*)
    [ "\${back#folder * }" = "\${before#folder * }" ] || refuse "$path cannot get its old owner and mode back: become root for this step"
    # It is another folder now, which must count as the old one when this undo is run again.
    record kept "$back"
    ;;
  *) [ "$back" = "$before" ] || refuse "$path cannot get its old owner and mode back: become root for this step" ;;
esac
if [ "$now" = absent ]; then
  mv -nT -- "$new" "$path"
  now=$(seen "$path") || exit
  [ "$now" = "$back" ] || foreign "$path was made by somebody else meanwhile: it is left alone"
else
  mv -fT -- "$new" "$path"
fi`,
);
