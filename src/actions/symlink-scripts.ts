/** Scripts of `symlink`. */
import { BEGUN, CHANGING, LOOK, NEEDS_FOLDER, NEW, PATH, REFUSE, scriptOf, sh } from './shell.ts';
import { keepReplaced, undoReplaced } from './replace.ts';
import type { Script } from '../language/types.ts';

const AS_LINK = sh`
# The x keeps newlines at the end, which the shell would drop.
points_at_target() { [ -L "$path" ] && [ "$(readlink -n -- "$path" && printf x)" = "\${CO_TARGET}x" ]; }
[ -n "$CO_TARGET" ] || refuse 'the target is empty'
if [ -L "$path" ]; then
  :
elif [ -d "$path" ]; then
  refuse "$path is a real folder, so no link can take its place: move it away in an earlier step"
elif [ -e "$path" ]; then
  refuse "$path is there and not a symbolic link: move it away in an earlier step"
fi`;

const probe = scriptOf(
  REFUSE,
  PATH,
  LOOK,
  AS_LINK,
  sh`
if [ "$look" = yes ]; then
  if [ -L "$path" ]; then printf 'link %s\n' "$(readlink -n -- "$path" | base64 -w 0)"; fi
  case $CO_TARGET in /*) end=$CO_TARGET ;; *) end=$folder/$CO_TARGET ;; esac
  [ -e "$end" ] || printf 'target missing\n'
fi`,
  BEGUN,
  sh`points_at_target || exit 1`,
);

const AFTERWARDS = sh`
points_at_target || refuse "$path does not lead to $CO_TARGET, though the command for it ended well"`;

/** Switches by a link made beside and renamed over the old one: there is no moment without a link. */
export const symlinkByRename = {
  probe,
  keep: keepReplaced,
  apply: scriptOf(
    CHANGING,
    NEW,
    AS_LINK,
    sh`
${NEEDS_FOLDER}
rm -f -- "$new"
trap 'rm -f -- "$new"' EXIT
ln -s -- "$CO_TARGET" "$new"
left=$(seen "$new") || exit
record left "$left"
mv -fT -- "$new" "$path"`,
    AFTERWARDS,
  ),
  undo: undoReplaced,
};

/** Switches by a command of `words` words, each of them one argument: $CO_USING_1 and so on. */
export const symlinkByCommand = (words: number): { readonly probe: Script; readonly apply: Script } => ({
  probe,
  apply: scriptOf(
    REFUSE,
    PATH,
    AS_LINK,
    Array.from({ length: words }, (_, at) => `"$CO_USING_${at + 1}"`).join(' ') + ' </dev/null',
    AFTERWARDS,
  ),
});
