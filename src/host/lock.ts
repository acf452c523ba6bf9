import { z } from 'zod';
import type { Locked } from '../engine/ports.ts';
import { runWords } from '../run/held-words.ts';
import { NO_ITEM } from '../run/steps.ts';
import type { LockNote } from '../run/types.ts';
import { CannotConnect } from './faults.ts';
import { decodeName } from './quote.ts';

/** The line in the lock, for people and for us. */
export function lockLine(note: LockNote): string {
  return JSON.stringify(note);
}

/**
 * Reads the kit's answer to `co_lock` and `co_look`.
 * @throws CannotConnect where the run has ended on the host: a worker that comes late gets no lock there any more
 * @returns no `held`: the lock is ours; else by which run and in whose words.
 */
export function heldBy(line: string): Locked {
  if (line === 'lock ours' || line === 'lock free') return {};
  if (line === 'lock closed')
    throw new CannotConnect('the run has ended on this host, so nothing more can start there', true);
  const held = /^lock held (\S*) (.*)$/.exec(line);
  if (held === null) {
    return { held: 'nobody, but the lock ~/.changeover/lock could not be written; look whether the disk is full' };
  }
  const note = readNote(held[2] ?? '');
  const by = { run: decodeName(held[1] ?? ''), ...(note === undefined ? {} : { note }) };
  return { held: runWords(by), by };
}

const noteSchema = z.object({
  who: z.string(),
  why: z.string(),
  since: z.string(),
  where: z.string(),
  link: z.string().optional(),
});

/** Any login user of the host can have written it: its words are for people, and nothing rests on them. */
function readNote(text: string): LockNote | undefined {
  try {
    const { link, ...note } = noteSchema.parse(JSON.parse(text));
    return { ...note, ...(link === undefined ? {} : { link }) };
  } catch {
    return undefined;
  }
}

/** `living TASK/JOB` lines of the kit, as people name a job. */
export function readLiving(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const found = /^living ([^/ ]+)\/([^/ ]+)\/([^/ ]+)\/(apply|undo)\.(\d+)$/.exec(line);
    const [host = '', step = '', item = ''] = (found?.slice(1, 4) ?? []).map(decodeName);
    if (found === null) return [];
    const undo = found[4] === 'undo' ? 'undo of ' : '';
    return [`${undo}step ${step}${item === NO_ITEM ? '' : ` (${item})`} on ${host}, attempt ${found[5] ?? ''}`];
  });
}
