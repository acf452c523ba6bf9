import { seal, NO_HASH } from '../run/chain.ts';
import { evolve } from '../run/evolve.ts';
import { preflightNeeds, preflightTroubles } from '../run/preflight.ts';
import { lookPrompt, openedAnew } from '../run/rebuilt.ts';
import { RUN_ID } from '../run/run-id.ts';
import { stepsUnderWay } from '../run/steps.ts';
import type { Plan } from '../plan/types.ts';
import type { EventBody, Instant, RunEvent, RunId, RunNote, RunState, StepState } from '../run/types.ts';
import { damagedText } from './damaged.ts';
import { runWords } from '../run/held-words.ts';
import { noteOf } from './standing.ts';
import type { Answer, FoundJob, FoundRun } from './ports.ts';
import { endAnew } from './rebuild-job.ts';
import { type Call, planCall, type Planned } from './request.ts';
import type { RunWorkshop, Workshop } from './workshop.ts';

export type Rebuilt =
  /** The record is there again, with a prompt at its end. */
  | { readonly kind: 'rebuilt'; readonly hosts: readonly string[] }
  /** `invalid`: what was asked for makes no sense; `unknown`: what the run did cannot be told by its hosts. Nothing was changed. */
  | { readonly kind: 'invalid' | 'unknown'; readonly texts: readonly string[] }
  | Extract<Planned, { readonly kind: 'faulty' }>;

/** What a host of the plan holds of the run. */
interface Held {
  readonly host: string;
  readonly found: FoundRun;
}

/**
 * Makes a lost record of a run anew from what its hosts hold. The plan is derived from its files and the words typed once more, and must
 * be the one that the hosts were told of. All hosts must answer: what one did that is silent, nobody could tell. No job is
 * started, and the record ends with a prompt, so that nothing goes on before a person has looked.
 */
export async function rebuild(workshop: Workshop, run: RunId, call: Call): Promise<Rebuilt> {
  if (!RUN_ID.test(run)) return invalid(`${run} is no run's id, such as 20261122-7k3f.`);
  const read = await workshop.journal.read(run);
  if (read.kind === 'ok') return invalid(`The journal of run ${run} is there. Type: changeover resume ${run}`);
  if (read.kind === 'broken') {
    return invalid(`${damagedText({ run, ...read })} Where there is none, move the damaged file away and try again.`);
  }
  const planned = await planCall(workshop, call);
  if (planned.kind === 'refused') return { kind: 'invalid', texts: planned.texts };
  if (planned.kind === 'faulty') return planned;
  const asked = await ask(workshop, run, planned.plan);
  if (asked.kind === 'silent') return silent(run, asked.texts);
  const note = noteIn(run, planned.plan, asked.held);
  if (note.kind !== 'ok') return note;
  const plan = { ...planned.plan, commit: note.note.commit };
  const given = workshop.secrets.take(plan.secrets ?? []);
  if (given.troubles.length > 0)
    return invalid(`Run ${run} cannot go on: ${given.troubles.join('; ')}. Then try again.`);
  return make({ ...workshop, given }, run, plan, note.note, asked.held);
}

async function make(
  workshop: RunWorkshop,
  run: RunId,
  plan: Plan,
  note: RunNote,
  before: readonly Held[],
): Promise<Rebuilt> {
  const epoch = 1 + Math.max(1, ...before.map(({ found }) => found.epoch ?? 0));
  // Whoever still works on the run can start nothing more from here on.
  const raised = await each(plan, (host) => workshop.hosts.host(host).raiseEpoch(run, epoch));
  const asked = raised.kind === 'silent' ? raised : await ask(workshop, run, plan);
  if (asked.kind === 'silent') return silent(run, asked.texts);
  const { held } = asked;
  const at = workshop.clock.now();
  const hosts = held.map(({ host }) => host);
  const record = recorder(run, requestOf(plan, note, { from: 'hosts', at, hosts, epoch }), note.at, at);
  for (const { by, digest, comment } of note.approvals) {
    record.add({ type: 'run_approved', digest, by, ...(comment === undefined ? {} : { comment }) });
  }
  record.add({ type: 'run_started', worker: workshop.worker, epoch });
  const taken = await takeAll(workshop, plan, note, record);
  if (taken.length > 0) return { kind: 'unknown', texts: taken };
  const jobs = held.flatMap(({ found }) => found.jobs).filter(({ state }) => state !== 'prepared');
  const at0 = await tell(workshop, record, jobs, epoch);
  record.add(lookPrompt(record.state(), at0));
  const made = await workshop.journal.restore(record.events());
  return made
    ? { kind: 'rebuilt', hosts }
    : invalid(`The journal of run ${run} is there. Type: changeover resume ${run}`);
}

/** Events as they are put together, each chained to the one before. */
interface Recorder {
  state(): RunState;
  add(body: EventBody): void;
  events(): readonly RunEvent[];
}

function recorder(run: RunId, first: EventBody, asked: Instant, now: Instant): Recorder {
  const events: RunEvent[] = [];
  let head = NO_HASH;
  let state: RunState | undefined;
  function add(body: EventBody): void {
    const at = state === undefined || now < asked ? asked : now;
    const sealed = seal(head, events.length + 1, run, at, body);
    head = sealed.hash;
    events.push(sealed.event);
    state = evolve(state, sealed.event);
  }
  add(first);
  return {
    state: () => {
      if (state === undefined) throw new Error(`The record of run ${run} has no beginning.`);
      return state;
    },
    add,
    events: () => events,
  };
}

function requestOf(
  plan: Plan,
  { by, where, on_failure, rehearsed }: RunNote,
  rebuilt: NonNullable<RunState['rebuilt']>,
): EventBody {
  return {
    ...{ type: 'run_requested', plan, mode: 'apply', by, where, rebuilt },
    ...(on_failure === undefined ? {} : { on_failure }),
    ...(rehearsed === undefined ? {} : { rehearsed }),
  };
}

/** Takes again all that the run locks, and looks at its hosts as before the first change. @returns what is in the way */
async function takeAll(workshop: RunWorkshop, plan: Plan, note: RunNote, record: Recorder): Promise<readonly string[]> {
  const lockNote = noteOf(record.state());
  for (const name of plan.locks ?? []) {
    const held = await workshop.journal.lockName(name, record.state().run, lockNote);
    if (held !== undefined) return [`${name} is held by ${runWords(held)}. Try again when that has ended.`];
    record.add({ type: 'observed', for: 'lock_name', name });
  }
  const named = plan.hosts.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const host of named) {
    const { name } = host;
    const answer = await workshop.hosts.host(host).lock(record.state().run, lockNote, note);
    if (answer.kind === 'unreachable') return [`${name}: ${answer.why}`];
    if (answer.value.held !== undefined)
      return [`${name} is held by ${answer.value.held}. Try again when that has ended.`];
    record.add({ type: 'observed', for: 'lock', host: name });
  }
  const reports = await Promise.all(
    named.map(async (host) => ({
      host: host.name,
      answer: await workshop.hosts.host(host).preflight(preflightNeeds(record.state(), host.name)),
    })),
  );
  for (const { host, answer } of reports) {
    const report = answer.kind === 'ok' ? answer.value : { troubles: [answer.why] };
    record.add({ type: 'observed', for: 'preflight', host, report });
  }
  return preflightTroubles(record.state());
}

const BACK = 'its hosts hold undos of it; who decided that, and why, was lost with its record';
const ENDING = 'its hosts hold steps that are taken at its end; how it came to that was lost with its record';

/** Tells of all that the hosts hold, in the order of the plan. @returns the step up to which the run had come */
async function tell(
  workshop: RunWorkshop,
  record: Recorder,
  jobs: readonly FoundJob[],
  epoch: number,
): Promise<Pick<StepState, 'id' | 'phase'>> {
  const has = (steps: readonly StepState[]): boolean =>
    steps.some((step) => jobs.some(({ job }) => job.step === step.id && job.phase === step.phase));
  const { after, always } = record.state();
  const isBack = jobs.some(({ job }) => job.phase === 'undo') || has(after);
  const isEnding = has(always);
  let last = await walk(workshop, record, jobs, epoch, isBack || isEnding);
  if (isBack) {
    record.add({ type: 'rollback_started', because: BACK });
    last = (await walk(workshop, record, jobs, epoch, isEnding)) ?? last;
  }
  if (isEnding) {
    record.add({ type: 'always_started', status: 'failed', because: ENDING });
    last = (await walk(workshop, record, jobs, epoch, false)) ?? last;
  }
  const [first] = record.state().plan.steps;
  return last ?? { id: first?.id ?? '', phase: 'apply' };
}

/** @param past the run has gone past these steps as a whole */
async function walk(
  workshop: RunWorkshop,
  record: Recorder,
  jobs: readonly FoundJob[],
  epoch: number,
  past: boolean,
): Promise<StepState | undefined> {
  const steps = stepsUnderWay(record.state());
  const jobsOf = ({ id, phase }: StepState): readonly FoundJob[] =>
    jobs.filter(({ job }) => job.step === id && job.phase === phase).sort((a, b) => a.job.attempt - b.job.attempt);
  const last = steps.findLastIndex((step) => jobsOf(step).length > 0);
  for (const [index, step] of steps.slice(0, last + 1).entries()) {
    const keys = jobsOf(step).map(({ job }) => job);
    record.add(openedAnew(record.state(), step, keys, past || index < last));
    for (const found of jobsOf(step)) {
      for (const event of await endAnew(workshop, record.state(), found, epoch)) record.add(event);
    }
  }
  return steps[last];
}

/** All hosts of the plan asked for the same; those that are silent in words. */
async function each<T>(
  plan: Plan,
  what: (host: Plan['hosts'][number]) => Promise<Answer<T>>,
): Promise<
  | { readonly kind: 'ok'; readonly answers: readonly { readonly host: string; readonly value: T }[] }
  | { readonly kind: 'silent'; readonly texts: readonly string[] }
> {
  const answers = await Promise.all(plan.hosts.map(async (host) => ({ host: host.name, answer: await what(host) })));
  const texts = answers.flatMap(({ host, answer }) => (answer.kind === 'ok' ? [] : [`${host}: ${answer.why}`]));
  if (texts.length > 0) return { kind: 'silent', texts };
  return {
    kind: 'ok',
    answers: answers.flatMap(({ host, answer }) => (answer.kind === 'ok' ? [{ host, value: answer.value }] : [])),
  };
}

async function ask(workshop: Workshop, run: RunId, plan: Plan) {
  const asked = await each(plan, (host) => workshop.hosts.host(host).jobs(run));
  if (asked.kind === 'silent') return asked;
  return { kind: 'ok', held: asked.answers.map(({ host, value }): Held => ({ host, found: value })) } as const;
}

/** What the hosts were told of the run, where they all were told the same and it is this plan. */
function noteIn(
  run: RunId,
  plan: Plan,
  held: readonly Held[],
): { readonly kind: 'ok'; readonly note: RunNote } | Extract<Rebuilt, { readonly kind: 'invalid' | 'unknown' }> {
  const closed = held.filter(({ found }) => found.closed !== undefined).map(({ host }) => host);
  if (closed.length > 0) {
    return unknown(`Run ${run} has ended, as ${closed.join(', ')} says, so there is nothing to go on with.`);
  }
  const told = held.filter(({ found }) => found.note !== undefined);
  const unreadable = told.filter(({ found }) => found.note === 'unreadable').map(({ host }) => host);
  if (unreadable.length > 0) {
    return unknown(
      `${unreadable.join(', ')}: ~/.changeover/runs/${run}/=note is not as Changeover wrote it, so nobody can tell what the run was. Look who changed it.`,
    );
  }
  const notes = told.flatMap(({ host, found }) =>
    found.note === undefined || found.note === 'unreadable' ? [] : [{ host, note: found.note }],
  );
  const [first] = notes;
  if (first === undefined) {
    return unknown(
      `No host of ${plan.verb} ${plan.system} (${held.map(({ host }) => host).join(', ')}) holds anything of run ${run}. ` +
        "It is another procedure's, had not begun, or was started by an older version of Changeover.",
    );
  }
  const other = notes.find(({ note }) => note.plan_digest !== plan.plan_digest);
  if (other !== undefined) return unknown(otherPlan(run, plan, other));
  const without = held.filter(({ found }) => found.note === undefined).map(({ host }) => host);
  if (without.length > 0 && held.some(({ found }) => found.jobs.some(({ state }) => state !== 'prepared'))) {
    return unknown(
      `${without.join(', ')} holds nothing of run ${run}, though its steps had begun on other hosts: its ~/.changeover was ` +
        'removed or is not the one of then, so nobody can tell what was done there. Put it back from a backup and try again.',
    );
  }
  return { kind: 'ok', note: first.note };
}

function otherPlan(run: RunId, plan: Plan, { host, note }: { readonly host: string; readonly note: RunNote }): string {
  const at = note.commit === null ? 'then' : `at commit ${note.commit}`;
  return (
    `Run ${run} was ${note.verb} ${note.system}, plan ${note.plan_digest.slice(0, 8)}, as ${host} says; what is asked for now is ` +
    `${plan.verb} ${plan.system}, plan ${plan.plan_digest.slice(0, 8)}. What was approved is what runs: give the same words, ` +
    `and put procedure and inventory back as they were ${at}.`
  );
}

const silent = (run: RunId, texts: readonly string[]): Rebuilt => ({
  kind: 'unknown',
  texts: [
    ...texts,
    `What run ${run} did on a host that does not answer, nobody can tell, and a later step may have run on just that one. ` +
      'So nothing was made or started. Try again once all its hosts can be reached.',
  ],
});

const invalid = (...texts: readonly string[]) => ({ kind: 'invalid', texts }) as const;
const unknown = (...texts: readonly string[]) =>
  ({ kind: 'unknown', texts: [...texts, 'Nothing was started.'] }) as const;
