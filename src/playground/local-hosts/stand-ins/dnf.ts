/** The stand-ins for `dnf`, `python3` and `pip3` of a Fedora box. */
export const DNF = `#!/bin/sh
# Stand-in for dnf, of Changeover's playground: knows system-upgrade alone, and has no packages. The new release is a
# line of <folder>/etc/os-release, which stands there once the box has been restarted into it.
set -eu
. "\${0%/bin/*}/lib/common.sh"
begin "$@"
hang_if_asked "$@"

downloaded=$folder/state/system-upgrade
case "$*" in
  'system-upgrade --help') echo 'stand-in dnf: system-upgrade download | reboot | clean' ;;
  '-y system-upgrade download --releasever='*)
    printf '%s\\n' "\${*##*=}" >"$downloaded"
    say "the packages of Fedora \${*##*=} would be here now"
    ;;
  '-y system-upgrade clean') rm -f "$downloaded" ;;
  '-y system-upgrade reboot')
    [ -s "$downloaded" ] || die 'nothing is downloaded: system-upgrade download first'
    [ -x "$folder/sbin/restart" ] || die 'this stand-in box is a part of the machine that it runs on, and cannot be restarted'
    if [ ! -e "$folder/faults/upgrade-fails" ]; then
      read -r release <"$downloaded"
      printf 'NAME=Fedora\\nVERSION_ID=%s\\n' "$release" >"$folder/etc/os-release"
      printf '3.%s\\n' "$((release - 22))" >"$folder/state/python"
    fi
    rm -f "$downloaded"
    exec "$folder/sbin/restart"
    ;;
  *) die "knows no '$*'" ;;
esac
`;

export const PYTHON = `#!/bin/sh
# Stand-in for python3, of Changeover's playground: says of which version it is, in the form that it is asked for.
set -eu
. "\${0%/bin/*}/lib/common.sh"
case "\${1:-}" in -c) ;; *) die 'only says its version: python3 -c ...' ;; esac
printf 'python%s\\n' "$(cat "$folder/state/python")"
`;

export const PIP = `#!/bin/sh
# Stand-in for pip3, of Changeover's playground: what it installs is an empty folder with the name of a package.
set -eu
. "\${0%/bin/*}/lib/common.sh"
begin "$@"
case "\${1:-}" in install) shift ;; *) die 'only knows install' ;; esac
for name in "$@"; do
  # As pip spells it there: a dash would end the name.
  name=$(printf '%s' "$name" | tr .- __)
  mkdir -p "$folder/lib/python$(cat "$folder/state/python")/site-packages/$name-2.0.dist-info"
  echo "Successfully installed $name-2.0 (by a stand-in)"
done
`;
