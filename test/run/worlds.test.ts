import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Condition, Loop, Serial, Window } from '../../src/language/types.ts';
import { withPreflight } from '../../src/plan/preflight-steps.ts';
import type { Choice, Plan, PlanStep } from '../../src/plan/types.ts';
import { wentWell } from '../../src/run/attempts.ts';
import { checkLines, lineOf } from '../../src/run/chain.ts';
import { downNow, downtimes } from '../../src/run/downtime.ts';
import { evolve } from '../../src/run/evolve.ts';
import { next } from '../../src/run/next.ts';
import type { Actor, DecisionKind, Effect, RunEvent, RunState } from '../../src/run/types.ts';
import { awaitsStart } from '../../src/run/start.ts';
import {
  allSteps,
  isGuard,
  listOf,
  NO_ITEM,
  planStep,
  planSteps,
  stepState,
  stepsUnderWay,
  taskState,
  withoutItem,
} from '../../src/run/steps.ts';
import { undoPlan } from '../../src/run/undo.ts';
import { check, jobWork, plan, sh, step } from './plans.ts';
import { olivia, Record, william } from './record.ts';
import { chance, nameOf, undoOf, World } from './world.ts';

const rita: Actor = { kind: 'github', id: 9, login: 'rita', right: 'read' };
const admin: Actor = { kind: 'github', id: 10, login: 'ada', right: 'admin' };
const seat: Actor = { kind: 'terminal', user: 'olivia@desk' };

const hosts = fc.constantFrom(['alpha'], ['beta'], ['alpha', 'beta']);

type Many = Partial<Pick<PlanStep, 'loop' | 'serial' | 'retries' | 'choice' | 'runOnce' | 'maxHosts'>>;

/** Without what is undefined, which no plan holds. */
const present = (given: { readonly [K in keyof Many]?: Many[K] | undefined }): Many =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

/** By which a step is done several times, or on hosts that are chosen when it begins. */
const many = fc
  .record({
    loop: fc.option(
      fc.constantFrom<Loop>(
        { list: [{ lit: 'a' }, { lit: 'b' }, { lit: 'c' }] },
        { list: [{ lit: 'x y' }, { expr: '${{ facts.free }}' }] },
        { map: [['one', { lit: 1 }]] },
        { expr: "${{ fromJSON('[]') }}" },
        { expr: '${{ fromJSON(facts.version) }}' },
        { expr: '${{ fromJSON(format(\'["p{0}", "q"]\', facts.free)) }}' },
      ),
      { nil: undefined, freq: 2 },
    ),
    serial: fc.option(fc.constantFrom<Serial>({ hosts: 1 }, { percent: 60 }), { nil: undefined, freq: 2 }),
    retries: fc.option(fc.constantFrom({ times: 1, delayMs: 0 }, { times: 2, delayMs: 2500 }), {
      nil: undefined,
      freq: 2,
    }),
    choice: fc.constantFrom<Choice | undefined>(
      undefined,
      undefined,
      undefined,
      { named: [], where: [{ fact: 'up', value: true }] },
      { named: ['alpha'], where: [{ fact: 'free', value: 12 }] },
    ),
    runOnce: fc.constantFrom(undefined, undefined, true as const),
    maxHosts: fc.constantFrom(undefined, undefined, undefined, undefined, 1),
  })
  .map(({ choice, runOnce, maxHosts, serial, ...more }) =>
    present({
      ...more,
      choice,
      ...(choice === undefined ? {} : { runOnce, maxHosts }),
      ...(runOnce === undefined ? { serial } : {}),
    }),
  );

const jobStep = fc
  .record({
    hosts,
    critical: fc.boolean(),
    idempotent: fc.boolean(),
    readOnly: fc.nat(9).map((n) => n < 2),
    onFailure: fc.constantFrom('prompt', 'prompt', 'prompt', 'rollback', 'abort', 'continue'),
    undo: fc.constantFrom('self', 'self', 'self', 'steps', 'leave', 'irreversible'),
    verify: fc.option(fc.constant('facts.up'), { nil: undefined }),
    doneWhen: fc.option(fc.constant('facts.free < 5'), { nil: undefined }),
    withEnv: fc.boolean(),
    many,
  })
  .map(({ undo, verify, doneWhen, withEnv, many: times, ...more }) => (id: string): PlanStep => {
    const chosen = times.choice === undefined ? {} : ({ onChosen: true } as const);
    const sub = (name: string): PlanStep =>
      step(`${id}/${name}`, { hosts: more.hosts, undo: { kind: 'none' }, ...chosen });
    const undos = {
      self: { kind: 'self' },
      steps: { kind: 'steps', steps: [sub('one'), sub('two')] },
      leave: { kind: 'leave', reason: 'it does no harm' },
      irreversible: { kind: 'irreversible' },
    } as const;
    return step(id, {
      ...more,
      ...times,
      work: jobWork(withEnv ? { env: { free: { expr: '${{ facts.free }}' } }, probe: sh('probe') } : {}),
      undo: more.readOnly ? { kind: 'none' } : undos[undo],
      ...(verify === undefined ? {} : { verify }),
      ...(doneWhen === undefined ? {} : { doneWhen }),
    });
  });

const restartStep = fc
  .record({
    hosts,
    critical: fc.boolean(),
    idempotent: fc.boolean(),
    onFailure: fc.constantFrom('prompt', 'prompt', 'rollback', 'continue'),
    undo: fc.constantFrom('steps', 'leave', 'irreversible'),
    until: fc.constantFrom<Condition | undefined>(undefined, { expr: 'facts.up' }, { run: sh('up') }),
    many,
  })
  .map(({ undo, until, many: times, ...more }) => (id: string): PlanStep => {
    const spans = { boot: sh('boot'), command: 'reboot', everyMs: 10, atMostMs: 8000, stableMs: 3000 };
    const work = jobWork({ restart: { ...spans, ...(until === undefined ? {} : { until }) } });
    const chosen = times.choice === undefined ? {} : ({ onChosen: true } as const);
    const sub = step(`${id}/again`, { hosts: more.hosts, work, undo: { kind: 'none' }, ...chosen });
    const undos = {
      steps: { kind: 'steps', steps: [sub] },
      leave: { kind: 'leave', reason: 'it does no harm' },
      irreversible: { kind: 'irreversible' },
    } as const;
    return step(id, { ...more, ...times, action: 'reboot', work, undo: undos[undo] });
  });

const TABLE = { free: { expr: '${{ facts.free }}' }, up: { lit: true }, version: { any: true } } as const;

const lookStep = fc
  .record({ hosts, kind: fc.constantFrom('check', 'expect', 'wait', 'say'), many })
  .map(({ hosts: on, kind, many: { retries, ...times } }) => (id: string): PlanStep => {
    const works = {
      check: check('facts.free > 10'),
      expect: { kind: 'expect', table: { alpha: TABLE, beta: TABLE } },
      wait: { kind: 'wait', until: { expr: 'facts.up' }, everyMs: 10, atMostMs: 1000 },
      say: { kind: 'say', text: { lit: 'hello' } },
    } as const;
    return step(id, { hosts: on, ...times, work: works[kind], undo: { kind: 'none' } });
  });

const askStep = fc
  .record({
    hosts,
    critical: fc.boolean(),
    readOnly: fc.boolean(),
    unlock: fc.boolean(),
    undo: fc.constantFrom('steps', 'leave', 'irreversible', 'asks'),
    withFact: fc.boolean(),
    many,
  })
  .map(({ undo, unlock, withFact, many: { retries, ...times }, ...more }) => (id: string): PlanStep => {
    const text = withFact ? { expr: 'at ${{ facts.free }}' } : { lit: 'by hand' };
    const asks = { kind: 'ask', how: 'manual', text } as const;
    const chosen = times.choice === undefined ? {} : ({ onChosen: true } as const);
    const sub = (name: string, work = jobWork() as PlanStep['work']): PlanStep =>
      step(`${id}/${name}`, { hosts: more.hosts, work, undo: { kind: 'none' }, ...chosen });
    const undos = {
      steps: { kind: 'steps', steps: [sub('one')] },
      asks: { kind: 'steps', steps: [sub('one', asks)] },
      leave: { kind: 'leave', reason: 'by hand' },
      irreversible: { kind: 'irreversible' },
    } as const;
    return step(id, {
      ...more,
      ...times,
      work: { ...asks, ...(unlock ? { unlock } : {}) },
      undo: more.readOnly ? { kind: 'none' } : undos[undo],
    });
  });

const approveStep = fc
  .record({ hosts, by: fc.constantFrom('write', 'admin', 'william'), count: fc.constantFrom(1, 2) })
  .map(({ hosts: on, by, count }) => (id: string): PlanStep => {
    const work = { kind: 'ask', how: 'approve', by: [by], count } as const;
    return step(id, { hosts: on.slice(0, 1), work, readOnly: true, undo: { kind: 'none' } });
  });

const anyStep = fc.oneof(
  { weight: 12, arbitrary: jobStep },
  { weight: 2, arbitrary: restartStep },
  { weight: 3, arbitrary: lookStep },
  { weight: 1, arbitrary: askStep },
  { weight: 1, arbitrary: approveStep },
);

/** The second step takes the service down, the last but one brings it up again. */
const marked = ({ readOnly }: PlanStep, index: number, count: number): Partial<PlanStep> => ({
  ...(count > 3 && index === 1 ? { downtime: 'begins' } : {}),
  ...(count > 3 && index === count - 2 ? { downtime: 'ends' } : {}),
  ...(index === 2 && !readOnly ? { destructive: true } : {}),
});

/** Runs are asked for at 02:45:00, and each event takes a second: some can start, and are late for what comes then. */
const closing = (seconds: string): Window => ({ timezone: 'UTC', notAfter: `2026-11-22T02:45:${seconds}.000Z` });

/** One of these now and then. */
const seldom = <T>(...of: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...of) });

/** What a plan's environment and window say. */
const places = fc
  .record({
    approvals: seldom({ by: ['write'], count: 1 }, { by: ['write'], count: 2 }),
    onSuccess: seldom('rollback' as const),
    window: seldom(closing('12'), closing('25')),
  })
  .map(({ approvals, onSuccess, window }): Partial<Plan> => ({
    environment: {
      name: 'place',
      ...(approvals === undefined ? {} : { approvals }),
      ...(onSuccess === undefined ? {} : { onSuccess }),
    },
    ...(window === undefined ? {} : { window }),
  }));

/** A step of `rollback` or `always`: not undone itself, asked for no agreement, and with the hosts kept meanwhile. */
const endStep = fc
  .record({
    make: fc.oneof(
      { weight: 6, arbitrary: jobStep },
      { weight: 2, arbitrary: lookStep },
      { weight: 1, arbitrary: askStep },
    ),
    onFailure: fc.constantFrom('prompt', 'continue', 'continue'),
  })
  .map(({ make, onFailure }) => (id: string): PlanStep => {
    const { work, ...made } = make(id);
    const kept =
      work.kind === 'ask' && work.how === 'manual' ? { kind: work.kind, how: work.how, text: work.text } : work;
    const critical = made.critical && onFailure !== 'continue';
    return { ...made, work: kept, critical, onFailure, undo: { kind: 'none' } };
  });

const endSteps = fc.array(endStep, { maxLength: 3 });

/** Which part of the steps is that of a called procedure, perhaps where a condition holds. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly when?: Condition | undefined;
}

const part = (...whens: readonly (Condition | undefined)[]): fc.Arbitrary<Part> =>
  fc.record({ from: fc.nat(3), to: fc.nat(5), when: fc.constantFrom(...whens) });

const UP: Condition = { expr: 'facts.up' };
const SCRIPT: Condition = { run: sh('when') };

const CALLED = {
  procedure: 'pryv/part',
  file: 'procedures/pryv/part.yml',
  params: { version: '1.7' },
  vars: { alpha: {}, beta: { only: 'here' } },
  facts: plan([]).facts,
};

const inCall = (one: PlanStep): PlanStep => ({
  ...one,
  call: 'c',
  undo: one.undo.kind === 'steps' ? { kind: 'steps', steps: one.undo.steps.map(inCall) } : one.undo,
});

/** The steps, some of them called, with the one before them that decides whether they are. */
function withCall(makers: readonly ((id: string) => PlanStep)[], called: Part | undefined): readonly PlanStep[] {
  const { from, to, when } = called ?? { from: 1, to: 0 };
  const work = { kind: 'check', holds: { expr: 'true' } } as const;
  const decides = { action: 'call', hosts: ['alpha', 'beta'], readOnly: true, work, undo: { kind: 'none' } } as const;
  return makers.flatMap((make, index) => {
    const name = `s${String(index)}`;
    if (index < from || index > to) return [make(name)];
    const gate = index === from && when !== undefined ? [step('c', { ...decides, when })] : [];
    return [...gate, inCall(make(`c/${name}`))];
  });
}

const plansWith = (part: fc.Arbitrary<Part | undefined>): fc.Arbitrary<Plan> =>
  fc
    .array(anyStep, {
      minLength: 1,
      maxLength: 6,
    })
    .chain((makers) =>
      fc.record({
        ...{ makers: fc.constant(makers), early: fc.boolean(), place: places, called: part },
        ...{ back: endSteps, last: endSteps },
      }),
    )
    .map(({ makers, early, place, called, back, last }) => {
      const made = withCall(makers, called);
      const steps = made.map((each, index) =>
        each.action === 'call' ? each : { ...each, ...marked(each, index, made.length) },
      );
      const checks = steps.filter(({ work }) => work.kind === 'check' || work.kind === 'expect').map(({ id }) => id);
      const locks = early ? { locks: ['customer', 'mail'] } : {};
      const rollback = back.map((make, index) => make(`back${String(index)}`));
      const always = last.map((make, index) => make(`last${String(index)}`));
      const lists = {
        ...(rollback.length === 0 ? {} : { rollback }),
        ...(always.length === 0 ? {} : { always }),
      };
      const more = { calls: { c: CALLED }, ...locks, ...place, ...lists };
      return plan(withPreflight(steps, new Set(early ? checks : [])), more);
    });

const plans = plansWith(
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: part(undefined, UP, SCRIPT) }),
);

const policies = fc.constantFrom(undefined, undefined, 'prompt', 'rollback', 'abort');
const seeds = fc.nat(2 ** 31);
const troubles = fc.constantFrom(0, 0.3, 1);

interface Told {
  readonly run: Record;
  readonly world: World;
  /** The state and the effect before each thing that was done. */
  readonly steps: readonly { readonly state: RunState; readonly effects: readonly Effect[]; readonly chosen: Effect }[];
}

/** Far more than any of these runs needs; one that gets here goes round in circles. */
const MOST = 3000;

/** Lets a run go on by chance, with people who decide by chance, until it has ended. */
function live(of: {
  readonly plan: Plan;
  readonly seed: number;
  readonly trouble: number;
  readonly policy?: 'prompt' | 'rollback' | 'abort' | undefined;
  readonly mode?: 'apply' | 'dryrun';
  readonly each?: (run: Record) => void;
  readonly decisions?: readonly (DecisionKind | 'approve')[];
  /** How likely somebody asks for a pause before each thing that is done. */
  readonly pauses?: number;
}): Told {
  const random = chance(of.seed);
  const world = new World(random, of.trouble);
  const run = new Record(of.plan, of.mode, of.policy);
  const steps: { state: RunState; effects: readonly Effect[]; chosen: Effect }[] = [];
  const decisions =
    of.decisions ?? (['retry', 'retry', 'skip', 'rollback', 'abort', 'continue', 'continue', 'approve'] as const);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  for (let turn = 0; run.state.endedAt === undefined; turn += 1) {
    if (turn > MOST) throw new Error(`no end: ${JSON.stringify(steps.slice(-3).map((each) => each.chosen))}`);
    of.each?.(run);
    if (random() < (of.pauses ?? 0.003)) run.decide('pause', undefined, olivia);
    const effects = next(run.state);
    const early = of.decisions === undefined && random() < 0.01;
    if (effects.length === 0 || early) {
      const starts = awaitsStart(run.state) && random() < 0.9;
      const kind = starts ? 'approve' : (pick(decisions) ?? 'abort');
      if (kind === 'approve') {
        run.approve(random() < 0.8 ? 'b'.repeat(8) : 'deadbeef', pick([olivia, william, rita, admin, seat]) ?? seat);
        continue;
      }
      const decided = run.decide(early ? (pick(['abort', kind] as const) ?? kind) : kind, undefined, william);
      if (!decided.ok && effects.length === 0 && run.state.prompts.at(-1)?.answer !== undefined) {
        throw new Error('the run waits for nothing');
      }
      continue;
    }
    const chosen = pick(effects);
    if (chosen === undefined) continue;
    steps.push({ state: run.state, effects, chosen });
    // Nobody says before it that it is so late.
    if (chosen.do === 'wake') run.pass(Math.max(0, Date.parse(chosen.at) - Date.parse(run.state.lastAt)));
    const bodies = world.perform(run.state, chosen);
    // A crash after any of the events: the rest is never recorded, and whoever comes next finds what is.
    const kept = random() < 0.03 ? bodies.slice(0, Math.floor(random() * bodies.length)) : bodies;
    for (const body of kept) run.add(body);
    if (world.crashed || kept.length < bodies.length) {
      world.crashed = false;
      // Told to end, or killed without a word.
      if (random() < 0.3) run.add({ type: 'worker_stopped', worker: 'test' });
      run.add({ type: 'run_started', worker: 'heir', epoch: run.state.epoch + 1 });
    }
  }
  return { run, world, steps };
}

const all = fc.record({ plan: plans, seed: seeds, trouble: troubles, policy: policies });
const RUNS = { numRuns: 100 };
/** Where what is looked for comes seldom: it must be met, whatever the seed. */
const RARE = { numRuns: 600 };

const isRestart = ({ work }: PlanStep): boolean => work.kind === 'job' && work.restart !== undefined;

const stateAfter = (events: readonly RunEvent[]): RunState | undefined =>
  events.reduce<RunState | undefined>((before, event) => evolve(before, event), undefined);

/** The service was down after these events. */
const isDown = (events: readonly RunEvent[]): boolean => {
  const state = stateAfter(events);
  return state !== undefined && downNow(state) !== undefined;
};

const jobsIn = (effects: readonly Effect[]): readonly string[] =>
  effects.flatMap((effect) => (effect.do === 'ensure_job' ? [nameOf(effect.job)] : []));

describe('any run in any world', () => {
  it('ends, or waits for a person: never for nothing, never in circles', () => {
    fc.assert(
      fc.property(all, (of) => {
        const { run } = live(of);
        expect(['succeeded', 'failed', 'rolled_back', 'aborted']).toContain(run.state.status);
        expect(next(run.state)).toEqual([]);
        expect(checkLines(run.events.map(lineOf)).kind).toBe('ok');
      }),
      RUNS,
    );
  });

  it('is found as it was by whoever reads its record, at every moment', () => {
    fc.assert(
      fc.property(all, (of) => {
        live({
          ...of,
          each: (run) => {
            expect(run.replayed()).toEqual(run.state);
            expect(next(run.replayed())).toEqual(next(run.state));
          },
        });
      }),
      { numRuns: 25 },
    );
  });

  it('asks for no job whose end is known, and for a next attempt only after the one before', () => {
    fc.assert(
      fc.property(all, (of) => {
        const { steps, world, run } = live(of);
        const over = new Set<string>();
        for (const { state, effects } of steps) {
          for (const each of allSteps(state).flatMap(({ tasks }) => tasks)) {
            for (const attempt of each.attempts) {
              if (attempt.finished !== undefined) over.add(nameOf({ ...each, attempt: attempt.attempt }));
            }
            expect(each.attempts.map((attempt) => attempt.attempt)).toEqual(each.attempts.map((_, index) => index + 1));
          }
          for (const job of jobsIn(effects)) expect(over).not.toContain(job);
        }
        for (const task of allSteps(run.state).flatMap((each) => each.tasks)) {
          for (const before of task.attempts.slice(0, -1)) {
            const job = world.jobs.get(nameOf({ ...task, attempt: before.attempt }));
            const outcome = before.settled?.outcome ?? before.outcome;
            // Retried by itself only when nothing of the attempt before lives.
            const after = task.attempts[before.attempt];
            if (after?.byItself === true)
              expect({ outcome, state: job?.state }).not.toMatchObject({ state: 'running' });
          }
        }
      }),
      RUNS,
    );
  });

  it('calls nothing a success that was skipped, unknown or failed, and skips nothing critical', () => {
    fc.assert(
      fc.property(all, (of) => {
        const { run } = live(of);
        for (const task of run.state.steps.flatMap((each) => each.tasks)) {
          const last = task.attempts.at(-1);
          const job = last && (last.settled?.outcome ?? last.outcome);
          const planned = of.plan.steps.find((each) => each.id === task.step);
          if (task.skippedAt !== undefined) {
            expect(task.outcome).toBe('skipped');
            expect(planned?.critical).toBe(false);
          }
          if (
            (task.outcome === 'ok' || task.outcome === 'changed') &&
            planned?.work.kind === 'job' &&
            task.skip === undefined
          ) {
            if (isRestart(planned) && task.outcome === 'changed') expect(task.restart?.stage).toBe('held');
            else expect(job).toBe(task.outcome);
          }
          if (run.state.status === 'succeeded' && planned?.onFailure !== 'continue') {
            expect(task.outcome !== undefined && wentWell(task.outcome)).toBe(true);
          }
        }
      }),
      RUNS,
    );
  });

  it('takes steps in order: none begins before the one before has settled on all its hosts', () => {
    fc.assert(
      fc.property(all, (of) => {
        const { steps } = live(of);
        for (const { state, effects } of steps) {
          const under = stepsUnderWay(state);
          const ahead = effects.filter((effect) => effect.do === 'observe' && effect.for === 'foresee');
          // What is foreseen is so for all steps at once, before any begins.
          if (ahead.length > 0) expect(under.every((each) => each.status === 'pending')).toBe(true);
          const taking = effects.filter((effect) => !ahead.includes(effect));
          const busy = new Set(taking.flatMap((effect) => ('step' in effect ? [effect.step] : [])));
          expect(busy.size).toBeLessThanOrEqual(1);
          // Those whose conditions are looked at again, after others have had the hosts, were open before.
          const again = (id: string): boolean => state.guards !== undefined && isGuard(state.plan, id);
          const open = under.filter(({ id, status }) => (status === 'open' || status === 'opening') && !again(id));
          expect(open.length).toBeLessThanOrEqual(1);
        }
      }),
      RUNS,
    );
  });
});

const PAUSED = ['continue', 'continue', 'approve', 'rollback', 'skip', 'retry', 'abort'] as const;

describe('a pause in any world', () => {
  it('lets no step begin until it is answered or taken back, and ends what is under way as if nobody had asked', () => {
    // Half of them go back by themselves where a step fails.
    const back = fc.record({
      plan: fc
        .array(jobStep, { minLength: 3, maxLength: 4 })
        .map((makers) => plan(makers.map((make, index) => ({ ...make(`s${String(index)}`), onFailure: 'rollback' })))),
      seed: seeds,
      trouble: fc.constant(0.3),
    });
    const seen = { held: 0, back: 0, gave: 0 };
    fc.assert(
      fc.property(fc.oneof(all, back), (of) => {
        const { run, steps } = live({ ...of, pauses: 0.15, decisions: PAUSED });
        for (const { state, chosen } of steps) {
          const open = state.prompts.at(-1);
          if (open?.paused !== undefined) expect(open.answer).toBeDefined();
          if (state.pausing === undefined || state.blocked.length > 0) continue;
          if (chosen.do !== 'record' || chosen.event.type === 'rollback_started') continue;
          const { event } = chosen;
          if (event.type === 'step_opened') expect(stepState(state, event.step, event.phase)?.status).toBe('opening');
          if (event.type !== 'prompt_opened') continue;
          if (event.paused !== true) seen.gave += 1;
          else {
            expect(stepState(state, event.step, event.phase)).toMatchObject({ status: 'pending', tasks: [] });
            expect(stepsUnderWay(state).every(({ status }) => status === 'pending' || status === 'done')).toBe(true);
            if (event.phase === 'undo') seen.back += 1;
            else seen.held += 1;
          }
        }
        expect(run.state.pausing).toBe(undefined);
        expect(run.replayed()).toEqual(run.state);
      }),
      { numRuns: 200 },
    );
    expect(seen.held).toBeGreaterThan(50);
    expect(seen.back).toBeGreaterThan(3);
    expect(seen.gave).toBeGreaterThan(0);
  });
});

describe('a downtime in any world', () => {
  const down = fc.record({
    plan: fc
      .tuple(anyStep, anyStep, anyStep, anyStep, anyStep)
      .map((makers) => makers.map((make, index) => make(`s${String(index)}`)))
      .map((made) => plan(made.map((each, index) => ({ ...each, ...marked(each, index, made.length) })))),
    seed: seeds,
    trouble: fc.constantFrom(0, 0.3),
  });

  it('is told by times of the record, one at a time, and lasts on only where nothing has ended it', () => {
    let seen = 0;
    fc.assert(
      fc.property(down, (of) => {
        const { run, steps } = live(of);
        for (const { state } of steps) {
          const now = downtimes(state);
          for (const [index, { from, to = state.lastAt }] of now.entries()) {
            expect(from <= to).toBe(true);
            expect(from >= (now[index - 1]?.to ?? from)).toBe(true);
          }
          expect(now.slice(0, -1).every(({ to }) => to !== undefined)).toBe(true);
        }
        const { status } = run.state;
        const skipped = allSteps(run.state).some(({ tasks }) =>
          tasks.some((task) => task.skippedAt !== undefined || (task.outcome !== undefined && !wentWell(task.outcome))),
        );
        const endsBy = run.state.plan.steps.filter(({ downtime }) => downtime === 'ends').map(({ id }) => id);
        // What is passed over on all hosts brings nothing up.
        const over = run.state.steps.some(
          ({ id, tasks }) => endsBy.includes(id) && tasks.every(({ skip }) => skip === 'when' || skip === 'empty'),
        );
        seen += downtimes(run.state).length;
        if ((status === 'succeeded' && !skipped && !over) || status === 'rolled_back')
          expect(downNow(run.state)).toBe(undefined);
      }),
      RUNS,
    );
    expect(seen).toBeGreaterThan(15);
  });
});

describe('a call in any world', () => {
  const called = fc.record({
    plan: plansWith(part(UP, SCRIPT, { expr: 'facts.free < 5' })),
    seed: seeds,
    trouble: troubles,
  });

  it('is decided once on each host, and none of its steps is taken where it is passed over', () => {
    let seen = 0;
    fc.assert(
      fc.property(called, (of) => {
        const { run, steps } = live(of);
        const decided = new Map<string, string>();
        for (const { state } of steps) {
          for (const task of state.steps.filter(({ id }) => id === 'c').flatMap(({ tasks }) => tasks)) {
            const { host, outcome } = task;
            if (outcome !== 'ok' && outcome !== 'skipped') continue;
            // A condition that could not be looked at is neither, and is asked again.
            expect(decided.get(host) ?? outcome).toBe(outcome);
            decided.set(host, outcome);
          }
        }
        const over = [...decided].flatMap(([host, outcome]) => (outcome === 'skipped' ? [host] : []));
        for (const { host, attempts, step: id } of run.state.steps.flatMap(({ tasks }) => tasks)) {
          if (!id.startsWith('c/') || !over.includes(host)) continue;
          seen += 1;
          expect([id, attempts]).toEqual([id, []]);
        }
      }),
      RARE,
    );
    expect(seen).toBeGreaterThan(10);
  });
});

describe('a step with items, batches and retries in any world', () => {
  const patient = fc.record({ plan: plans, seed: seeds, trouble: fc.constantFrom(0.3, 1) });

  it('takes the items of a host in their order, the next only once the one before ended well or was answered', () => {
    let seen = 0;
    fc.assert(
      fc.property(all, (of) => {
        const { steps } = live(of);
        for (const { state } of steps) {
          // What is wrong before the first change is gathered on a blocked run, also from later items.
          if (state.blocked.length > 0) continue;
          for (const taken of allSteps(state)) {
            for (const host of new Set(taken.tasks.map((task) => task.host))) {
              const own = taken.tasks.filter((task) => task.host === host);
              expect(new Set(own.map(({ item }) => item)).size).toBe(own.length);
              const begun = own.filter((task) => task.attempts.length > 0);
              const continues = planSteps(of.plan).find((one) => one.id === taken.id)?.onFailure === 'continue';
              for (const task of begun.slice(0, -1)) {
                const kind = planSteps(of.plan).find((one) => one.id === taken.id)?.work.kind ?? 'job';
                // Before the first change all that is wrong is gathered, whatever is found.
                if (continues || kind === 'check' || kind === 'expect' || state.blocked.length > 0) continue;
                seen += 1;
                expect(task.outcome !== undefined && wentWell(task.outcome)).toBe(true);
              }
            }
          }
        }
      }),
      RUNS,
    );
    expect(seen).toBeGreaterThan(100);
  });

  it('takes one batch after the other, asks about one at a time, and never makes them anew', () => {
    let seen = 0;
    fc.assert(
      fc.property(patient, (of) => {
        const { steps, run } = live({ ...of, decisions: ['retry', 'skip', 'skip', 'rollback', 'abort'] });
        const fixed = new Map<string, string>();
        for (const { state, effects } of steps) {
          for (const { id, phase, batches, chosen = [] } of allSteps(state)) {
            if (batches === undefined) continue;
            const made = JSON.stringify([batches, chosen]);
            expect(fixed.get(`${phase} ${id}`) ?? made).toBe(made);
            fixed.set(`${phase} ${id}`, made);
          }
          const jobs = effects.flatMap((effect) => (effect.do === 'ensure_job' ? [effect.job] : []));
          const [job] = jobs;
          const taken = job && stepState(state, job.step, job.phase);
          if (taken?.batches === undefined) continue;
          seen += 1;
          const at = jobs.map(({ host }) => taken.batches?.findIndex((hosts) => hosts.includes(host)));
          expect(new Set(at).size).toBe(1);
        }
        for (const prompt of run.state.prompts) {
          const { batches } = stepState(run.state, prompt.step, prompt.phase) ?? {};
          const made = run.events.findIndex(
            (event) => event.type === 'step_opened' && event.step === prompt.step && event.batches !== undefined,
          );
          const asked = run.events.findIndex((event) => event.type === 'prompt_opened' && event.prompt === prompt.id);
          // Before the window none of them is begun; and before its hosts are chosen a step has no batches.
          if (batches === undefined || prompt.closed === true || asked < made) continue;
          const at = prompt.tasks.map(({ host }) => batches.findIndex((hosts) => hosts.includes(host)));
          expect(new Set(at).size).toBe(1);
        }
      }),
      RARE,
    );
    expect(seen).toBeGreaterThan(10);
  });

  it('tries again by itself no more often than it says, and only what may be done twice or never started', () => {
    let seen = 0;
    const retries = { times: 2, delayMs: 2500 };
    const often = patient.map(({ plan: made, ...of }) => {
      const steps = made.steps.map((each) => (each.work.kind === 'job' ? { ...each, retries } : each));
      return { ...of, plan: { ...made, steps } };
    });
    fc.assert(
      fc.property(often, (of) => {
        const { run } = live(of);
        for (const task of run.state.steps.flatMap((each) => each.tasks)) {
          const planned = of.plan.steps.find((each) => each.id === task.step);
          const most = planned?.retries?.times ?? 0;
          let row = 0;
          for (const [index, attempt] of task.attempts.entries()) {
            row = attempt.byItself === true ? row + 1 : 0;
            const before = task.attempts[index - 1];
            if (attempt.byItself !== true || before === undefined) continue;
            seen += 1;
            const outcome = before.settled?.outcome ?? before.outcome;
            expect(row).toBeLessThanOrEqual(Math.max(most, 1));
            if (outcome !== 'unreachable') expect(planned?.idempotent).toBe(true);
            expect(outcome).not.toBe('aborted');
            if (planned?.retries !== undefined && attempt.startedAt !== undefined) {
              expect(attempt.startedAt >= attempt.dueAt).toBe(true);
            }
          }
        }
      }),
      RARE,
    );
    expect(seen).toBeGreaterThan(10);
  });

  it('asks what facts say once, and goes by that to the end', () => {
    let seen = 0;
    fc.assert(
      fc.property(patient, (of) => {
        const { run } = live(of);
        for (const taken of run.state.steps) {
          const planned = of.plan.steps.find(({ id }) => id === taken.id);
          if (planned?.choice === undefined || taken.tasks.length === 0) continue;
          seen += 1;
          const chosen = taken.chosen ?? [];
          // Where nothing is chosen that is told, or its procedure was called nowhere.
          if (chosen.length === 0)
            expect(taken.tasks.every((task) => task.trouble !== undefined || task.skip === 'when')).toBe(true);
          else expect(new Set(taken.tasks.map(({ host }) => host))).toEqual(new Set(chosen));
          if (planned.runOnce === true) expect(chosen.length).toBeLessThanOrEqual(1);
          for (const task of taken.tasks) if (task.item === NO_ITEM) expect(task.item_value).toBe(undefined);
        }
      }),
      RARE,
    );
    expect(seen).toBeGreaterThan(10);
  });
});

describe('a person who is asked, in any world', () => {
  const asking = fc.record({
    plan: fc
      .tuple(anyStep, askStep, anyStep, askStep)
      .map((makers) => plan(makers.map((make, index) => make(`s${String(index)}`)))),
    seed: seeds,
    trouble: fc.constantFrom(0, 0.3),
  });

  it('is the only one who ends such a step well', () => {
    let seen = 0;
    fc.assert(
      fc.property(asking, (of) => {
        const { run } = live({
          ...of,
          decisions: ['continue', 'continue', 'continue', 'retry', 'skip', 'rollback', 'approve'],
        });
        for (const task of allSteps(run.state).flatMap(({ tasks }) => tasks)) {
          const { work } = planStep(of.plan, task.step, task.phase);
          if (work.kind !== 'ask' || work.how !== 'manual' || task.skip !== undefined) continue;
          const prompt = run.state.prompts.find(({ id }) => id === task.doneAt);
          expect(prompt?.answer?.decision ?? 'nobody').toBe(task.doneAt === undefined ? 'nobody' : 'continue');
          if (task.outcome === 'ok' || task.outcome === 'changed') {
            expect(prompt?.tasks).toContainEqual({ step: task.step, item: task.item, host: task.host });
            seen += 1;
          }
        }
      }),
      RUNS,
    );
    expect(seen).toBeGreaterThan(10);
  });

  it('has the hosts let go only while nothing else is done, and all of them are taken again first', () => {
    let seen = 0;
    fc.assert(
      fc.property(asking, (of) => {
        const { steps, run } = live({
          ...of,
          decisions: ['continue', 'continue', 'retry', 'skip', 'rollback', 'approve'],
        });
        for (const { state, chosen } of steps) {
          if (state.released.length === 0) continue;
          seen += 1;
          expect(['unlock', 'lock', 'bar', 'preflight', 'record', 'observe']).toContain(chosen.do);
          // What is held comes, in the order of names, before what was let go.
          const order = [...state.locked].sort().at(-1) ?? '';
          for (const host of state.released) expect(host > order).toBe(true);
          if (chosen.do === 'record') expect(['prompt_opened', 'run_finished']).toContain(chosen.event.type);
        }
        if (run.state.status === 'succeeded') expect(run.state.released).toEqual([]);
      }),
      RUNS,
    );
    expect(seen).toBeGreaterThan(10);
  });
});

describe('an approval in any world', () => {
  const approving = fc.record({
    plan: fc
      .tuple(anyStep, approveStep, anyStep)
      .map((makers) => plan(makers.map((make, at) => make(`s${String(at)}`)))),
    seed: seeds,
    trouble: fc.constantFrom(0, 0.3),
  });

  it('is of so many people who may and did not ask for the run, before anything goes on', () => {
    let seen = 0;
    fc.assert(
      fc.property(approving, (of) => {
        const { run } = live({
          ...of,
          // Somebody gives up in the end: a loop over what is no list fails however often it is tried.
          decisions: ['approve', 'approve', 'approve', 'approve', 'continue', 'skip', 'retry', 'abort'],
        });
        for (const task of run.state.steps.flatMap(({ tasks }) => tasks)) {
          const { work } = of.plan.steps.find(({ id }) => id === task.step) ?? {};
          if (work?.kind !== 'ask' || work.how !== 'approve' || task.doneAt === undefined) continue;
          seen += 1;
          const given = run.state.approvals.filter(({ prompt }) => prompt === task.doneAt).map(({ by }) => by);
          const people = given.flatMap((by) => (by.kind === 'github' ? [by] : []));
          expect(new Set(people.map(({ id }) => id)).size).toBe(people.length);
          for (const { id, login, right } of people) {
            expect(id).not.toBe(7);
            expect(work.by[0] === 'william' ? login : ['write', 'maintain', 'admin'].indexOf(right)).not.toBe(-1);
          }
          expect(given.some(({ kind }) => kind === 'terminal') || people.length === work.count).toBe(true);
          expect(task.outcome).toBe('ok');
        }
      }),
      RARE,
    );
    expect(seen).toBeGreaterThan(10);
  });
});

describe('a host that restarts, in any world', () => {
  const restarting = fc.record({
    plan: fc
      .tuple(anyStep, restartStep, anyStep, restartStep)
      .map((makers) => plan(makers.map((make, index) => make(`s${String(index)}`)))),
    seed: seeds,
    trouble: troubles,
  });

  it('is restarted by a task once at most, whoever dies and however often it is tried', () => {
    let seen = 0;
    fc.assert(
      fc.property(restarting, (of) => {
        const { world } = live({
          ...of,
          decisions: ['retry', 'retry', 'retry', 'continue', 'approve', 'skip', 'rollback'],
        });
        const names = world.restarts.map((key) => nameOf({ ...key, attempt: 0 }));
        seen += names.length;
        expect(new Set(names).size).toBe(names.length);
      }),
      RUNS,
    );
    expect(seen).toBeGreaterThan(30);
  });

  it('counts as done only by a new boot, well for as long as it must be, and is told nothing before it was looked at', () => {
    let seen = 0;
    fc.assert(
      fc.property(restarting, (of) => {
        const { run, steps } = live(of);
        for (const { state, effects } of steps) {
          for (const effect of effects) {
            if (effect.do !== 'ensure_job' || !isRestart(planStep(of.plan, effect.job.step, effect.job.phase)))
              continue;
            if (effect.job.phase === 'undo' && of.plan.steps.some(({ id }) => id === effect.job.step)) continue;
            expect(taskState(state, effect.job)?.boot).toBeDefined();
          }
        }
        for (const task of allSteps(run.state).flatMap(({ tasks }) => tasks)) {
          const { stage, boot } = task.restart ?? {};
          if (!isRestart(planStep(of.plan, task.step, task.phase)) || task.outcome !== 'changed') continue;
          seen += 1;
          expect(stage).toBe('held');
          expect(boot).not.toBe(task.boot);
          const own = run.events.flatMap((event) =>
            event.type === 'observed' && event.for === 'restart' && event.host === task.host && event.step === task.step
              ? [event]
              : [],
          );
          const good = own.filter((event) => event.boot === boot && event.item === task.item);
          const [first, last] = [good.at(0)?.at ?? '', good.at(-1)?.at ?? ''];
          expect(Date.parse(last) - Date.parse(first)).toBeGreaterThanOrEqual(3000);
        }
      }),
      RUNS,
    );
    expect(seen).toBeGreaterThan(20);
  });
});

describe('a rollback in any world', () => {
  const rollbacks = fc.record({ plan: plans, seed: seeds, trouble: fc.constantFrom(0.3, 1) });

  it('undoes what was done, last step first, each once, and nothing else', () => {
    let seen = 0;
    fc.assert(
      fc.property(rollbacks, (of) => {
        const { run, world } = live({
          ...of,
          decisions: ['rollback', 'rollback', 'retry', 'retry', 'abort', 'skip', 'continue'],
        });
        const { state } = run;
        const undone = world.trace.filter((each) => each.kind === 'undid');
        // Nothing is undone that may not have been done, and nothing is undone twice.
        const own = (id: string): boolean => state.plan.steps.some((each) => each.id === id);
        const done = new Set(
          world.trace
            .filter((each) => each.kind === 'did' && own(each.step))
            .map(({ step: id, item, host }) => `${id} ${host} ${item}`),
        );
        const names = undone.map(({ step: id, item, host }) => `${id} ${host} ${item}`);
        for (const { id, tasks } of state.undo) {
          for (const { item, host, attempts } of tasks) {
            // Only a person may have an undo repeated, and only one whose end nobody saw can have been well before.
            const unseen = attempts.filter((each) => (each.settled?.outcome ?? each.outcome) === 'unknown').length;
            expect(names.filter((name) => name === `${id} ${host} ${item}`).length).toBeLessThanOrEqual(1 + unseen);
          }
        }
        // As it was known when it began: an end that is seen later may say that nothing had been done.
        const began = run.events.findIndex(({ type }) => type === 'rollback_started');
        const then = began < 0 ? state : (stateAfter(run.events.slice(0, began + 1)) ?? state);
        const maybe = new Set(
          [...undoPlan(then), ...undoPlan(state)].flatMap((item) => item.hosts.map((host) => `${item.step} ${host}`)),
        );
        for (const { step: id, host } of undone) expect(maybe).toContain(`${undoOf(state, id)} ${host}`);
        for (const each of done) {
          const [id = '', host = ''] = each.split(' ');
          const planned = state.plan.steps.find((one) => one.id === id);
          if (planned?.readOnly !== true) expect(maybe).toContain(`${id} ${host}`);
        }
        // Last item first, and only those that were done: steps are on the hosts of what they undo, with its items.
        for (const { step: id, host } of undone) {
          const there = undone.filter((each) => each.host === host && undoOf(state, each.step) === undoOf(state, id));
          const items = (state.steps.find((one) => one.id === undoOf(state, id))?.tasks ?? [])
            .filter((task) => task.host === host)
            .map((task) => task.item);
          const places = there.map(({ item }) => items.indexOf(item));
          expect(places).not.toContain(-1);
          expect(places).toEqual([...places].sort((a, b) => b - a));
        }
        // Last step first.
        const order = undone.map(({ step: id }) => state.plan.steps.findIndex((one) => one.id === undoOf(state, id)));
        expect(order).toEqual([...order].sort((a, b) => b - a));
        if (state.status !== 'rolled_back') return;
        seen += 1;
        for (const item of undoPlan(state)) {
          expect(item.how.kind).not.toBe('irreversible');
          const ids =
            item.how.kind === 'self'
              ? [item.step]
              : item.how.kind === 'steps'
                ? item.how.steps.map((sub) => sub.id)
                : [];
          for (const id of ids) {
            for (const name of [...done].filter((each) => each.startsWith(`${item.step} `))) {
              const [, host = ''] = name.split(' ');
              const [, , item = ''] = name.split(' ');
              const task = state.undo
                .filter((each) => withoutItem(each.id) === id)
                .flatMap((each) => each.tasks)
                .find((each) => each.host === host && each.item === item);
              expect({ id, host, item, outcome: task?.outcome, skipped: task?.skippedAt }).toMatchObject({
                skipped: undefined,
              });
              expect(['ok', 'changed']).toContain(task?.outcome);
            }
          }
        }
      }),
      RARE,
    );
    // Otherwise this promise would be kept by never rolling back.
    expect(seen).toBeGreaterThan(10);
  });
});

describe('an environment and a window in any world', () => {
  const placed = fc.record({ plan: plans, seed: seeds, trouble: troubles });

  it('touches nothing before all have agreed to its start, and takes back a rehearsal that went well', () => {
    let [agreed, rehearsed] = [0, 0];
    fc.assert(
      fc.property(placed, (of) => {
        const { run } = live(of);
        const { approvals, onSuccess } = of.plan.environment ?? {};
        const first = run.events.findIndex(({ type }) => type === 'observed');
        const before = run.events
          .slice(0, Math.max(first, 0))
          .flatMap((event) => (event.type === 'run_approved' ? [event] : []));
        if (first >= 0 && approvals !== undefined) {
          agreed += 1;
          const alone = before.some(({ by }) => by.kind === 'terminal');
          expect(alone || before.length === approvals.count).toBe(true);
          expect(before.every(({ prompt }) => prompt === undefined)).toBe(true);
        }
        if (onSuccess === 'rollback') expect(run.state.status).not.toBe('succeeded');
        if (run.state.rollback?.rehearsed !== true) return;
        rehearsed += 1;
        expect(onSuccess).toBe('rollback');
        for (const { id, tasks } of run.state.steps) {
          const planned = planStep(of.plan, id, 'apply');
          if (planned.onFailure !== 'continue')
            expect(tasks.every(({ outcome }) => outcome !== undefined && wentWell(outcome))).toBe(true);
          if (planned.undo.kind === 'irreversible')
            expect(tasks.every(({ attempts }) => attempts.length === 0)).toBe(true);
        }
      }),
      RARE,
    );
    expect(agreed).toBeGreaterThan(10);
    expect(rehearsed).toBeGreaterThan(3);
  });

  it('begins nothing that cannot be undone once the window is closed, and holds nothing else', () => {
    let seen = 0;
    const late = fc.record({
      plan: fc
        .tuple(jobStep, jobStep, anyStep, fc.constantFrom('09', '12', '25'))
        .map(([first, never, last, seconds]) => {
          const gone = { ...never('s1'), readOnly: false, undo: { kind: 'irreversible' } } as const;
          return plan([first('s0'), gone, last('s2')], { window: closing(seconds) });
        }),
      seed: seeds,
      trouble: troubles,
    });
    fc.assert(
      fc.property(fc.oneof(placed, late), (of) => {
        const { run, steps } = live(of);
        const closes = of.plan.window?.notAfter;
        const begun = new Set<string>();
        const never = new Set<string>();
        for (const [index, event] of run.events.entries()) {
          if (event.type !== 'step_opened' || event.phase === 'undo' || begun.has(event.step)) continue;
          const closed = closes !== undefined && event.at >= closes && !isDown(run.events.slice(0, index));
          if (closed && planStep(of.plan, event.step, 'apply').undo.kind === 'irreversible') never.add(event.step);
          // What has begun on one host goes on, also where a retry opens it for another.
          else if (event.tasks.some(({ skip, trouble }) => skip === undefined && trouble === undefined)) {
            begun.add(event.step);
          }
        }
        for (const { effects } of steps) {
          const jobs = effects.flatMap((effect) => (effect.do === 'ensure_job' ? [effect.job] : []));
          for (const { step: id, phase } of jobs) expect(phase === 'apply' && never.has(id)).toBe(false);
        }
        for (const { closed, step: id } of run.state.prompts) {
          if (closed !== true) continue;
          seen += 1;
          expect(planStep(of.plan, id, 'apply').undo.kind).toBe('irreversible');
        }
      }),
      RARE,
    );
    expect(seen).toBeGreaterThan(10);
  });
});

describe('the end of a run in any world', () => {
  const endings = fc.record({
    plan: fc
      .record({
        makers: fc.array(anyStep, { minLength: 1, maxLength: 4 }),
        back: fc.array(endStep, { minLength: 1, maxLength: 2 }),
        last: fc.array(endStep, { minLength: 1, maxLength: 2 }),
      })
      .map(({ makers, back, last }) =>
        plan(
          makers.map((make, index) => make(`s${String(index)}`)),
          {
            rollback: back.map((make, index) => make(`back${String(index)}`)),
            always: last.map((make, index) => make(`last${String(index)}`)),
          },
        ),
      ),
    seed: seeds,
    trouble: troubles,
    policy: policies,
  });
  const stepOf = (effect: Effect): { readonly id: string; readonly phase: 'apply' | 'undo' } | undefined => {
    if ('job' in effect) return { id: effect.job.step, phase: effect.job.phase };
    return 'step' in effect && 'phase' in effect ? { id: effect.step, phase: effect.phase } : undefined;
  };
  const isThrough = ({ status, hosts: on }: RunState['steps'][number]): boolean => status === 'done' || on.length === 0;

  it('takes what follows a rollback after the last undo, and what is always done after all else', () => {
    const seen = { after: 0, always: 0 };
    fc.assert(
      fc.property(endings, (of) => {
        const { steps } = live(of);
        for (const { state, effects } of steps) {
          // An abort looks once more at whatever it stops, in whichever list.
          if (state.aborting !== undefined) continue;
          for (const effect of effects) {
            const step = stepOf(effect);
            if (step === undefined) continue;
            const list = listOf(state, step);
            expect(list === 'always').toBe(state.ending !== undefined);
            if (list === 'always') seen.always += 1;
            if (list !== 'after') continue;
            seen.after += 1;
            expect(state.rollback).toBeDefined();
            // What is looked at again is so before its undo, which is through.
            expect(state.undo.every(isThrough)).toBe(true);
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(seen.after).toBeGreaterThan(50);
    expect(seen.always).toBeGreaterThan(100);
  });

  it('is always taken where the run has done anything, to the last step on all hosts, and never where it has not', () => {
    let seen = 0;
    fc.assert(
      fc.property(endings, (of) => {
        const { run, world } = live(of);
        const { state } = run;
        if (state.ending === undefined) {
          // What only looks is done on a blocked run too, to find all that is in the way.
          const did = world.trace.filter(({ step: id }) => !planStep(of.plan, id, 'apply').readOnly);
          expect(did).toEqual([]);
          expect(['failed', 'aborted']).toContain(state.status);
          return;
        }
        seen += 1;
        const at = run.events.findIndex(({ type }) => type === 'always_started');
        expect(run.events.filter(({ type }) => type === 'always_started')).toHaveLength(1);
        const given = run.events
          .slice(at)
          .some((event) => event.type === 'decision_made' && event.decision === 'abort');
        if (given) return;
        for (const { id, hosts: on, tasks } of state.always) {
          for (const host of on) {
            const own = tasks.filter((task) => task.host === host);
            expect({ id, host, begun: own.length > 0 }).toMatchObject({ begun: true });
            for (const task of own)
              expect({ id, host, outcome: task.outcome }).not.toMatchObject({ outcome: undefined });
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(seen).toBeGreaterThan(50);
  });

  it('is done once, whoever dies in it: again only where somebody, or the step itself, says so', () => {
    let seen = 0;
    fc.assert(
      fc.property(endings, (of) => {
        const { run, world } = live(of);
        const at = run.events.findIndex(({ type }) => type === 'always_started');
        const asked = run.events.slice(at).some(({ type }) => type === 'decision_made');
        if (at < 0 || asked) return;
        for (const { step: id, item, host, attempts } of run.state.always.flatMap(({ tasks }) => tasks)) {
          const planned = planStep(of.plan, id, 'apply');
          if (planned.idempotent || planned.retries !== undefined) continue;
          seen += 1;
          expect(attempts.length).toBeLessThanOrEqual(1);
          const did = world.trace.filter((each) => each.step === id && each.item === item && each.host === host);
          expect(did.length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 200 },
    );
    expect(seen).toBeGreaterThan(50);
  });

  it('begins nothing beside a job on the same host whose end nobody saw, and asks only once the rest is done', () => {
    const seen = { beside: 0, asked: 0 };
    const busy = fc.record({
      plan: fc.array(jobStep, { minLength: 2, maxLength: 3 }).map((makers) =>
        plan([step('s0')], {
          always: makers.map((make, index) => ({
            ...make(`last${String(index)}`),
            ...{ hosts: ['alpha', 'beta'], critical: false, onFailure: 'continue', undo: { kind: 'none' } },
          })),
        }),
      ),
      seed: seeds,
    });
    fc.assert(
      fc.property(busy, (of) => {
        const { steps } = live({ ...of, trouble: 1, decisions: ['retry', 'retry', 'skip', 'rollback', 'abort'] });
        for (const { state, effects, chosen } of steps) {
          if (state.ending === undefined || state.aborting !== undefined) continue;
          const tasks = state.always.flatMap((each) => each.tasks);
          for (const effect of effects) {
            if (effect.do !== 'ensure_job') continue;
            const { job } = effect;
            const own = tasks.filter(({ host, outcome }) => host === job.host && outcome === 'unknown');
            if (tasks.some(({ outcome }) => outcome === 'unknown')) seen.beside += 1;
            expect(own).toEqual([]);
            // One after the other on each host.
            const others = effects.filter((each) => each.do === 'ensure_job' && each.job.host === job.host);
            expect(others).toHaveLength(1);
          }
          if (chosen.do !== 'record' || chosen.event.type !== 'prompt_opened') continue;
          const { step: id, tasks: about } = chosen.event;
          const unseen = tasks.filter(({ step, outcome }) => step === id && outcome === 'unknown');
          if (planStep(of.plan, id, 'apply').onFailure !== 'continue' || unseen.length === 0) continue;
          seen.asked += 1;
          expect(about.length).toBeGreaterThanOrEqual(1);
          expect(state.always.every(isThrough)).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
    expect(seen.beside).toBeGreaterThan(5);
    expect(seen.asked).toBeGreaterThan(5);
  });

  it('makes no end of a run better, and of a success none where it did not go well', () => {
    const seen = { worse: 0, same: 0 };
    fc.assert(
      fc.property(endings, (of) => {
        const { state } = live(of).run;
        if (state.ending === undefined) return;
        const bad = state.always
          .flatMap(({ tasks }) => tasks)
          .filter(({ outcome, skippedAt }) => skippedAt === undefined && !(outcome !== undefined && wentWell(outcome)));
        if (state.ending.status !== 'succeeded' || bad.length === 0) {
          seen.same += 1;
          if (state.aborting === undefined) expect(state.status).toBe(state.ending.status);
          return;
        }
        seen.worse += 1;
        expect(['failed', 'aborted']).toContain(state.status);
        for (const { step: id } of bad.filter(({ outcome }) => outcome !== undefined && outcome !== 'aborted'))
          expect(state.because).toContain(`step ${id} on`);
      }),
      { numRuns: 200 },
    );
    expect(seen.worse).toBeGreaterThan(2);
    expect(seen.same).toBeGreaterThan(20);
  });
});

describe('a dry run in any world', () => {
  it('starts no job, takes no lock, kills nothing, and ends without asking', () => {
    fc.assert(
      fc.property(all, (of) => {
        const { run, world } = live({ ...of, mode: 'dryrun', decisions: [] });
        const kinds = new Set(world.performed.map((effect) => effect.do));
        for (const kind of ['ensure_job', 'settle', 'kill', 'lock', 'lock_name', 'unlock'] as const)
          expect(kinds).not.toContain(kind);
        expect(world.trace).toEqual([]);
        expect(run.state.prompts).toEqual([]);
        expect(run.state.status).toBe(run.state.blocked.length === 0 ? 'succeeded' : 'failed');
      }),
      RUNS,
    );
  });
});
