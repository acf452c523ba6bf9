import { isOpen, nextOpening } from '../language/window-times.ts';
import { closedWords } from '../language/window-words.ts';
import type { Requires, Window } from '../language/types.ts';
import type { Plan } from '../plan/types.ts';
import { findRehearsal } from '../run/rehearsals.ts';
import type { Instant, Rehearsed, RunState } from '../run/types.ts';
import { ageText } from '../thread/environment-text.ts';
import { commandLine } from '../thread/format.ts';
import { findRun } from './find-run.ts';
import type { Workshop } from './workshop.ts';

/** What a plan's start rests on at a moment, and what is in its way then. */
export interface Start {
  readonly rehearsed?: Rehearsed;
  readonly notNow: readonly Hindrance[];
}

interface Hindrance {
  /** Without a full stop. */
  readonly why: string;
  /** What to do, as a sentence. */
  readonly instead: string;
}

/**
 * Looks whether a plan may be started now: whether its window is open, and whether a run in the journal proves it, where
 * its environment requires that.
 */
export async function mayStart({ journal, clock }: Pick<Workshop, 'journal' | 'clock'>, plan: Plan): Promise<Start> {
  const now = clock.now();
  const { window, environment } = plan;
  const closed = window === undefined || isOpen(window, now) ? [] : [closedAt(window, now)];
  const requires = environment?.requires;
  if (requires === undefined) return { notNow: closed };
  const found = findRehearsal(await statesOf({ journal }), plan, requires, now);
  if (found.kind === 'rehearsed') return { rehearsed: found.rehearsed, notNow: closed };
  return { notNow: [missing(plan, requires, found.last), ...closed] };
}

function closedAt(window: Window, now: Instant): Hindrance {
  const opens = nextOpening(window, now) !== undefined;
  return { why: closedWords(window, now), instead: opens ? 'Type it again then.' : 'It needs another window.' };
}

/** Those that can be read, newest first. What cannot be read proves nothing. */
async function statesOf(workshop: Pick<Workshop, 'journal'>): Promise<readonly RunState[]> {
  const found = await Promise.all((await workshop.journal.runs()).map((run) => findRun(workshop, run)));
  return found.flatMap((each) => (each.kind === 'ok' ? [each.state] : []));
}

function missing(
  plan: Plan,
  { environment, withinMs }: Requires,
  last: { readonly run: string; readonly why: string } | undefined,
): Hindrance {
  const name = plan.environment?.name ?? '';
  const rehearsal = commandLine({ plan: { ...plan, environment: { name: environment } } });
  const found = last === undefined ? 'there is none' : `the last one, run ${last.run}, ${last.why}`;
  const why = `${name} requires that the same has gone well in ${environment} at most ${ageText(withinMs)} before, and ${found}`;
  return { why, instead: `Type \`${rehearsal}\` first.` };
}
