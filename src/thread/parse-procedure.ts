import { WORD } from '../language/names.ts';
import type { Instant } from '../run/types.ts';
import type { Command } from './command.ts';
import { readsAsDryrun } from './dryrun.ts';
import type { Mistake } from './mistake.ts';
import { parseTime } from './time.ts';
import type { Word } from './words.ts';

type ParsedProcedure =
  { readonly kind: 'command'; readonly command: Command } | { readonly kind: 'mistake'; readonly mistake: Mistake };

/** What has been read so far. */
interface Reading {
  readonly positional: string[];
  readonly named: Map<string, string>;
  environment?: string;
  dryrun: boolean;
  at?: Instant;
}

/**
 * `<system> [value…] [name=value…] [environment=<name>] [dryrun] [at <time>]`. Whether the procedure is there and its
 * params accept the values is found when the plan is made.
 */
export function parseProcedure(verb: string, words: readonly Word[]): ParsedProcedure {
  const [system, ...rest] = words;
  if (system === undefined || (system.kind === 'bare' && !system.quoted && isFlag(system.text)))
    return wrong({ kind: 'no_system', verb });
  if (system.kind === 'named') return wrong({ kind: 'no_system', verb });
  if (!WORD.test(system.text)) return wrong({ kind: 'bad_system', verb, word: system.text });

  const reading: Reading = { positional: [], named: new Map(), dryrun: false };
  for (let at = 0; at < rest.length;) {
    const step = readWord(reading, rest.slice(at));
    if (typeof step !== 'number') return wrong(step);
    at += step;
  }
  const { named, ...command } = reading;
  return {
    kind: 'command',
    command: { kind: 'procedure', verb, system: system.text, ...command, named: Object.fromEntries(named) },
  };
}

const isFlag = (word: string): boolean => word === 'at' || readsAsDryrun(word) === 'yes';

/** Reads the first word of `words` into `reading`: how many words it took, or what is wrong. */
function readWord(reading: Reading, words: readonly Word[]): number | Mistake {
  const [word] = words;
  if (word === undefined) return 0;
  if (word.kind === 'named') return readNamed(reading, word.name, word.value) ?? 1;
  if (word.quoted) {
    reading.positional.push(word.text);
    return 1;
  }
  if (word.text === 'at') return readTime(reading, words.slice(1));
  switch (readsAsDryrun(word.text)) {
    case 'yes':
      if (reading.dryrun) return { kind: 'twice', name: 'dryrun' };
      reading.dryrun = true;
      return 1;
    case 'nearly':
      return { kind: 'nearly_dryrun', word: word.text };
    case 'no':
      if (/^-{1,2}[A-Za-z]/.test(word.text)) return { kind: 'option', word: word.text };
      reading.positional.push(word.text);
      return 1;
  }
}

function readNamed(reading: Reading, name: string, value: string): Mistake | undefined {
  if (name === 'at') return { kind: 'word_not_value', name };
  if (readsAsDryrun(name) !== 'no') return { kind: 'word_not_value', name: 'dryrun' };
  if (name === 'environment' || name === 'env') {
    if (reading.environment !== undefined) return { kind: 'twice', name: 'environment' };
    if (value === '') return { kind: 'empty', name: 'environment' };
    reading.environment = value;
    return undefined;
  }
  if (reading.named.has(name)) return { kind: 'twice', name };
  reading.named.set(name, value);
  return undefined;
}

function readTime(reading: Reading, words: readonly Word[]): number | Mistake {
  if (reading.at !== undefined) return { kind: 'twice', name: 'at' };
  const texts: string[] = [];
  for (const word of words.slice(0, 2)) {
    if (word.kind !== 'bare') break;
    texts.push(word.text);
  }
  const time = parseTime(texts);
  if (!time.ok) return time.mistake;
  reading.at = time.at;
  return 1 + time.words;
}

const wrong = (mistake: Mistake): ParsedProcedure => ({ kind: 'mistake', mistake });
