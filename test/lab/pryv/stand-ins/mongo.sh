#!/bin/sh
# Stand-in for MongoDB's mongodump, mongorestore and mongo inside its container, with the real ones' options and refusals.
# A database is a folder of .bson files below /app/data, one document a line. Each dump is noted in
# /var/log/stand-in-dumps.
set -eu
me=${0##*/}
fail() { echo "stand-in $me: $*" >&2; exit 1; }

database='' out='' drop=no script='' source=''
while [ $# -gt 0 ]; do
  case $me:$1 in
    *:-d) database=$2; shift ;;
    mongodump:-o) out=$2; shift ;;
    mongorestore:--drop) drop=yes ;;
    mongo:--quiet) ;;
    mongo:--eval) script=$2; shift ;;
    *:-*) fail "error parsing command line options: unknown option \"$1\"" ;;
    mongo:*) database=$1 ;;
    mongorestore:*) source=$1 ;;
    *) fail "takes no '$1'" ;;
  esac
  shift
done

each() { for file in "$1"/*.bson; do [ -e "$file" ] || break; "$2"; done; }
name() { basename "$file" .bson; }
count() { echo "$(name) $(wc -l <"$file")"; }

dump() {
  cp "$file" "$out/$database/"
  printf '{"collectionName":"%s"}\n' "$(name)" >"$out/$database/$(name).metadata.json"
  # A test that wants to be there while it dumps takes this lock; it is had at once elsewhere.
  flock /run/lock/lab-mongodump true
}

restore() {
  [ "$drop" = yes ] || [ ! -e "/app/data/$database/$(name).bson" ] || fail "E11000 duplicate key error in $(name)"
  cp "$file" "/app/data/$database/"
}

case $me in
  mongodump)
    mkdir -p "$out/$database"
    echo "$database" >>/var/log/stand-in-dumps
    each "/app/data/$database" dump
    ;;
  mongorestore)
    [ -d "$source" ] || fail "file $source does not exist"
    mkdir -p "/app/data/$database"
    each "$source" restore
    ;;
  mongo)
    case $script in
      *ping*) echo 1 ;;
      *getCollectionNames*count*) each "/app/data/$database" count ;;
      *) fail 'understands a ping and a count of all collections, nothing else' ;;
    esac
    ;;
esac
