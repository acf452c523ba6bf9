/**
 * The stand-ins of a box for what goes over the network. It is a folder beside the boxes: for each address that a box
 * holds, a link to that box's folder. Two boxes can hold one address there too, as they can in earnest.
 */
const START = `#!/bin/sh
set -eu
. "\${0%/bin/*}/lib/common.sh"
network=$folder/network
begin "$@"
`;

export const PING = `${START}
# Stand-in for ping, of Changeover's playground: an address answers where a box holds it.
for word in "$@"; do address=$word; done
[ -d "$network/$address" ] || die "$address: Network is unreachable"
for holder in "$network/$address"/*; do
  [ ! -e "$holder" ] || { echo "64 bytes from $address (\${holder##*/}, a stand-in)"; exit 0; }
done
exit 1
`;

export const CURL = `${START}
# Stand-in for curl, of Changeover's playground: asks the box that holds the name's address, if one alone holds it.
for word in "$@"; do url=$word; done
name=\${url#*://}
name=\${name%%/*}
[ -s "$network/names/$name" ] || die "(6) Could not resolve host: $name"
read -r address <"$network/names/$name"
set -- "$network/$address"/*
[ -e "$1" ] || die "(7) Failed to connect to $name ($address): no box holds the address"
[ $# -eq 1 ] || die "(56) $name ($address) is held by $# boxes, so that answers come from either"
for service in nginx nbh-uwsgi; do
  [ "$(cat "$1/state/units/$service.service/active")" = active ] || die "(7) $service does not run on \${1##*/}"
done
grep -qx "server_name $name" "$1/etc/nginx/nginx.conf" || die "(60) the certificate of \${1##*/} is not for $name"
echo "stand-in nbhosting on \${1##*/}"
`;

export const SSH = `#!/bin/sh
# The real ssh of this machine, with the box's own key and known hosts in place of those of whoever started all this.
folder=\${0%/bin/*}
if real=$(PATH=\${PATH#"$folder/bin:"} && command -v ssh); then
  exec "$real" -F none -i "$folder/keys/box" -o IdentitiesOnly=yes -o IdentityAgent=none \\
    -o UserKnownHostsFile="$folder/keys/known_hosts" -o GlobalKnownHostsFile=none "$@"
fi
echo 'stand-in ssh: there is no real ssh here' >&2
exit 127
`;
