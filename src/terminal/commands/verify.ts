import type { Hosts } from '../../engine/ports.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';

/** What a check of one run's record found. */
export interface Verdict {
  readonly run: string;
  readonly logs: number;
  /** Hashes of the journal that its hosts hold and that were compared. */
  readonly heads: number;
  /** Of the events, in their order. The last one is the chain's head, which prompts and end comments carry. */
  readonly hashes: readonly string[];
  /** What is not as it was written, naming the event, the log or the host. Empty: intact. */
  readonly broken: readonly string[];
  /** What could not be compared, and why. */
  readonly notes: readonly string[];
}

/** At least eight digits of a hash, as people shorten them. */
const HASH = /^[0-9a-f]{8,64}$/;

/**
 * 0 intact · 1 changed, naming event, log or host · 2 there is no such run or file.
 * @param wanted a hash that a comment shows; the chain must have it.
 */
export async function verify(
  session: Session,
  target: string,
  wanted: string | undefined,
  check: (target: string, hosts: Hosts) => Promise<Verdict | undefined>,
): Promise<ExitCode> {
  const hash = wanted?.toLowerCase();
  if (hash !== undefined && !HASH.test(hash)) {
    session.complain(`${target}: ${hash} is no hash. Give at least its first eight digits, as the comment shows them.`);
    return EXIT.invalid;
  }
  const verdict = await check(target, session.workshop.hosts);
  if (verdict === undefined) {
    session.complain(`There is no run and no file ${target}. \`changeover status\` lists the runs.`);
    return EXIT.invalid;
  }
  const { run, logs, heads, hashes, broken, notes } = verdict;
  for (const note of notes) session.complain(note);
  for (const what of broken) session.say(what);
  if (broken.length > 0) return EXIT.failed;
  const number = hash === undefined ? undefined : hashes.findIndex((each) => each.startsWith(hash)) + 1;
  if (number === 0) {
    session.say(`No event of run ${run} has the hash ${hash ?? ''}: the journal is not the one that was shown there.`);
    return EXIT.failed;
  }
  session.say(
    `Run ${run} is intact: ${counted(hashes.length, 'event')}, ${counted(logs, 'log')} and ${counted(heads, 'hash', 'hashes')} on its hosts, head ${hashes.at(-1) ?? ''}`,
  );
  if (number !== undefined)
    session.say(`${hash ?? ''} is the hash of event ${String(number)} of ${String(hashes.length)}`);
  return EXIT.ok;
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${String(count)} ${count === 1 ? one : many}`;
