#!/bin/sh
# Lets the root lead to a version of Pryv: sudo switch_pryv.sh 1.6
#
# The root stands in the file switch_pryv.root beside this one. There is no moment without a link, and a real folder in its
# place is refused: a link would land inside it.
set -eu
fail() { echo "switch_pryv.sh: $*" >&2; exit 1; }

case ${1:-} in
  '' | *[!0-9.]*) echo 'usage: switch_pryv.sh VERSION, for example: sudo switch_pryv.sh 1.6' >&2; exit 2 ;;
esac
IFS= read -r root <"${0%.sh}.root" || fail "there is no ${0%.sh}.root, which says what is switched"
[ -d "$root$1" ] || fail "$root$1 is not there"
[ -L "$root" ] || fail "$root is no link; /layout pryv makes it one"
ln -sfn -- "$root$1" "$root.new"
mv -fT -- "$root.new" "$root"
echo "$root -> $(readlink -- "$root")"
