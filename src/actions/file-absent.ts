/** Scripts of `file` with `state: absent`. */
import { BEGUN, CHANGING, LOOKING, scriptOf, sh } from './shell.ts';
import { keepReplaced, undoReplaced } from './replace.ts';

const REMOVABLE = sh`
now=$(seen "$path") || exit
case $now in
  absent | file* | link*) ;;
  folder*) [ -z "$(ls -Aq -- "$path")" ] || refuse "$path is a folder that is not empty: only an empty one is removed" ;;
  *) refuse "$path is neither a file nor a link nor a folder: it is left alone" ;;
esac`;

export const fileAbsent = {
  probe: scriptOf(
    LOOKING,
    REMOVABLE,
    sh`if [ "$look" = yes ]; then printf 'kind %s\n' "\${now%% *}"; fi`,
    BEGUN,
    sh`[ "$now" = absent ] || exit 1`,
  ),
  keep: keepReplaced,
  apply: scriptOf(
    CHANGING,
    REMOVABLE,
    sh`
record left absent
case $now in
  absent) ;;
  folder*) rmdir -- "$path" ;;
  *) rm -f -- "$path" ;;
esac`,
  ),
  undo: undoReplaced,
};
