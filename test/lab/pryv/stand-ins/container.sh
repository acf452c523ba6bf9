#!/bin/sh
# What the unit of a container runs, on hosts of the lab: its program, with its folders where docker would mount them. As with
# docker's volumes, a link on the way to them is followed now, and no more while it runs.
set -eu
read -r root service image <"/var/lib/stand-in/$1"
for each in data backup; do
  if [ -d "$root/pryv/$service/$each" ]; then mount --bind -- "$root/pryv/$service/$each" "/app/$each"; fi
done
case $service in
  redis) exec /usr/bin/redis-server --dir /app/data ;;
  core | mongodb | nginx) exec /usr/bin/python3 -IS /usr/local/lib/stand-in/service.py "$service" "${image##*:}" ;;
  *) exec sleep infinity ;;
esac
