#!/bin/sh
# Stands in for pip3: what it installs is an empty folder with the name of a package.
set -eu
shift
for name in "$@"; do
  mkdir -p "/usr/local/lib/$(python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')/site-packages/$name-2.dist-info"
done
