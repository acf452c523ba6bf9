#!/bin/sh
# Stands in for the script of this name that nbhosting ships.
set -eu
[ ! -e /etc/install-fails ] || { echo 'stand-in install.sh fails as it was told' >&2; exit 1; }
sed -n 's/^server_name *= *"\(.*\)"/server_name \1/p' django/nbh_main/sitesettings.py >/etc/nginx/nginx.conf
systemctl restart nginx nbh-uwsgi nbh-monitor
