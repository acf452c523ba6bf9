/** Real Redis servers behind a machine's stand-in docker: the container `pryvio_redis` is one, on its tree's data folder. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findProgram } from '../../support/needs.ts';
import { execFileSync } from '../../support/run-sync.ts';
import type { Machine } from '../machine.ts';

/** Whatever is done to containers, the server follows: it runs where the container does, on the tree of that. */
const FOLLOW = `#!/bin/sh
folder='@FOLDER@'
PATH=@SBIN@:$PATH
socket=$folder/state/redis.sock
of() { cat "$folder/state/containers/pryvio_redis/$1" 2>/dev/null; }
cli() { redis-cli -s "$socket" "$@"; }

down() {
  [ -S "$socket" ] || return 0
  cli shutdown >/dev/null 2>&1
  for _ in $(seq 200); do [ -S "$socket" ] || return 0; sleep 0.05; done
}

up() {
  data=$(of tree)/pryv/redis/data
  [ "$(cli --raw config get dir 2>/dev/null | tail -n 1)" != "$data" ] || return 0
  down
  # What the stand-in wrote is nothing that a Redis could load.
  if grep -qs '^stand-in' "$data/dump.rdb"; then rm "$data/dump.rdb"; fi
  redis-server --port 0 --unixsocket "$socket" --dir "$data" --save '3600 1' --appendonly "$(cat "$folder/state/appendonly" 2>/dev/null || echo no)" \\
    --daemonize yes --logfile "$folder/logs/redis.log" >/dev/null
  for _ in $(seq 200); do [ "$(cli ping 2>/dev/null)" != PONG ] || break; sleep 0.05; done
  if [ -e "$folder/state/first-commands" ]; then
    case $data in *1.6/pryv/redis/data) cli <"$folder/state/first-commands" >/dev/null; rm "$folder/state/first-commands" ;; esac
  fi
}

case "$*" in
  *'pryvio_redis redis-cli '*)
    printf 'docker %s\\n' "$*" >>"$folder/logs/commands.log"
    [ "$(of status)" = running ] || { echo 'the container is not running' >&2; exit 1; }
    while [ "$1" != redis-cli ]; do shift; done
    shift
    cli "$@"
    exit
    ;;
esac
name=\${0##*/}
"$folder/bin/\${name%.itself}.stand-in" "$@"
code=$?
if [ "$(of status)" = running ]; then up; else down; fi
exit $code
`;

export interface RealRedis {
  /** Says commands to the running server, a line each, and gives its answers. */
  readonly say: (...commands: readonly string[]) => string;
  /** Every key with its type, when it expires, and a digest of its value: the same for the same content. */
  readonly content: () => readonly string[];
  /** What the new version's Redis is told as soon as it runs for the first time, as its services would. */
  readonly whenNew: (...commands: readonly string[]) => void;
  /** The next server writes append-only files. */
  readonly appendOnly: () => void;
  /** Ends the server that runs. */
  readonly stop: () => void;
}

/** Puts them behind a machine seeded with Pryv. The one that is to run runs after the machine's next docker command. */
export function putRealRedis(machine: Machine): RealRedis {
  const sbin = dirname(findProgram('redis-server') ?? '');
  for (const program of ['docker', 'docker-compose']) {
    const path = machine.path(`bin/${program}`);
    renameSync(path, `${path}.stand-in`);
    const text = FOLLOW.replace('@FOLDER@', machine.folder).replace('@SBIN@', sbin);
    writeFileSync(path, text, { mode: 0o755 });
  }
  const socket = machine.path('state/redis.sock');
  const cli = (words: readonly string[], input = ''): string =>
    execFileSync('redis-cli', ['-s', socket, ...words], { input, encoding: 'utf8' });
  const lines = (commands: readonly string[]): string => commands.map((each) => `${each}\n`).join('');
  return {
    say: (...commands) => cli([], lines(commands)),
    content: () => cli(['--raw', 'EVAL', CONTENT, '0']).trim().split('\n').toSorted(),
    whenNew: (...commands) => {
      writeFileSync(machine.path('state/first-commands'), lines(commands));
    },
    appendOnly: () => {
      writeFileSync(machine.path('state/appendonly'), 'yes\n');
    },
    stop: () => {
      if (existsSync(socket)) execFileSync('redis-cli', ['-s', socket, 'SHUTDOWN', 'NOSAVE']);
    },
  };
}

/** In one order, whichever server it is: a set's own order differs from one to the next. */
const CONTENT = `
local function flat(value)
  if type(value) ~= 'table' then return tostring(value) end
  local parts = {}
  for at, each in ipairs(value) do parts[at] = flat(each) end
  return table.concat(parts, '\\0')
end
local read = {
  string = function(key) return redis.call('GET', key) end,
  list = function(key) return redis.call('LRANGE', key, 0, -1) end,
  hash = function(key) return redis.call('HGETALL', key) end,
  zset = function(key) return redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end,
  stream = function(key) return redis.call('XRANGE', key, '-', '+') end,
  set = function(key)
    local members = redis.call('SMEMBERS', key)
    table.sort(members)
    return members
  end,
}
local lines = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  local name = string.gsub(key, '[^%w:]', function(byte) return string.format('%%%02x', string.byte(byte)) end)
  lines[#lines + 1] = name .. ' ' .. kind .. ' ' .. redis.call('PEXPIRETIME', key) .. ' ' .. redis.sha1hex(flat(read[kind](key)))
end
return lines
`;
