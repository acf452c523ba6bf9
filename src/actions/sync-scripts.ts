/**
 * Scripts of `sync`: `dest` becomes what `src` is, by rsync. Where `dest` stands on another host, rsync reaches it by the
 * step's host's own SSH trust, and so does all that is looked at and put back there.
 */
import type { Script } from '../language/types.ts';
import { BEGUN, FOREIGN, KEPT, LOOK, PROPER, RECORD, REFUSE, scriptOf, sh } from './shell.ts';
import { asVariable, LISTING, NAMES, RESTORING } from './sync-restore.ts';

/** `at_dest SCRIPT` runs it where $dest stands, with $dest, its folder $to, and $backup; standard input is its own. */
const PLACES = sh`
# rsync changes its folder, so here all paths begin at the root.
whole() {
  whole=$1
  case $1 in /*) return ;; esac
  while [ "$whole" != "\${whole#./}" ]; do whole=\${whole#./}; done
  whole=$(pwd -P)/$whole
}
proper "$CO_SRC"
whole "$proper"
src=$whole
proper "$CO_DEST"
dest=$proper
to=$folder
backup=
if [ -n "\${CO_BACKUP-}" ]; then
  proper "$CO_BACKUP"
  backup=$proper
fi
if [ -n "\${CO_TO-}" ]; then
  far="ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20 -p $CO_TO_PORT"
  case $dest in /*) ;; *) refuse "dest $dest: write the whole path on the other host, from / on" ;; esac
  case $backup in '' | /*) ;; *) refuse "backup_dir $backup: write the whole path on the other host, from / on" ;; esac
else
  far=
  whole "$dest"
  dest=$whole
  to=\${dest%/*}
  [ -n "$to" ] || to=/
  [ -z "$backup" ] || { whole "$backup" && backup=$whole; }
  case $dest/ in "$src"/*) refuse "$dest stands within $src, or is the same folder: name another" ;; esac
  case $src/ in "$dest"/*) refuse "$src stands within $dest: name another folder" ;; esac
  case $backup/ in "$src"/*) refuse "backup_dir $backup stands within $src: name another folder" ;; esac
fi
case $backup/ in "$dest"/*) refuse "backup_dir $backup stands within $dest: name another folder" ;; esac
quoted() {
  printf "'"
  printf '%s' "$1" | sed "s/'/'\\\\''/g"
  printf "'"
}
at_dest() {
  if [ -z "$far" ]; then
    dest=$dest to=$to backup=$backup sh -eu -c "$1"
  else
    at_dest="dest=$(quoted "$dest") to=$(quoted "$to") backup=$(quoted "$backup")"
    # shellcheck disable=SC2086,SC2029
    $far "$CO_TO" "$at_dest sh -eu -c $(quoted "$1")"
  fi
}`;

const SOURCE = sh`
${asVariable(
  'look_there',
  sh`
if [ -L "$dest" ]; then echo link
elif [ -d "$dest" ]; then echo folder
elif [ -e "$dest" ]; then echo other
elif [ -d "$to" ]; then echo absent
else echo nowhere; fi`,
)}
there=$(at_dest "$look_there" </dev/null) || refuse "where $dest shall stand cannot be looked at (see above)"
if [ -e "$src" ]; then
  [ -d "$src" ] || refuse "$src is not a folder: only folders are copied"
else
  refuse "$src is missing"
fi
case $there in
  folder | absent | nowhere) ;;
  link) refuse "$dest is a symbolic link: write the path of the folder that it leads to" ;;
  *) refuse "$dest is there and not a folder" ;;
esac`;

/**
 * `count` sets $copies, $deletes and $dresses (items of which only owner, mode or times differ) to what rsync would do,
 * and refuses to delete more than was allowed. Names are not read: each item is one line, whatever it is called.
 */
const counting = (excludes: number): string => {
  const options = Array.from({ length: excludes }, (_, at) => `"--exclude=$CO_EXCLUDE_${String(at + 1)}" `).join('');
  return sh`
case \${CO_MAX_DELETE-0} in
  '' | *[!0-9]*) refuse "max_delete must be a whole number, and is '$CO_MAX_DELETE'" ;;
esac
copy() {
  set -- ${options}"$@"
  [ "\${CO_DELETE-}" != true ] || set -- --delete "$@"
  if [ -n "$far" ]; then set -- -s -e "$far" "$@"; fi
  LC_ALL=C rsync -aH "$@" -- "$src/" "\${CO_TO_RSYNC:+$CO_TO_RSYNC:}$dest/" </dev/null
}
count() {
  copies=0 deletes=0 dresses=0 ended=0
  counts=$({ copy -n --out-format=%i || printf '!%s\n' "$?"; } | cut -c 1-3 | sort | uniq -c) || exit
  while read -r many what; do
    case $what in
      '*de') deletes=$((deletes + many)) ;;
      [\<\>ch][fdLDS]*) copies=$((copies + many)) ;;
      .[fdLDS]*) dresses=$((dresses + many)) ;;
      !*) ended=\${what#!} ;;
    esac
  done <<END
$counts
END
  # 24: something vanished while it was looked at, as things do where people work.
  [ "$ended" -eq 0 ] || [ "$ended" -eq 24 ] || refuse "rsync ended with $ended (see above), so $1"
  [ "$deletes" -le "\${CO_MAX_DELETE:-0}" ] ||
    refuse "it would delete $deletes, and max_delete allows \${CO_MAX_DELETE:-0}, so $1"
}
differs() { [ "$((copies + deletes + dresses))" -gt 0 ]; }`;
};

/** Lines of names that a dry run shows. */
const SHOWN = 20;

const head = (excludes: number): string => [REFUSE, PROPER, PLACES, SOURCE, counting(excludes)].join('\n');

const probe = (excludes: number): Script =>
  scriptOf(
    head(excludes),
    LOOK,
    sh`
if [ "$there" = nowhere ]; then
  [ "$look" = yes ] || refuse "the folder $to is missing: make it in an earlier step"
  printf 'folder missing\n'
  exit 1
fi
count 'nothing was begun'
if [ "$look" = yes ]; then
  printf 'copies %s\ndeletes %s\ndresses %s\n' "$copies" "$deletes" "$dresses"
  printf 'names %s\n' "$(copy -n --out-format='%i %n' 2>/dev/null | LC_ALL=C grep -aE '^([<>ch.][fdLDS]|[*])' | cut -c 1-300 | head -n ${String(SHOWN)} | base64 -w 0)"
fi`,
    BEGUN,
    sh`! differs || exit 1`,
  );

const APPLY = sh`
[ "$there" != nowhere ] || refuse "the folder $to is missing: make it in an earlier step"
count 'nothing was begun'
told="$copies copied, $deletes deleted, $dresses given owner, mode and times"
set --
# An attempt before this one may have copied all, and died before it could say so.
if differs && [ -n "$backup" ]; then
  # Before the first folder is made: from here on there is something to undo.
  record left begun
  # Each attempt keeps what it replaces apart, so that none can put a later state over an earlier one.
  ${asVariable(
    'make_backup',
    sh`
mkdir -p -- "$backup"
n=1
while [ -n "$(ls -A -- "$backup/$n" 2>/dev/null)" ]; do n=$((n + 1)); done
mkdir -p -- "$backup/$n"
echo "$n"`,
  )}
  n=$(at_dest "$make_backup" </dev/null) || exit
  set -- -b "--backup-dir=$backup/$n"
fi
[ "\${CO_DELETE-}" != true ] || set -- "$@" "--max-delete=$CO_MAX_DELETE"
ended=0
if differs; then copy "$@" || ended=$?; fi
case $ended in
  0 | 24) ;;
  25) refuse "it stopped at $CO_MAX_DELETE deletions, which is all that max_delete allows" ;;
  *) refuse "rsync ended with $ended (see above)" ;;
esac
printf '%s\n' "$told"
# What people work on changes again at once, so nothing could be told by looking once more.
if [ "\${CO_LIVE-}" != true ]; then
  count 'it is not known whether all was copied'
  ! differs ||
    refuse "afterwards there are still $copies to copy, $deletes to delete, $dresses of other owner, mode or times: $src changes while it is copied"
fi`;

/** Without a folder for what is replaced: nothing is kept, so nothing can be put back. */
export const syncScripts = (excludes: number): { readonly probe: Script; readonly apply: Script } => ({
  probe: probe(excludes),
  apply: scriptOf(head(excludes), APPLY),
});

const LISTED = asVariable('listing', LISTING);

/** With one: how `dest` looked is listed before and after, and is what it is made again. */
export const syncWithBackup = (
  excludes: number,
): { readonly probe: Script; readonly keep: Script; readonly apply: Script; readonly undo: Script } => ({
  probe: probe(excludes),
  keep: scriptOf(
    REFUSE,
    PROPER,
    PLACES,
    SOURCE,
    LISTED,
    sh`
if [ -e "$CO_BEFORE/kept" ]; then exit 0; fi
${asVariable('backup_there', 'if [ -e "$backup" ] || [ -L "$backup" ]; then echo yes; fi')}
[ "$(at_dest "$backup_there" </dev/null)" != yes ] ||
  refuse "$backup is there already: name a folder that is not, so that it holds what this run replaces and nothing else"
find "$src" -printf '%P\0' >"$CO_BEFORE/brought"
at_dest "$listing" >"$CO_BEFORE/kept.part" </dev/null
mv -f -- "$CO_BEFORE/kept.part" "$CO_BEFORE/kept"`,
  ),
  apply: scriptOf(
    head(excludes),
    RECORD,
    LISTED,
    APPLY,
    sh`
at_dest "$listing" >"$CO_BEFORE/after.part" </dev/null
mv -f -- "$CO_BEFORE/after.part" "$CO_BEFORE/after"`,
  ),
  undo: scriptOf(
    REFUSE,
    FOREIGN,
    KEPT,
    sh`if [ ! -e "$CO_BEFORE/left" ]; then exit 0; fi`,
    PROPER,
    PLACES,
    LISTED,
    asVariable('restoring', RESTORING),
    NAMES,
    sh`
same() { [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ]; }
at_dest "$listing" >"$CO_BEFORE/now" </dev/null
if ! same "$CO_BEFORE/now" "$CO_BEFORE/kept"; then
  if [ -e "$CO_BEFORE/undoing" ]; then
    : # An undo before this one has looked, and died.
  elif [ -e "$CO_BEFORE/after" ]; then
    same "$CO_BEFORE/now" "$CO_BEFORE/after" || foreign "$dest is not as this run left it: look at it, and put it right by hand"
  else
    # It was not copied to its end: what stands there must have been there before, or be brought by it.
    { names <"$CO_BEFORE/kept"; cat -- "$CO_BEFORE/brought"; } | LC_ALL=C sort -zu >"$CO_BEFORE/known"
    names <"$CO_BEFORE/now" | LC_ALL=C comm -z -13 "$CO_BEFORE/known" - >"$CO_BEFORE/strange"
    # rsync writes beside, under the name with a dot before and six letters behind.
    sed -z 's#^\(.*/\)\{0,1\}\.\([^/]*\)\.[A-Za-z0-9]\{6\}$#\1\2#' <"$CO_BEFORE/strange" | LC_ALL=C sort -zu |
      LC_ALL=C comm -z -13 "$CO_BEFORE/known" - >"$CO_BEFORE/foreign"
    [ ! -s "$CO_BEFORE/foreign" ] ||
      foreign "$dest holds what this run did not bring ($(head -c 300 -- "$CO_BEFORE/foreign" | tr '\0' ' ')): look at it, and put it right by hand"
  fi
  : >"$CO_BEFORE/undoing"
  at_dest "$restoring" <"$CO_BEFORE/kept" ||
    refuse "$dest could not be made again what it was (see above); what it held is in $backup"
fi
${asVariable('remove_backup', 'rm -rf -- "$backup"')}
at_dest "$remove_backup" </dev/null`,
  ),
});
