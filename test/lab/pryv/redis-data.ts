/** What a Redis holds, made up by the tests: keys of all types, some of which expire. */

/** Strings stand for bytes (latin1), since keys and values may be any. */
export interface Entry {
  readonly key: string;
  readonly kind: 'string' | 'list' | 'set' | 'hash' | 'zset' | 'stream';
  readonly words: readonly string[];
  /** In milliseconds of the epoch, or -1. */
  readonly expires: number;
}

const KINDS = ['string', 'list', 'set', 'hash', 'zset', 'stream'] as const;
/** What a tool that takes text for granted would break. */
const BYTES = '\x00\xff "\'\\\r\n*3\r\n$3\r\nDEL\r\n';

/**
 * So many entries, called by numbers from `first` on: what one version holds. Two ranges that overlap have keys in common,
 * of other types and values. Every seventh expires in hours; every fiftieth `soon`, in milliseconds of the epoch.
 */
export function entries(version: string, first: number, count: number, soon: number): readonly Entry[] {
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const kind = KINDS[(number + (version === '1.5' ? 0 : 1)) % KINDS.length] ?? 'string';
    const key = number % 11 === 0 ? `${String(number)}:${BYTES}` : `user:${String(number)}:server`;
    const hours = soon + 3_600_000 + number * 1000;
    const expires = number % 50 === 0 ? soon : number % 7 === 0 ? hours : -1;
    return { key, kind, words: wordsOf(kind, version, number), expires };
  });
}

function wordsOf(kind: Entry['kind'], version: string, number: number): readonly string[] {
  const text = `${version} of ${String(number)}${number % 5 === 0 ? BYTES : ''}`;
  // Long ones are kept in another way than short ones, and dumped in another way too.
  const many = Array.from({ length: number % 13 === 0 ? 700 : 3 }, (_, index) => `${text} ${String(index)}`);
  switch (kind) {
    case 'string':
      return [number % 13 === 0 ? text.repeat(500) : text];
    case 'list':
    case 'set':
      return many;
    case 'hash':
      return many.flatMap((word, index) => [word, `${text}=${String(index)}`]);
    case 'zset':
      return many.flatMap((word, index) => [word, String(index * 2 - 1)]);
    case 'stream':
      return many.flatMap((word, index) => [`${String(number)}-${String(index + 1)}`, 'field', word]);
  }
}

/** The commands that make them, in Redis' own protocol, for `redis-cli --pipe`. */
export const asCommands = (all: readonly Entry[]): Buffer =>
  Buffer.from(all.flatMap(commandsOf).map(protocol).join(''), 'latin1');

function commandsOf({ key, kind, words, expires }: Entry): readonly (readonly string[])[] {
  const ends = expires < 0 ? [] : [['PEXPIREAT', key, String(expires)]];
  switch (kind) {
    case 'string':
      return [['SET', key, ...words], ...ends];
    case 'list':
      return [['RPUSH', key, ...words], ...ends];
    case 'set':
      return [['SADD', key, ...words], ...ends];
    case 'hash':
      return [['HSET', key, ...words], ...ends];
    case 'zset':
      return [['ZADD', key, ...inTurn(words, 2).flatMap(([member = '', score = '']) => [score, member])], ...ends];
    case 'stream':
      return [...inTurn(words, 3).map((entry) => ['XADD', key, ...entry]), ...ends];
  }
}

const protocol = (words: readonly string[]): string =>
  `*${String(words.length)}\r\n${words.map((word) => `$${String(word.length)}\r\n${word}\r\n`).join('')}`;

const inTurn = (words: readonly string[], size: number): readonly (readonly string[])[] =>
  Array.from({ length: words.length / size }, (_, index) => words.slice(index * size, (index + 1) * size));

/** Key → type and value, as `redis-keys.py` says them, and apart from them when it expires. */
export type Held = ReadonlyMap<string, { readonly value: string; readonly expires: number }>;

const hex = (word: string): string => Buffer.from(word, 'latin1').toString('hex');

const heldOf = (all: readonly Entry[]): Held =>
  new Map(
    all.map((entry) => [
      hex(entry.key),
      { value: JSON.stringify([entry.kind, valueOf(entry)]), expires: entry.expires },
    ]),
  );

function valueOf({ kind, words }: Entry): unknown {
  const said = words.map(hex);
  switch (kind) {
    case 'string':
      return said[0];
    case 'list':
      return said;
    case 'set':
      return said.toSorted();
    case 'hash':
    case 'zset':
      return inTurn(said, 2).toSorted((a, b) => (a.join() < b.join() ? -1 : 1));
    case 'stream':
      return inTurn(words, 3).map(([id = '', ...fields]) => [id, fields.map(hex)]);
  }
}

/** The lines of `redis-keys.py`. */
export const heldIn = (lines: string): Held =>
  new Map(
    lines
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [key, kind, value, expires] = JSON.parse(line) as [string, string, unknown, number];
        return [key, { value: JSON.stringify([kind, value]), expires }];
      }),
  );

/** What was found in a Redis that was looked at between two times. */
export interface Looked {
  readonly held: Held;
  readonly since: number;
  readonly until: number;
}

/** By so much a key may expire earlier or later than told, since times are told as what is left. In milliseconds. */
const MOMENT = 100;

/**
 * What a Redis does not hold as it should if it was given these; of two with the same key the later one counts. What expired
 * while it was looked at may be there or not.
 */
export function unlike({ held, since, until }: Looked, all: readonly Entry[]): readonly string[] {
  const name = (key: string): string => Buffer.from(key, 'hex').toString('latin1');
  const given = heldOf(all);
  const lines = [...held.keys()].filter((key) => !given.has(key)).map((key) => `+ ${name(key)}`);
  for (const [key, { value, expires }] of given) {
    const is = held.get(key);
    if (is === undefined) {
      if (expires < 0 || expires > until + MOMENT) lines.push(`- ${name(key)}`);
    } else if (expires >= 0 && expires < since - MOMENT) lines.push(`+ ${name(key)}, which has expired`);
    else if (is.value !== value) lines.push(`~ ${name(key)}: ${is.value.slice(0, 200)}, not ${value.slice(0, 200)}`);
    else if (Math.abs(is.expires - expires) > MOMENT)
      lines.push(`~ ${name(key)}: expires ${String(is.expires - expires)} ms late`);
  }
  return lines;
}
