import { CannotConnect } from './faults.ts';
import { decodeName } from './quote.ts';

/** Who holds a host's lock, why, since when, and where it is talked about. */
interface LockNote {
  readonly who: string;
  readonly why: string;
  readonly since: string;
  readonly where: string;
}

/** The lock's second line, for people and for us. */
export function lockLine(note: LockNote): string {
  return JSON.stringify(note);
}

/**
 * Reads the kit's answer to `co_lock`.
 * @throws CannotConnect where the run has ended on the host: a worker that comes late gets no lock there any more
 * @returns no `held`: the lock is ours; else by which run and in whose words.
 */
export function heldBy(line: string): { readonly held?: string } {
  if (line === 'lock ours') return {};
  if (line === 'lock closed')
    throw new CannotConnect('the run has ended on this host, so nothing more can start there', true);
  const held = /^lock held (\S*) (.*)$/.exec(line);
  if (!held) {
    return { held: 'nobody, but the lock ~/.changeover/lock could not be written; look whether the disk is full' };
  }
  const run = decodeName(held[1] ?? '');
  const note = readNote(held[2] ?? '');
  return { held: note === undefined ? `run ${run}` : `run ${run} (${note})` };
}

function readNote(text: string): string | undefined {
  try {
    const note: unknown = JSON.parse(text);
    if (typeof note !== 'object' || note === null) return undefined;
    const words = Object.values(note).filter((word) => typeof word === 'string');
    return words.join(', ');
  } catch {
    return undefined;
  }
}
