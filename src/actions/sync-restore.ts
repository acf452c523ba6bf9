/** What `sync` runs where \`dest\` stands to list it and to put it back; there is $dest, and $backup. */
import { sh } from './shell.ts';

/** A text of a script as a variable of another: `name=$(cat …)`, in which nothing is filled in. */
export const asVariable = (name: string, text: string): string =>
  `${name}=$(cat <<'END_OF_TEXT'\n${text}\nEND_OF_TEXT\n)`;

/** One record a thing: kind, mode, owner, group, time, size, name, ended by NUL. Folders have no size of their own. */
export const LISTING = sh`
if [ -d "$dest" ]; then
  find "$dest" \( -type d -printf "%y %m %U %G %T@ - %P\\0" -o -printf "%y %m %U %G %T@ %s %P\\0" \) | LC_ALL=C sort -z
fi`;

/** `names` takes records and gives their names, in order. */
export const NAMES = sh`names() { sed -z 's/^\([^ ]* \)\{6\}//' | LC_ALL=C sort -z; }`;

/**
 * Makes $dest again what the records on standard input say: what was replaced or deleted comes back from $backup, the
 * oldest last; what was not there goes; then owners, modes and times. Ends with an error where it is not the same after.
 */
export const RESTORING = sh`
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cat >"$work/kept"
${NAMES}
list() {
  ${LISTING}
}
n=1
while [ -d "$backup/$n" ]; do n=$((n + 1)); done
while [ "$n" -gt 1 ]; do
  n=$((n - 1))
  [ -d "$dest" ] || mkdir -- "$dest"
  rsync -aH --force -- "$backup/$n/" "$dest/" </dev/null
done
names <"$work/kept" >"$work/wanted"
list | names >"$work/found"
LC_ALL=C comm -z -13 "$work/wanted" "$work/found" | LC_ALL=C sort -rz | xargs -0 -r sh -c '
  for name; do
    path=$0\${name:+/$name}
    if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir -- "$path"; else rm -f -- "$path"; fi
  done' "$dest"
LC_ALL=C comm -z -23 "$work/wanted" "$work/found" | xargs -0 -r sh -c 'for name; do mkdir -- "$0\${name:+/$name}"; done' "$dest"
list >"$work/now"
LC_ALL=C comm -z -23 "$work/kept" "$work/now" | xargs -0 -r sh -c '
  for record; do
    kind=\${record%% *} record=\${record#* }
    mode=\${record%% *} record=\${record#* }
    user=\${record%% *} record=\${record#* }
    group=\${record%% *} record=\${record#* }
    time=\${record%% *} record=\${record#* }
    name=\${record#* }
    path=$0\${name:+/$name}
    [ "$(stat -c %u:%g -- "$path")" = "$user:$group" ] || chown -h -- "$user:$group" "$path"
    [ "$kind" = l ] || chmod -- "$mode" "$path"
    touch -h -d "@$time" -- "$path"
  done' "$dest"
list >"$work/now"
[ "$(LC_ALL=C comm -z -3 "$work/kept" "$work/now" | head -c 1 | wc -c)" -eq 0 ] || {
  printf "these are not as they were: %s\n" "$(LC_ALL=C comm -z -3 "$work/kept" "$work/now" | tr "\\0" "\\n" | head -n 5)" >&2
  exit 1
}`;
