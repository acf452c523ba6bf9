/** Scripts of `file` with `state: directory`. */
import {
  BEGUN,
  CHANGING,
  DRESS,
  FOREIGN,
  KEPT,
  LOOKING,
  NEEDS_FOLDER,
  NEW,
  PATH,
  REFUSE,
  SAY_ABSENT,
  SEEN,
  scriptOf,
  sh,
} from './shell.ts';

const AS_FOLDER = sh`
now=$(seen "$path") || exit
case $now in
  folder* | absent) ;;
  link*) refuse "$path is a symbolic link: write the path of the folder that it leads to" ;;
  *) refuse "$path is there and not a folder" ;;
esac`;

export const fileFolder = {
  probe: scriptOf(
    LOOKING,
    DRESS,
    AS_FOLDER,
    sh`
if [ "$look" = yes ]; then
  case $now in
    absent) ${SAY_ABSENT} ;;
    *) stat --printf 'kind folder\nmode %a\nowner %U\ngroup %G\n' -- "$path" ;;
  esac
fi`,
    BEGUN,
    sh`
if [ "$now" = absent ]; then exit 1; fi
fits "$path" || exit 1`,
  ),
  keep: scriptOf(
    CHANGING,
    AS_FOLDER,
    sh`
if [ -e "$CO_BEFORE/kept" ]; then exit 0; fi
record kept "$now"`,
  ),
  apply: scriptOf(
    CHANGING,
    NEW,
    DRESS,
    AS_FOLDER,
    sh`
if [ "$now" = absent ]; then
  ${NEEDS_FOLDER}
  [ ! -d "$new" ] || rmdir -- "$new"
  mkdir -m 700 -- "$new"
  trap 'if [ -d "$new" ]; then rmdir -- "$new"; fi' EXIT
  chmod -- =rwx "$new"
  dress "$new"
  left=$(seen "$new") || exit
  record left "$left"
  mv -nT -- "$new" "$path"
  [ ! -e "$new" ] || refuse "$path was made by somebody else meanwhile"
  exit 0
fi
# What it will be is written down in numbers before anything changes, so that a half-done change is known for ours.
rm -rf -- "$CO_BEFORE/as"
mkdir -- "$CO_BEFORE/as"
dress "$CO_BEFORE/as"
like() { if [ -n "$1" ]; then stat -c "$2" -- "$CO_BEFORE/as"; else stat -c "$2" -- "$path"; fi; }
left="$(stat -c 'folder %i:%W' -- "$path") $(like "$mode" %a) $(like "\${CO_OWNER-}" %u) $(like "\${CO_GROUP-}" %g)"
record left "$left"
dress "$path"
fits "$path" || refuse "$path did not take the wanted mode, owner and group"`,
  ),
  undo: scriptOf(
    REFUSE,
    FOREIGN,
    PATH,
    SEEN,
    NEW,
    KEPT,
    sh`
if [ -d "$new" ] && [ ! -L "$new" ]; then rmdir -- "$new"; fi
if [ ! -e "$CO_BEFORE/left" ]; then exit 0; fi
read -r before old_id old_mode old_uid old_gid <"$CO_BEFORE/kept" || :
read -r _ left_id left_mode left_uid left_gid <"$CO_BEFORE/left"
now=$(seen "$path") || exit
if [ "$now" = "$(cat -- "$CO_BEFORE/kept")" ]; then exit 0; fi
case $now in
  "folder $left_id "*) ;;
  *) foreign "$path is not the folder that this run left: look at it, and put it right by hand" ;;
esac
if [ "$before" = absent ]; then
  [ -z "$(ls -Aq -- "$path")" ] || foreign "$path was made by this run and is not empty any more, so it is not removed: empty it, or leave it"
  rmdir -- "$path"
  exit 0
fi
# Owner and mode change one after the other: each may be the old or the new one.
read -r _ _ mode uid gid <<END
$now
END
either() { [ "$1" = "$2" ] || [ "$1" = "$3" ]; }
if ! { [ "$old_id" = "$left_id" ] && either "$mode" "$old_mode" "$left_mode" &&
  either "$uid" "$old_uid" "$left_uid" && either "$gid" "$old_gid" "$left_gid"; }; then
  foreign "$path has another owner or mode than this run left: put it right by hand"
fi
chown -- "$old_uid:$old_gid" "$path"
chmod -- "$(printf '%05o' "0$old_mode")" "$path"`,
  ),
};
