/**
 * Pieces of the actions' scripts. The scripts are POSIX sh with GNU coreutils, run as `sh -eu`; every value reaches them
 * as an environment variable. They also hold where `sh` is bash, whose command substitutions forget `-e`: hence the
 * many `|| exit`.
 */
import type { Script, Value } from '../language/types.ts';
import { NOT_AS_LEFT } from './types.ts';

/** A piece of a script, written as the shell reads it; only `\${` stands for the shell's own `${`. */
export const sh = (strings: TemplateStringsArray, ...pieces: readonly string[]): string =>
  String.raw(strings, ...pieces)
    .replaceAll('\\${', '${')
    .trim();

/** One script of these pieces. */
export const scriptOf = (...pieces: readonly string[]): Script => ({ shell: 'sh', text: `${pieces.join('\n')}\n` });

/** The variables that were given. */
export const given = (values: Readonly<Record<string, Value | undefined>>): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

/** `refuse WORDS`: what is asked for cannot be done, and why. */
export const REFUSE = sh`
refuse() {
  printf '%s\n' "$*" >&2
  exit 2
}`;

/** `foreign WORDS`: of an undo, which then has touched nothing. */
export const FOREIGN = sh`
foreign() {
  printf '%s\n' "$*" >&2
  exit ${String(NOT_AS_LEFT)}
}`;

/**
 * For an undo: goes on only where `keep` has written down what was there. Where it has not, nothing was applied; but if
 * `apply` is known to have run ($CO_APPLIED), it has been lost since, and that must not pass for undone.
 */
export const KEPT = sh`
if [ ! -e "$CO_BEFORE/kept" ]; then
  [ -z "\${CO_APPLIED-}" ] || foreign "what was there before is not kept in $CO_BEFORE any more: look at it, and put it right by hand"
  exit 0
fi`;

/** `proper PATH`: sets $proper to it without slashes at its end and never to be taken for an option, $folder to its folder. */
export const PROPER = sh`
proper() {
  proper=$1
  [ -n "$proper" ] || refuse 'the path is empty'
  while [ "$proper" != "\${proper%/}" ]; do proper=\${proper%/}; done
  case $proper in
    '') refuse '/ itself cannot be meant' ;;
    . | .. | */. | */..) refuse "$1: write the name itself, not . or .." ;;
    /*) ;;
    *) proper=./$proper ;;
  esac
  folder=\${proper%/*}
  [ -n "$folder" ] || folder=/
}`;

/** Sets $path and $folder from $CO_PATH. */
export const PATH = sh`
${PROPER}
proper "$CO_PATH"
path=$proper`;

/** Sets $new: a name beside $path that is this job's alone and the same in each of its attempts. */
export const NEW = sh`
new=$(printf '%s\n%s' "$CO_BEFORE" "$path" | sha256sum) || exit
new=$folder/.changeover-$(printf '%.16s' "$new")`;

/**
 * `seen PATH` prints what stands there, so that two looks can be compared: `absent`, `link HASH`, `file HASH MODE UID
 * GID`, `folder INODE:BIRTH MODE UID GID`, `other`. The device is no part of it, since its number may change by a reboot.
 */
export const SEEN = sh`
seen() {
  if [ -L "$1" ]; then
    hash=$(readlink -n -- "$1" | sha256sum) || exit
    printf 'link %s' "\${hash%% *}"
  elif [ -f "$1" ]; then
    hash=$(sha256sum <"$1") || exit
    meta=$(stat -c '%a %u %g' -- "$1") || exit
    printf 'file %s %s' "\${hash%% *}" "$meta"
  elif [ -d "$1" ]; then
    stat -c 'folder %i:%W %a %u %g' -- "$1"
  elif [ -e "$1" ]; then
    printf other
  else
    printf absent
  fi
}`;

/** `record NAME TEXT` keeps it in $CO_BEFORE, whole or not at all. */
export const RECORD = sh`
record() {
  printf '%s\n' "$2" >"$CO_BEFORE/$1.part"
  mv -f -- "$CO_BEFORE/$1.part" "$CO_BEFORE/$1"
}`;

/** For a probe within a job: what an earlier attempt began is to be applied to its end, so that it counts as changed. */
export const BEGUN = sh`
if [ -e "\${CO_BEFORE:-/nonexistent}/left" ]; then exit 1; fi`;

/** Sets $look where this is a dry run's look, which alone may print what it finds: a job's output goes to the log. */
export const LOOK = sh`
look=\${CO_BEFORE:+no}
look=\${look:-yes}`;

/** What every look at $path begins with. */
export const LOOKING = [REFUSE, PATH, SEEN, LOOK].join('\n');

/** What every keeping and every change of $path begins with. */
export const CHANGING = [REFUSE, PATH, SEEN, RECORD].join('\n');

/** Goes on only where the folder in which $path shall stand is there. */
export const NEEDS_FOLDER = sh`[ -d "$folder" ] || refuse "the folder $folder is missing: make it in an earlier step"`;

/** For a dry run's look: says that nothing stands at $path yet, and whether its folder does. */
export const SAY_ABSENT = sh`if [ -d "$folder" ]; then printf 'kind absent\n'; else printf 'kind absent\nfolder missing\n'; fi`;

/**
 * `fits PATH`: has it the wanted mode, owner and group? `dress PATH` gives them to it. $mode is the wanted mode as
 * `stat` prints it. Five digits, since chmod leaves a folder's set-group-id bit alone otherwise.
 */
export const DRESS = sh`
mode=
case \${CO_MODE-} in
  '') ;;
  *[!0-7]* | ??????* | [1-7]????) refuse "mode $CO_MODE: write it as three or four octal digits, such as '0640'" ;;
  *) mode=$(printf '%o' "0$CO_MODE") ;;
esac
fits() {
  [ -z "$mode" ] || [ "$(stat -c %a -- "$1")" = "$mode" ] || return 1
  [ -z "\${CO_OWNER-}" ] || [ "$(stat -c %U -- "$1")" = "$CO_OWNER" ] || [ "$(stat -c %u -- "$1")" = "$CO_OWNER" ] || return 1
  [ -z "\${CO_GROUP-}" ] || [ "$(stat -c %G -- "$1")" = "$CO_GROUP" ] || [ "$(stat -c %g -- "$1")" = "$CO_GROUP" ] || return 1
}
dress() {
  [ -z "\${CO_OWNER-}" ] || chown -- "$CO_OWNER" "$1"
  [ -z "\${CO_GROUP-}" ] || chgrp -- "$CO_GROUP" "$1"
  [ -z "$mode" ] || chmod -- "$(printf '%05o' "0$mode")" "$1"
}`;
