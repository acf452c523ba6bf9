/** The stand-in for `rsync`: faults first, then the real one. */
export const RSYNC = `#!/bin/sh
# Stand-in for rsync, of Changeover's playground: looks at the fault switches, then hands over to this machine's own
# rsync. Where there is none it copies folders by itself: rsync -a [-v] [--delete] SOURCE/ TARGET/, nothing else.
set -eu
. "\${0%/bin/*}/lib/common.sh"
begin "$@"
hang_if_asked "$@"

if real=$(PATH=\${PATH#"$folder/bin:"} && command -v rsync); then
  say "hands over to $real"
  exec "$real" "$@"
fi

delete=no
while [ $# -gt 0 ]; do
  case $1 in
    -a | -av | --archive | -v) ;;
    --delete) delete=yes ;;
    -*) die "there is no real rsync here, and by itself it knows no '$1'" ;;
    *) break ;;
  esac
  shift
done
case "$#:\${1:-}:\${2:-}" in 2:*/:*/) ;; *) die 'by itself it copies SOURCE/ to TARGET/, both with a slash at the end' ;; esac
say 'copies by itself, since there is no real rsync here'
mkdir -p "$2"
if [ $delete = yes ]; then
  (cd "$2" && find . -mindepth 1 -depth -print) | while IFS= read -r entry; do
    if ! [ -e "$1$entry" ] && ! [ -L "$1$entry" ]; then rm -rf "$2$entry"; fi
  done
fi
cp -a "$1." "$2"
`;
