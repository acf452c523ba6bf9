import type { Holder, Instant, LockNote, NotedRun, RunState, Standing } from '../run/types.ts';
import { waitsForPerson } from '../run/evolve-decision.ts';
import { follow } from './find-run.ts';
import type { HandLock } from './ports.ts';
import type { Workshop } from './workshop.ts';

/** A run of which cannot be told from here whether it is worked on is waited for as long as its record has moved within this. */
const SILENT_MS = 900_000;

/** A run that has what another waits for, as its record tells it. */
export interface Stands {
  readonly standing: Standing;
  /** As its record, where there is one, tells it. */
  readonly note?: LockNote;
  /** Of one that is over: its last event's hash. */
  readonly head?: string;
}

/** How a run stands, wherever it is talked about. */
export async function standingOf(
  { journal, clock }: Pick<Workshop, 'journal' | 'clock'>,
  { run, note }: NotedRun,
): Promise<Stands> {
  const known = note === undefined ? {} : { note };
  const { read, worked } = await journal.standing(run);
  if (worked === 'yes' && read.kind !== 'ok') return { standing: { kind: 'works' }, ...known };
  if (read.kind === 'missing') return { standing: { kind: 'foreign' }, ...known };
  if (read.kind === 'broken') return { standing: { kind: 'unread', why: read.why }, ...known };
  const followed = follow(read.events);
  if (followed.kind === 'broken') return { standing: { kind: 'unread', why: followed.why }, ...known };
  const { state } = followed;
  return { note: noteOf(state), head: state.head, standing: stands(state, worked, clock.now()) };
}

function stands(state: RunState, worked: 'yes' | 'no' | 'unsure', now: Instant): Standing {
  if (state.endedAt !== undefined) return { kind: 'over', status: state.status };
  if (waitsForPerson(state)) {
    const open = state.prompts.findLast(({ answer }) => answer === undefined);
    return { kind: 'asks', ...(open === undefined ? {} : { prompt: open.id }) };
  }
  if (worked === 'yes') return { kind: 'works' };
  const since = state.lastAt;
  if (worked === 'no') return { kind: 'left', since };
  return Date.parse(now) - Date.parse(since) < SILENT_MS ? { kind: 'works' } : { kind: 'unsure', since };
}

/** Whether only a person can tell if such a run will ever give back what it has. */
export const isUncertain = ({ kind }: Standing): boolean => !['works', 'asks', 'over'].includes(kind);

/** The run that holds something, for who waits for it. */
export const holderOf = ({ run }: NotedRun, { standing, note }: Stands): Extract<Holder, { kind: 'run' }> => ({
  kind: 'run',
  run,
  stands: standing,
  ...(note === undefined ? {} : { note }),
});

/** Who has a lock, why, since when, and where it is talked about: for those who wait for it. */
export function noteOf({ by, where, plan, requestedAt }: RunState): LockNote {
  return {
    who: by.kind === 'github' ? by.login : by.user,
    why: `${plan.verb} ${plan.system}`,
    since: requestedAt,
    where: where.kind === 'issue' ? `${where.owner}/${where.repo}#${String(where.issue)}` : 'a terminal',
    ...(where.kind === 'issue' && where.link !== undefined ? { link: where.link } : {}),
  };
}

/** The same of what a person has locked. */
export const handNote = ({ by, reason, at, where }: HandLock): LockNote => ({
  who: by.login,
  why: reason,
  since: at,
  where: `${where.owner}/${where.repo}#${String(where.issue)}`,
  ...(where.link === undefined ? {} : { link: where.link }),
});
