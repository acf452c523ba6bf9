import type { Hosts } from '../../engine/ports.ts';
import type { Note } from '../../thread/check-thread.ts';
import { listed } from '../../thread/markdown.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';

/** What a check of one run's record found. */
export interface Verdict {
  readonly run: string;
  readonly logs: number;
  /** Hashes of the journal that its hosts hold and that were compared. */
  readonly heads: number;
  /** Comments in its thread that are as they should be; undefined where there is no thread or it could not be read. */
  readonly comments?: number;
  /** Of the events, in their order. The last one is the chain's head, which prompts and end comments carry. */
  readonly hashes: readonly string[];
  /** What is not as it was written, naming the event, the log, the host or the comment. Empty: intact. */
  readonly broken: readonly string[];
  /** What could not be compared, and why. */
  readonly notes: readonly Note[];
}

/** At least eight digits of a hash, as people shorten them. */
const HASH = /^[0-9a-f]{8,64}$/;

/** How it is asked: `head`, a hash that a comment shows and the chain must have; `strict`, all must be compared. */
export interface Asked {
  readonly head?: string | undefined;
  readonly strict: boolean;
}

/**
 * 0 intact · 1 changed, naming event, log, host or comment · 2 there is no such run or file · 4, if `strict`: something
 * could not be compared.
 */
export async function verify(
  session: Session,
  target: string,
  { head, strict }: Asked,
  check: (target: string, hosts: Hosts) => Promise<Verdict | undefined>,
): Promise<ExitCode> {
  const hash = head?.toLowerCase();
  if (hash !== undefined && !HASH.test(hash)) {
    session.complain(`${target}: ${hash} is no hash. Give at least its first eight digits, as the comment shows them.`);
    return EXIT.invalid;
  }
  const verdict = await check(target, session.workshop.hosts);
  if (verdict === undefined) {
    session.complain(`There is no run and no file ${target}. \`changeover status\` lists the runs.`);
    return EXIT.invalid;
  }
  const { run, hashes, broken, notes } = verdict;
  for (const { text } of notes) session.complain(text);
  for (const what of broken) session.say(what);
  if (broken.length > 0) return EXIT.failed;
  const number = hash === undefined ? undefined : hashes.findIndex((each) => each.startsWith(hash)) + 1;
  if (number === 0) {
    session.say(`No event of run ${run} has the hash ${hash ?? ''}: the journal is not the one that was shown there.`);
    return EXIT.failed;
  }
  session.say(intactText(verdict));
  if (notes.length > 0) session.say(`Not compared: ${notes.map(({ about }) => about).join(', ')}`);
  if (number !== undefined)
    session.say(`${hash ?? ''} is the hash of event ${String(number)} of ${String(hashes.length)}`);
  return strict && notes.length > 0 ? EXIT.unknown : EXIT.ok;
}

function intactText({ run, logs, heads, comments, hashes, notes }: Verdict): string {
  const counts = [
    counted(hashes.length, 'event'),
    counted(logs, 'log'),
    `${counted(heads, 'hash', 'hashes')} on its hosts`,
    ...(comments === undefined ? [] : [`${counted(comments, 'comment')} in its thread`]),
  ];
  const far = notes.length > 0 ? ', as far as it could be compared' : '';
  return `Run ${run} is intact${far}: ${listed(counts)}, head ${hashes.at(-1) ?? ''}`;
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${String(count)} ${count === 1 ? one : many}`;
