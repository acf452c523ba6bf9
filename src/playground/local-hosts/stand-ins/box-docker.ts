/** The stand-ins for `docker` and `btrfs` of a box. */
export const BOX_DOCKER = `#!/bin/sh
# Stand-in for docker, of Changeover's playground: containers and images of a box are files in <folder>/state.
set -eu
. "\${0%/bin/*}/lib/common.sh"
begin "$@"
containers=$folder/state/notebooks
images=$folder/state/images

each() { for path in "$1"/*; do [ ! -e "$path" ] || printf '%s%s\\n' "\${path##*/}" "$2"; done; }
remove() { kind=$1; shift; for name in "$@"; do rm -- "$kind/$name"; echo "$name"; done; }

case "\${1:-} \${2:-}" in
  'ps -aq') each "$containers" '' ;;
  'ps -a') each "$containers" ' notebook Exited (0)' ;;
  'images -q') each "$images" '' ;;
  'images --format') each "$images" ' latest 1GB' ;;
  'rm -f') shift 2; remove "$containers" "$@" ;;
  'rmi -f') shift 2; remove "$images" "$@" ;;
  *) die "knows ps -a, images, rm -f and rmi -f, and not '$*'" ;;
esac
`;

export const BTRFS = `#!/bin/sh
# Stand-in for btrfs, of Changeover's playground: a subvolume is a folder.
set -eu
. "\${0%/bin/*}/lib/common.sh"
begin "$@"
case "\${1:-} \${2:-}" in
  'subvolume list')
    for volume in "$3"/btrfs/subvolumes/*; do
      [ ! -d "$volume" ] || echo "ID 300 gen 7 top level 5 path btrfs/subvolumes/\${volume##*/}"
    done
    ;;
  'subvolume delete') rm -r -- "$3"; echo "Delete subvolume (stand-in): '$3'" ;;
  *) die "knows subvolume list and delete, and not '$*'" ;;
esac
`;
