/** Scripts of `file` with `state: file`. */
import { BEGUN, CHANGING, DRESS, LOOKING, NEEDS_FOLDER, NEW, SAY_ABSENT, scriptOf, sh } from './shell.ts';
import { keepReplaced, LIKE_THE_OLD, OWNER_KEPT, undoReplaced } from './replace.ts';

/** Contents up to this many bytes are printed by the probe, in base64, for the dry run's diff. */
export const SHOWN_BYTES = 32_768;

const AS_FILE = sh`
now=$(seen "$path") || exit
case $now in
  file* | absent) ;;
  link*) refuse "$path is a symbolic link: write the path of the file that it leads to" ;;
  folder*) refuse "$path is a folder, where a file is wanted" ;;
  *) refuse "$path is neither a file nor a folder: it is left alone" ;;
esac`;

export const fileContent = {
  probe: scriptOf(
    LOOKING,
    DRESS,
    AS_FILE,
    sh`
if [ "$look" = yes ]; then
  case $now in
    absent) ${SAY_ABSENT} ;;
    *)
      stat --printf 'kind file\nmode %a\nowner %U\ngroup %G\nsize %s\n' -- "$path"
      if [ "$(stat -c %s -- "$path")" -le ${String(SHOWN_BYTES)} ]; then printf 'content %s\n' "$(base64 -w 0 <"$path")"; fi
      ;;
  esac
fi`,
    BEGUN,
    sh`
if [ "$now" = absent ]; then exit 1; fi
hash=\${now#file }
[ "\${hash%% *}" = "\${CO_STDIN_SHA256-}" ] || exit 1
fits "$path" || exit 1`,
  ),
  keep: keepReplaced,
  apply: scriptOf(
    CHANGING,
    NEW,
    DRESS,
    AS_FILE,
    sh`
${NEEDS_FOLDER}
rm -rf -- "$new"
trap 'rm -f -- "$new"' EXIT
# Nobody else may read it before it has its mode; never through a link that somebody put there.
(
  umask 077
  set -C
  cat >"$new"
)
made=$(sha256sum <"$new")
made=\${made%% *}
[ "\${CO_STDIN_SHA256-$made}" = "$made" ] || refuse "the content did not arrive whole: $path is as it was"
if [ "$now" = absent ]; then
  chmod -- =rw "$new"
else
  ${LIKE_THE_OLD}
fi
dress "$new"
if [ "$now" != absent ]; then
  ${OWNER_KEPT}
fi
if [ -n "\${CO_VALIDATE-}" ]; then
  CO_NEW=$new sh -eu -c "$CO_VALIDATE" </dev/null || refuse "the new content is not valid (see above): $path is as it was"
fi
left=$(seen "$new") || exit
record left "$left"
mv -fT -- "$new" "$path"`,
  ),
  undo: undoReplaced,
};
