import { isOpen, nextOpening } from '../language/window-times.ts';
import { closedWords } from '../language/window-words.ts';
import type { Requires, Window } from '../language/types.ts';
import type { Plan } from '../plan/types.ts';
import { findRehearsal, type Rehearsal } from '../run/rehearsals.ts';
import type { Instant, Rehearsed, RunState } from '../run/types.ts';
import { ageText } from '../thread/environment-text.ts';
import { commentsOf } from '../thread/comments.ts';
import { commandLine } from '../thread/format.ts';
import { readMarked, textDigest } from '../thread/marker.ts';
import { findRun } from './find-run.ts';
import { view } from './view.ts';
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
export async function mayStart(workshop: Pick<Workshop, 'journal' | 'clock' | 'witness'>, plan: Plan): Promise<Start> {
  const now = workshop.clock.now();
  const { window, environment } = plan;
  const closed = window === undefined || isOpen(window, now) ? [] : [closedAt(window, now)];
  const requires = environment?.requires;
  if (requires === undefined) return { notNow: closed };
  const found = await rehearsalAmong(workshop, await statesOf(workshop), plan, requires, now);
  if (found.kind === 'rehearsed') return { rehearsed: found.rehearsed, notNow: closed };
  return { notNow: [missing(plan, requires, found.last), ...closed] };
}

/**
 * Why the rehearsal on which a run rests by its record is none; undefined where it is one, or where none is needed. Whoever
 * can write to the record could have the run begin without it.
 */
export async function unrehearsed(
  workshop: Pick<Workshop, 'journal' | 'witness'>,
  { mode, plan, rehearsed, requestedAt }: RunState,
): Promise<string | undefined> {
  const requires = plan.environment?.requires;
  if (mode !== 'apply' || requires === undefined) return undefined;
  if (rehearsed === undefined) return 'its record names no rehearsal, which its environment requires';
  const says = `its record says that run ${rehearsed.run} rehearsed it`;
  const rehearsal = await findRun(workshop, rehearsed.run);
  const states = rehearsal.kind === 'ok' ? [rehearsal.state] : [];
  const found = await rehearsalAmong(workshop, states, plan, requires, requestedAt);
  if (found.kind === 'missing') return `${says}, but that ${found.last?.why ?? 'is none'}`;
  return found.rehearsed.at === rehearsed.at ? undefined : `${says} at another time than that ended`;
}

/** Where others can write to the journal, only a rehearsal counts of which its thread tells as well. */
async function rehearsalAmong(
  { journal, witness }: Pick<Workshop, 'journal' | 'witness'>,
  states: readonly RunState[],
  plan: Plan,
  requires: Requires,
  now: Instant,
): Promise<Rehearsal> {
  let left = states;
  let untold: string | undefined;
  for (;;) {
    const found = findRehearsal(left, plan, requires, now);
    if (found.kind === 'missing') {
      return untold === undefined ? found : { kind: 'missing', last: { run: untold, why: UNTOLD } };
    }
    const { run } = found.rehearsed;
    const state = left.find((each) => each.run === run);
    if (journal.open !== true || state === undefined || (await isTold(witness, state))) return found;
    untold ??= run;
    left = left.filter((each) => each.run !== run);
  }
}

const UNTOLD = 'ended well by its record, of which no comment of Changeover in its issue tells';

/** Whether its end comment is there, by Changeover, with the hash of just this record, and whole. */
async function isTold(witness: Workshop['witness'], state: RunState): Promise<boolean> {
  const { run, where, requestedAt } = state;
  const ends = commentsOf(state, view).flatMap(({ body }) => readMarked(body) ?? []);
  const wanted = ends.find(({ kind }) => kind === 'end')?.head;
  if (witness === undefined || where.kind !== 'issue' || wanted === undefined) return false;
  return (await witness.ours(where.issue, requestedAt)).some((body) => {
    const said = readMarked(body);
    return said?.run === run && said.kind === 'end' && said.head === wanted && said.digest === textDigest(said.text);
  });
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
