/** Scripts of `line`. Lines end as the file's own do, in LF or CR LF. */
import { BEGUN, CHANGING, LOOKING, NEW, scriptOf, sh } from './shell.ts';
import { keepReplaced, LIKE_THE_OLD, OWNER_KEPT, undoReplaced } from './replace.ts';

/** Sets $at to the number of the last line that matches, empty where none does, and $old to that line with its CR. */
const FOUND = sh`
nl='
'
cr=$(printf '\r')
now=$(seen "$path") || exit
case $now in
  file*) ;;
  absent) refuse "there is no file $path, in which the line could stand: make it in an earlier step" ;;
  link*) refuse "$path is a symbolic link: write the path of the file that it leads to" ;;
  *) refuse "$path is not a file: it is left alone" ;;
esac
case $CO_LINE in
  '') refuse 'the line is empty' ;;
  *"$nl"* | *"$cr"*) refuse 'the line has several lines: write one' ;;
esac
[ "$(tr -cd '\000' <"$path" | head -c 1 | wc -c)" -eq 0 ] || refuse "$path is no text: it holds NUL characters"
# By bytes, so that the same is found whatever language the host speaks.
find_lines() { LC_ALL=C grep -an "$@"; }
if [ -n "\${CO_REGEXP-}" ]; then
  case $CO_REGEXP in *"$nl"*) refuse 'the regexp has several lines: write one' ;; esac
  status=0
  printf '%s\n' "$CO_LINE" | find_lines -E -e "$CO_REGEXP" >/dev/null || status=$?
  case $status in
    0) ;;
    1) refuse "the regexp $CO_REGEXP does not match the line $CO_LINE, so it would be added again and again" ;;
    *) refuse "$CO_REGEXP is no POSIX extended regular expression" ;;
  esac
  at=$(tr -d '\r' <"$path" | find_lines -E -e "$CO_REGEXP" | tail -n 1) || exit
else
  at=$(tr -d '\r' <"$path" | find_lines -xF -e "$CO_LINE" | tail -n 1) || exit
fi
at=\${at%%:*}
if [ -n "$at" ]; then
  old=$(head -n "$at" -- "$path" | tail -n 1 && printf x) || exit
  old=\${old%x}
  old=\${old%"$nl"}
else
  old=$(head -n 1 -- "$path") || exit
fi
case $old in *"$cr") end=$cr ;; *) end= ;; esac
stands() { [ -n "$at" ] && [ "$old" = "$CO_LINE$end" ]; }`;

/** Bytes of each side of the hunk that are printed, before base64. */
const SHOWN_BYTES = 2000;

const shown = (name: string, of: string): string =>
  `printf '${name} %s\\n' "$(${of} | head -c ${String(SHOWN_BYTES)} | base64 -w 0)"`;

export const lineScripts = {
  probe: scriptOf(
    LOOKING,
    FOUND,
    sh`
if [ "$look" = yes ] && ! stands; then
  if [ -n "$at" ]; then
    printf 'at %s\n' "$at"
    ${shown('above', 'head -n "$((at - 1))" -- "$path" | tail -n "$((at > 3 ? 3 : at - 1))"')}
    ${shown('old', `printf '%s' "$old"`)}
    ${shown('below', 'tail -n "+$((at + 1))" -- "$path" | head -n 3')}
  else
    printf 'lines %s\n' "$(grep -ac '' -- "$path" || :)"
    ${shown('above', 'tail -n 3 -- "$path"')}
  fi
fi`,
    BEGUN,
    sh`stands || exit 1`,
  ),
  keep: keepReplaced,
  apply: scriptOf(
    CHANGING,
    NEW,
    FOUND,
    sh`
rm -rf -- "$new"
trap 'rm -f -- "$new"' EXIT
lines=$(wc -l <"$path") || exit
# Nobody else may read it before it has its mode; never through a link that somebody put there.
(
  umask 077
  set -C
  exec >"$new"
  if [ -n "$at" ]; then
    head -n "$((at - 1))" -- "$path"
    printf '%s%s' "$CO_LINE" "$end"
    # A last line without a newline stays one.
    [ "$at" -gt "$lines" ] || echo
    tail -n "+$((at + 1))" -- "$path"
  else
    cat -- "$path"
    [ ! -s "$path" ] || [ "$(tail -c 1 -- "$path" | wc -l)" -eq 1 ] || printf '%s\n' "$end"
    printf '%s%s\n' "$CO_LINE" "$end"
  fi
)
${LIKE_THE_OLD}
${OWNER_KEPT}
left=$(seen "$new") || exit
[ "$(seen "$path")" = "$now" ] || refuse "$path changed while the line was being put in: try again"
record left "$left"
mv -fT -- "$new" "$path"`,
  ),
  undo: undoReplaced,
};
