import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Plan } from '../../src/plan/types.ts';
import { dryVerdict } from '../../src/run/dry.ts';
import { next } from '../../src/run/next.ts';
import { orderOf } from '../../src/run/order.ts';
import { preflightNeeds } from '../../src/run/preflight.ts';
import { readsOf } from '../../src/run/reads.ts';
import { planStep } from '../../src/run/steps.ts';
import type { Effect, FactValue, RunState } from '../../src/run/types.ts';
import { planned } from '../plan/calling.ts';
import { ended, olivia, Record } from './record.ts';
import { chance, World } from './world.ts';

type Facts = Readonly<globalThis.Record<string, FactValue>>;

const CALLER = `
description: d
params: {version: {}}
hosts: [alpha, beta]
vars: {folder: /caller, only: caller}
facts: {release: cat /caller}
steps:
  - {id: first, run: first, env: {R: '\${{ facts.release }}'}, on_rollback: {run: not first}}
  - {id: sub, WHENcall: {procedure: app/sub, with: {to: 'v\${{ params.version }}'}}}
  - {id: last, run: last, env: {HOW: '\${{ steps.sub.outcome }}'}, on_rollback: {leave: y}}
`;
const SUB = `
description: s
params: {to: {}}
hosts: [alpha, beta]
vars: {folder: '/callee/\${{ params.to }}'}
facts: {release: cat "$folder", up: {run: up, type: bool}}
steps:
  - {id: look, run: echo seen, read_only: true}
  - id: set
    run: set
    env: {F: '\${{ vars.folder }}', R: '\${{ facts.release }}', S: '\${{ steps.look.stdout }}'}
    on_rollback: {run: unset}
`;

const planOf = (when = '', sub = SUB): Plan =>
  planned({
    caller: CALLER.replace('WHEN', when === '' ? '' : `when: ${when}, `),
    callees: { 'app/sub': sub },
    params: { version: '2' },
  });

/** Lets everything go on: jobs end well, facts are as told; what each effect was, in short. */
function through(
  run: Record,
  facts: (host: string, step: string) => Facts = () => ({}),
  most = 200,
): readonly string[] {
  const done: string[] = [];
  for (let turn = 0; turn < most; turn += 1) {
    const [effect] = run.settle();
    if (effect === undefined) return done;
    if (effect.do === 'ensure_job') {
      done.push(`${effect.job.phase} ${effect.job.step} ${effect.job.host}`);
      run.add({ type: 'job_started', job: effect.job, boot_id: 'boot', pid: 4 });
      run.finish(effect.job, ended('done'), 'out\n');
    } else if (effect.do === 'observe') {
      done.push(`${effect.for} ${effect.step} ${effect.host} ${effect.facts.join()}`.trim());
      const { step, phase, host, item, attempt } = effect;
      if (effect.for === 'open' || effect.for === 'choose' || effect.for === 'foresee') {
        run.see({ for: effect.for, step, phase, host, facts: facts(host, step) });
      } else run.see({ for: effect.for, step, phase, host, item, attempt, facts: facts(host, step) });
    } else if (effect.do === 'look') {
      done.push(`look ${effect.step} ${effect.host}`);
      const look = { missing_programs: [], chdir_missing: false, sudo_missing: false };
      run.see({ for: 'look', step: effect.step, host: effect.host, item: effect.item, look });
    } else throw new Error(`not expected: ${JSON.stringify(effect)}`);
  }
  throw new Error(`it goes on for ever: ${done.slice(-5).join('; ')}`);
}

const release = (value: string): Facts => ({ release: { value } });
const outcomes = (state: RunState): readonly string[] =>
  [...state.steps, ...state.undo].flatMap(({ tasks }) =>
    tasks.map(({ step, host, outcome = '·' }) => `${step} ${host} ${outcome}`),
  );

describe('a called step', () => {
  it('knows its own procedure’s params, vars, facts and steps, and nothing of the caller’s', () => {
    const run = new Record(planOf());
    const orders: globalThis.Record<string, unknown> = {};
    const scripts: globalThis.Record<string, unknown> = {};
    for (let turn = 0; turn < 40; turn += 1) {
      const [effect] = run.settle();
      if (effect === undefined) break;
      if (effect.do === 'observe') scripts[effect.step] = readsOf(run.state, effect).map(({ script }) => script.text);
      if (effect.do === 'ensure_job') orders[effect.job.step] = orderOf(run.state, effect.job, 1).env;
      advance(run, () => release('1.5'));
    }
    expect(scripts).toEqual({ first: ['cat /caller'], 'sub/set': ['cat "$folder"'] });
    expect(orders).toEqual({
      first: { version: '2', folder: '/caller', only: 'caller', R: '1.5' },
      'sub/look': { to: 'v2', folder: '/callee/v2' },
      'sub/set': { to: 'v2', folder: '/callee/v2', F: '/callee/v2', R: '1.5', S: 'out' },
      last: { version: '2', folder: '/caller', only: 'caller', HOW: 'changed' },
    });
    expect(run.state.status).toBe('succeeded');
    expect(run.replayed()).toEqual(run.state);
  });

  it('is undone as it says, the last first, with what it knew', () => {
    const run = new Record(planOf());
    for (let turn = 0; turn < 40 && !run.settle().some(isJobOf('last')); turn += 1) advance(run, () => release('1'));
    run.job(ended('failed'));
    run.job(ended('failed'));
    expect(run.settle()).toEqual([]);
    expect(run.decide('rollback')).toMatchObject({ ok: true });
    for (let turn = 0; turn < 10 && !run.settle().some(isJobOf('sub/set/undo-1')); turn += 1)
      advance(run, () => release('1'));
    const due = run.due();
    expect(due).toMatchObject({ step: 'sub/set/undo-1', phase: 'undo' });
    expect(orderOf(run.state, due, 1).env).toMatchObject({ to: 'v2', folder: '/callee/v2', R: '1' });
    expect(through(run, () => release('1'))).toEqual([
      'undo sub/set/undo-1 alpha',
      'undo sub/set/undo-1 beta',
      ...['open first/undo-1 alpha release', 'open first/undo-1 beta release'],
      'undo first/undo-1 alpha',
      'undo first/undo-1 beta',
    ]);
    expect(run.state.status).toBe('rolled_back');
  });

  it('has its facts’ scripts looked through on its hosts before anything starts', () => {
    const { state } = new Record(planOf());
    expect(preflightNeeds(state, 'alpha').scripts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['fact release', 'fact sub/release', 'fact sub/up', 'step sub/set']),
    );
  });
});

const isJobOf =
  (step: string) =>
  (effect: Effect): boolean =>
    effect.do === 'ensure_job' && effect.job.step === step;

/** One effect further. */
function advance(run: Record, facts: (host: string, step: string) => Facts): void {
  try {
    through(run, facts, 1);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('it goes on')) throw error;
  }
}

describe('the condition of a call', () => {
  const WHEN = "facts.release != 'new'";

  it('decides once on each host, whatever changes after', () => {
    const run = new Record(planOf(WHEN));
    const seen = through(run, (host, step) => {
      // Once it has decided, the fact is otherwise everywhere.
      return release(step === 'sub' && host === 'alpha' ? 'old' : 'new');
    });
    expect(seen.filter((each) => each.includes('sub'))).toEqual([
      ...['open sub alpha release', 'open sub beta release', 'check sub alpha'],
      'apply sub/look alpha',
      'open sub/set alpha release',
      'apply sub/set alpha',
    ]);
    expect(outcomes(run.state).filter((each) => each.includes('sub'))).toEqual([
      ...['sub alpha ok', 'sub beta skipped'],
      ...['sub/look alpha ok', 'sub/look beta skipped'],
      ...['sub/set alpha changed', 'sub/set beta skipped'],
    ]);
    const { env } = run.state.steps.at(-1)?.tasks[1] ?? {};
    expect(env).toMatchObject({ HOW: 'skipped' });
  });

  it('passes the call over where a person skips it', () => {
    const run = new Record(planOf(WHEN));
    through(run, (host, step) => (step === 'sub' && host === 'beta' ? { release: { trouble: 'no' } } : release('old')));
    expect(run.state.prompts).toMatchObject([{ step: 'sub', tasks: [{ host: 'beta' }] }]);
    expect(run.decide('skip')).toMatchObject({ ok: true });
    through(run, () => release('old'));
    expect(run.state.status).toBe('succeeded');
    expect(outcomes(run.state)).toEqual(expect.arrayContaining(['sub/set alpha changed', 'sub/set beta skipped']));
  });

  const CHOOSES = `
description: s
params: {to: {}}
hosts: [alpha, beta]
facts: {up: {run: up, type: bool}}
steps:
  - {id: set, on: up=true, run: set, on_rollback: {leave: y}}
`;

  it('leaves out of a choice by facts the hosts on which the call is passed over', () => {
    const some = new Record(planOf(WHEN, CHOOSES));
    const seen = through(some, (host, step) =>
      step === 'sub/set' ? { up: { value: true } } : release(host === 'alpha' ? 'old' : 'new'),
    );
    expect(seen.filter((each) => each.startsWith('choose'))).toEqual(['choose sub/set alpha up']);
    expect(outcomes(some.state).filter((each) => each.startsWith('sub/'))).toEqual(['sub/set alpha changed']);
  });

  it('asks nothing where the call is passed over everywhere', () => {
    const none = new Record(planOf(WHEN, CHOOSES));
    const seen = through(none, () => release('new'));
    expect(seen.filter((each) => each.includes('sub/'))).toEqual([]);
    expect(none.state.status).toBe('succeeded');
  });

  it('is a doubt in a dry run where an earlier step may change it', () => {
    const run = new Record(planOf(WHEN), 'dryrun');
    through(run, () => release('old'));
    const [gate, , set] = run.state.steps.slice(1);
    expect(gate?.tasks[0]?.undetermined).toContain('step first would run before');
    expect(set?.tasks[0]?.undetermined).toContain('whether sub is called is not known yet');
    expect(dryVerdict(planStep(run.state.plan, 'sub', 'apply'), gate!.tasks[0]!)).toBe('undetermined');
    expect(run.state.status).toBe('succeeded');
  });

  it('is no doubt in a dry run where the call has no condition, though something follows its undo', () => {
    const sub = `description: s\nparams: {to: {}}\nhosts: [alpha]\nsteps: [{id: set, run: set, on_rollback: {leave: y}}]\nrollback: [{comment: back}]\n`;
    const run = new Record(planOf('', sub), 'dryrun');
    through(run, () => ({}));
    const verdicts = run.state.steps.map(({ id, tasks: [task] }) => [
      id,
      task && dryVerdict(planStep(run.state.plan, id, 'apply'), task),
    ]);
    expect(verdicts).toContainEqual(['sub', 'looked_at']);
    expect(verdicts).toContainEqual(['sub/set', 'would_change']);
  });

  it('is not asked again after others have had the hosts', () => {
    const caller = `
description: d
hosts: [alpha]
facts: {release: cat /caller, fit: {run: fit, type: bool}}
steps:
  - {id: fits, assert: facts.fit}
  - {id: sub, when: facts.release != 'new', call: app/sub}
  - {id: hand, manual: {instructions: do it, unlock: true}}
`;
    const sub = `description: s\nhosts: [alpha]\nsteps: [{id: fits, assert: {run: fits}}]\n`;
    const run = new Record(planned({ caller, callees: { 'app/sub': sub } }));
    const facts = (): Facts => ({ fit: { value: true }, ...release('old') });
    const pass = (most: number): readonly string[] => {
      const done: string[] = [];
      for (let turn = 0; turn < most; turn += 1) {
        const [effect] = run.settle();
        if (effect === undefined) break;
        if (effect.do === 'unlock') run.see({ for: 'unlock', host: effect.host });
        else if (effect.do === 'observe' && effect.for === 'check' && effect.step === 'sub/fits') {
          done.push('check sub/fits');
          const { step, phase, host, item, attempt } = effect;
          const condition = { exit_code: 0, stdout: '', stderr: '' };
          run.see({ for: 'check', step, phase, host, item, attempt, facts: {}, condition });
        } else {
          done.push(effect.do === 'observe' ? `${effect.for} ${effect.step}` : effect.do);
          advance(run, facts);
        }
      }
      return done;
    };
    expect(pass(20)).toEqual(['check fits', 'open sub', 'check sub', 'check sub/fits']);
    run.decide('continue', undefined, olivia);
    expect(pass(20)).toEqual(['check fits', 'check sub/fits']);
    expect(run.state.status).toBe('succeeded');
  });
});

describe('what follows a rollback in a called procedure', () => {
  const AFTER = `${SUB}rollback:
  - {id: told, run: told "$to", read_only: true}
  - {id: sure, assert: "steps.told.stdout == 'out' && steps.set.outcome == 'changed'"}
`;

  /** Rolled back from the step that is due now, or asked for: what was done for it. */
  function back(run: Record, facts: (host: string) => Facts = () => release('1')): readonly string[] {
    for (let turn = 0; turn < 4 && run.settle().length > 0; turn += 1) run.job(ended('failed'));
    expect(run.decide('rollback')).toMatchObject({ ok: true });
    return through(run, facts).filter((each) => !each.startsWith('open'));
  }

  it('is done right after its own steps are undone, with what it knows, and before the steps that came before the call', () => {
    const run = new Record(planOf('', AFTER));
    for (let turn = 0; turn < 60 && !run.settle().some(isJobOf('last')); turn += 1) advance(run, () => release('1'));
    expect(back(run)).toEqual([
      ...['undo sub/set/undo-1 alpha', 'undo sub/set/undo-1 beta'],
      ...['undo sub/told alpha', 'undo sub/told beta', 'check sub/sure alpha', 'check sub/sure beta'],
      ...['undo first/undo-1 alpha', 'undo first/undo-1 beta'],
    ]);
    expect(run.state.status).toBe('rolled_back');
    const told = run.state.undo.find(({ id }) => id === 'sub/told')?.tasks[0];
    expect(orderOf(run.state, { ...told!, attempt: 1 }, 1)).toMatchObject({ env: { to: 'v2', folder: '/callee/v2' } });
    expect(run.replayed()).toEqual(run.state);
  });

  it('is done where the call was not passed over', () => {
    const run = new Record(planOf("facts.release != 'new'", AFTER));
    const facts = (host: string): Facts => release(host === 'alpha' ? 'old' : 'new');
    for (let turn = 0; turn < 60 && !run.settle().some(isJobOf('last')); turn += 1) advance(run, facts);
    expect(back(run, facts).filter((each) => each.includes('sub/'))).toEqual([
      ...['undo sub/set/undo-1 alpha', 'undo sub/told alpha', 'check sub/sure alpha'],
    ]);
    expect(run.state.status).toBe('rolled_back');
  });

  it('is not done where the run had not come to the call', () => {
    const run = new Record(planOf('', AFTER));
    for (let turn = 0; turn < 60 && !run.settle().some(isJobOf('first')); turn += 1) advance(run, () => release('1'));
    expect(back(run)).toEqual(['undo first/undo-1 alpha', 'undo first/undo-1 beta']);
  });
});

describe('a procedure of which a part is called', () => {
  const KINDS = [
    `run: do NAME "$p", env: {E: '\${{ params.p }} \${{ vars.v }} \${{ facts.free }}'}, on_rollback: {run: undo NAME}`,
    `run: do NAME, when: facts.free > 3, on_rollback: [{run: undo one NAME}, {run: undo two NAME "$v"}]`,
    `run: look NAME, read_only: true`,
    `assert: facts.free > 10`,
    `file: {path: '/etc/\${{ vars.v }}', content: '\${{ facts.version }}'}`,
    `run: do "$item" NAME, loop: [a, '\${{ facts.version }}'], serial: 1, on_rollback: {leave: y}`,
    `run: do NAME, on: up=true, retries: 1, delay: 1s, idempotent: true, reversible: false`,
    `run: do NAME, on: beta, done_when: facts.up, verify: facts.free > 1, on_failure: continue, on_rollback: {run: undo NAME}`,
    `comment: 'NAME \${{ params.p }}'`,
    `expect: {alpha: {free: '\${{ hosts.beta.facts.free }}', up: any}}`,
  ];
  const HEAD = `description: d
hosts: [alpha, beta]
params: {p: {}}
vars: {v: 'a \${{ params.p }}'}
facts: {version: version, free: {run: free, type: int}, up: {run: up, type: bool}}
steps:
`;
  /** Each step but the first also asks how the one before it in its own procedure ended. */
  const stepsOf = (kinds: readonly number[], from = 0, own = 0): string =>
    kinds
      .map((kind, index) => {
        const name = `s${String(from + index)}`;
        const env = `env: {LAST: '\${{ steps.s${String(from + index - 1)}.outcome }}'}, `;
        const more = index > own && kind === 2 ? env : '';
        return `  - {id: ${name}, ${more}${(KINDS[kind] ?? '').replaceAll('NAME', name)}}\n`;
      })
      .join('');

  /** All that is brought about, and the whole text of each order and read, whatever its steps are called. */
  function lived(plan: Plan, seed: number, trouble: number, mode: 'apply' | 'dryrun'): readonly string[] {
    const random = chance(seed);
    const world = new World(random, trouble);
    const run = new Record(plan, mode);
    const told: string[] = [];
    for (let turn = 0; run.state.endedAt === undefined && turn < 1500; turn += 1) {
      const effects = next(run.state);
      if (effects.length === 0) {
        const kind = (['retry', 'skip', 'rollback', 'abort'] as const)[Math.floor(random() * 4)] ?? 'abort';
        told.push(`${kind} ${String(run.decide(kind).ok)}`);
        continue;
      }
      const effect = effects[Math.floor(random() * effects.length)];
      if (effect === undefined) continue;
      const {
        head: _head,
        ahead: _ahead,
        ...order
      } = effect.do === 'ensure_job' ? orderOf(run.state, effect.job, 1) : {};
      const reads = effect.do === 'observe' || effect.do === 'look' ? readsOf(run.state, effect) : [];
      told.push(JSON.stringify([effect, order, reads]).replaceAll('c/s', 's'));
      for (const body of world.perform(run.state, effect)) run.add(body);
      if (world.crashed) run.add({ type: 'run_started', worker: 'heir', epoch: run.state.epoch + 1 });
      world.crashed = false;
    }
    return [...told, run.state.status];
  }

  it('does the same as the whole one, to the letter, whatever happens', () => {
    const parts = fc.array(fc.nat(KINDS.length - 1), { minLength: 1, maxLength: 3 });
    const of = fc.record({
      before: fc.array(fc.nat(KINDS.length - 1), { maxLength: 2 }),
      part: parts,
      after: fc.array(fc.nat(KINDS.length - 1), { maxLength: 2 }),
      seed: fc.nat(2 ** 31),
      trouble: fc.constantFrom(0, 0.3, 1),
      mode: fc.constantFrom('apply', 'apply', 'dryrun'),
    });
    let jobs = 0;
    fc.assert(
      fc.property(of, ({ before, part, after, seed, trouble, mode }) => {
        const [a, b] = [before.length, before.length + part.length];
        const tail = stepsOf(after, b);
        const whole = planned({
          caller: `${HEAD}${stepsOf(before)}${stepsOf(part, a)}${tail}`,
          params: { p: 'x y' },
        });
        const split = planned({
          caller: `${HEAD}${stepsOf(before)}  - {id: c, call: {procedure: app/part, with: {p: '\${{ params.p }}'}}}\n${tail}`,
          callees: { 'app/part': `${HEAD}${stepsOf(part, a)}` },
          params: { p: 'x y' },
        });
        const [one, other] = [lived(whole, seed, trouble, mode), lived(split, seed, trouble, mode)];
        expect(other).toEqual(one);
        jobs += one.filter((each) => each.includes('"ensure_job"')).length;
      }),
      { numRuns: 100 },
    );
    expect(jobs).toBeGreaterThan(100);
  });
});
