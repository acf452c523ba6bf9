/** MongoDB's tools inside the stand-in docker, with the real ones' options and refusals. */
export const MONGO = `# Part of the stand-ins of Changeover's playground: MongoDB's tools, inside the stand-in docker. A database is a folder
# of .bson files below the tree's pryv/mongodb/data, one document a line. Options and refusals are the real tools'.
database=''; out=''; from=''; drop=no

inside() {
  case $1 in
    /app/backup/* | /app/backup) printf '%s\\n' "$tree/pryv/mongodb/backup\${1#/app/backup}" ;;
    /app/data/* | /app/data) printf '%s\\n' "$tree/pryv/mongodb/data\${1#/app/data}" ;;
    *) die "only /app/backup and /app/data of the container lie on the host, not $1" ;;
  esac
}

no_option() {
  echo "stand-in $1: error parsing command line options: unknown option \\"$2\\"" >&2
  echo "stand-in $1: try '$1 --help' for more information" >&2
  exit 1
}

mongodump() {
  while [ $# -gt 0 ]; do
    case $1 in
      -d | --db) database=$2; shift ;;
      --db=*) database=\${1#--db=} ;;
      -o | --out) out=$2; shift ;;
      --out=*) out=\${1#--out=} ;;
      --quiet) ;;
      -*) option=\${1#-}; no_option mongodump "\${option#-}" ;;
      *) die "mongodump takes no '$1'" ;;
    esac
    shift
  done
  source=$tree/pryv/mongodb/data/$database
  target=$(inside "$out")/$database
  mkdir -p "$target"
  for file in "$source"/*.bson; do
    collection=\${file##*/}; collection=\${collection%.bson}
    [ -e "$file" ] || break
    cp "$file" "$target/$collection.bson"
    echo "stand-in mongodump: done dumping $database.$collection ($(wc -l <"$file") documents)" >&2
    if fault mongodump-fails; then
      echo 'stand-in mongodump: Failed: error writing data: no space left (as the fault switch asked)' >&2
      exit 1
    fi
    printf '{"collectionName":"%s"}\\n' "$collection" >"$target/$collection.metadata.json"
  done
}

mongorestore() {
  while [ $# -gt 0 ]; do
    case $1 in
      -d | --db) database=$2; shift ;;
      --db=*) database=\${1#--db=} ;;
      --drop) drop=yes ;;
      --quiet) ;;
      -*) option=\${1#-}; no_option mongorestore "\${option#-}" ;;
      *) from=$1 ;;
    esac
    shift
  done
  source=$(inside "$from")
  if ! [ -d "$source" ]; then
    echo "stand-in mongorestore: Failed: file $from does not exist" >&2
    exit 1
  fi
  target=$tree/pryv/mongodb/data/$database
  mkdir -p "$target"
  for file in "$source"/*.bson; do
    collection=\${file##*/}
    if [ $drop = yes ] || ! [ -e "$target/$collection" ]; then
      cp "$file" "$target/$collection"
    else
      # Documents whose _id is already there are refused one by one, the others come in.
      sort -u "$file" "$target/$collection" >"$target/.$collection"
      mv "$target/.$collection" "$target/$collection"
    fi
    echo "stand-in mongorestore: restored $database.\${collection%.bson} ($(wc -l <"$file") documents)" >&2
    if fault_once mongorestore-fails; then
      echo "stand-in mongorestore: Failed: $database.\${collection%.bson}: connection reset (as the fault switch asked, this once)" >&2
      exit 1
    fi
  done
}

mongo() {
  database='test'; script=''
  while [ $# -gt 0 ]; do
    case $1 in
      --quiet) ;;
      --eval) script=$2; shift ;;
      -*) no_option mongo "$1" ;;
      *) database=$1 ;;
    esac
    shift
  done
  if of_new_version "$name" && fault mongo-not-ready; then
    echo 'stand-in mongo: exception: connect failed (as the fault switch asked)' >&2
    exit 1
  fi
  case $script in
    *ping*) echo 1 ;;
    *getCollectionNames*count*)
      for file in "$tree/pryv/mongodb/data/$database"/*.bson; do
        [ -e "$file" ] || break
        collection=\${file##*/}
        echo "\${collection%.bson} $(wc -l <"$file")"
      done
      ;;
    *)
      echo 'stand-in mongo: understands a ping and a count of all collections, nothing else' >&2
      exit 1
      ;;
  esac
}
`;
