import { describe, expect, it } from '@jest/globals';
import { dryVerdict } from '../../src/run/dry.ts';
import { next } from '../../src/run/next.ts';
import { orderOf } from '../../src/run/order.ts';
import { readsOf } from '../../src/run/reads.ts';
import { planStep } from '../../src/run/steps.ts';
import type { Effect, FactValue, JobKey } from '../../src/run/types.ts';
import { check, jobWork, plan, sh, step } from './plans.ts';
import { ended, Record } from './record.ts';

const two = { hosts: ['alpha', 'beta'] };
const abc = { loop: { list: [{ lit: 'a' }, { lit: 'b' }, { lit: 'c' }] } } as const;
const upHosts = { choice: { named: [], where: [{ fact: 'up', value: true }] } } as const;
const undoStep = (id: string, more: Parameters<typeof step>[1] = {}) => step(id, { undo: { kind: 'none' }, ...more });

const jobs = (effects: readonly Effect[]): readonly string[] =>
  effects.flatMap((effect) => (effect.do === 'ensure_job' ? [`${effect.job.host} ${effect.job.item}`] : []));

/** Settles, answers every read of facts, and again, until something else is due. */
function answering(
  run: Record,
  facts: (host: string) => Readonly<globalThis.Record<string, FactValue>>,
): readonly Effect[] {
  for (let turn = 0; turn < 50; turn += 1) {
    const effects = run.settle();
    const [effect] = effects;
    if (effect?.do !== 'observe') return effects;
    const { step: id, phase, host } = effect;
    if (effect.for !== 'open' && effect.for !== 'choose' && effect.for !== 'foresee') return effects;
    run.see({ for: effect.for, step: id, phase, host, facts: facts(host) });
  }
  throw new Error('it reads for ever');
}

const end = (run: Record, job: JobKey, how: Parameters<typeof ended>[0] = 'done'): void => {
  run.add({ type: 'job_started', job, boot_id: 'boot', pid: 4 });
  run.finish(job, ended(how));
};

/** Ends every job that comes due, so long as there are any; which they were. */
function through(run: Record): readonly string[] {
  const done: string[] = [];
  for (let turn = 0; turn < 100; turn += 1) {
    const [effect] = run.settle();
    if (effect?.do !== 'ensure_job') return done;
    done.push(`${effect.job.phase} ${effect.job.step} ${effect.job.host} ${effect.job.item}`);
    end(run, effect.job);
  }
  throw new Error('it goes on for ever');
}

describe('a loop', () => {
  it('is done item by item on each host, hosts side by side, each with its own item', () => {
    const run = new Record(plan([step('one', { ...two, ...abc })]));
    expect(jobs(run.settle())).toEqual(['alpha a', 'beta a']);
    end(run, run.due());
    expect(jobs(run.settle())).toEqual(['alpha b', 'beta a']);
    expect(orderOf(run.state, run.due(), 1).env).toMatchObject({ item: 'b' });
    expect(through(run)).toEqual([
      'apply one alpha b',
      'apply one alpha c',
      'apply one beta a',
      'apply one beta b',
      'apply one beta c',
    ]);
    expect(run.state.status).toBe('succeeded');
  });

  it('has the host make ready its next items, and of later steps those of which it is known what they are for', () => {
    const looped = step('looped', abc);
    const run = new Record(plan([step('one', { ...two, ...abc }), looped, step('choosing', upHosts), step('last')]));
    answering(run, () => ({ up: { value: true } }));
    const { ahead } = orderOf(run.state, run.due(), 1);
    expect(ahead?.map(({ step: id, item, host }) => `${id} ${item} ${host}`)).toEqual([
      'one b alpha',
      'one c alpha',
      'last - alpha',
    ]);
  });

  it('keeps a host’s later items from beginning until the one that failed is answered', () => {
    const run = new Record(plan([step('one', { ...two, ...abc }), step('two')]));
    end(run, run.due(), 'failed');
    // The other host goes on; only then is anybody asked.
    expect(jobs(run.settle())).toEqual(['beta a']);
    expect(through(run)).toHaveLength(3);
    expect(run.state.prompts).toMatchObject([{ tasks: [{ host: 'alpha', item: 'a' }] }]);
    run.decide('retry');
    expect(run.due()).toMatchObject({ item: 'a', attempt: 2 });
    end(run, run.due(), 'failed');
    run.settle();
    run.decide('skip');
    expect(jobs(run.settle())).toEqual(['alpha b']);
    // The answer was about the one item: of the next somebody is asked anew.
    end(run, run.due(), 'failed');
    run.settle();
    expect(run.state.prompts.at(-1)).toMatchObject({ id: 'p3', tasks: [{ item: 'b' }] });
    expect(run.state.prompts.at(-1)?.answer).toBe(undefined);
    run.decide('skip');
    expect(through(run)).toEqual(['apply one alpha c', 'apply two alpha -']);
    expect(run.state.because).toBe(
      'step one on alpha for a was skipped at p2; step one on alpha for b was skipped at p3',
    );
  });

  it('asks a person for each item by itself', () => {
    const work = { kind: 'ask', how: 'manual', text: { expr: 'look at ${{ item }}' } } as const;
    const run = new Record(plan([step('one', { ...abc, work, undo: { kind: 'leave', reason: 'by hand' } })]));
    const asked = (): unknown => {
      run.settle();
      return run.state.prompts.at(-1)?.tasks.map(({ item }) => item);
    };
    expect(asked()).toEqual(['a']);
    run.decide('skip');
    expect(asked()).toEqual(['b']);
    run.decide('continue');
    expect(asked()).toEqual(['c']);
    run.decide('continue');
    run.settle();
    expect(run.state).toMatchObject({ status: 'succeeded', because: 'step one on alpha for a was skipped at p1' });
  });

  it('is told as skipped where it has no items, and as passed over where `when` does not hold for any', () => {
    const none = { loop: { expr: "${{ fromJSON('[]') }}" } } as const;
    const run = new Record(plan([step('one', none), step('two', { ...abc, when: { expr: 'false' } })]));
    run.settle();
    expect(run.state.steps.map(({ tasks }) => tasks)).toMatchObject([
      [{ item: '-', skip: 'empty', outcome: 'skipped' }],
      [{ item: '-', skip: 'when', outcome: 'skipped' }],
    ]);
    expect(run.state.status).toBe('succeeded');
  });

  it('asks `when` for each item, as an expression and as a script that knows it', () => {
    const run = new Record(plan([step('one', { ...abc, when: { expr: "item != 'b'" } })]));
    expect(through(run)).toEqual(['apply one alpha a', 'apply one alpha c']);
    expect(run.state.steps[0]?.tasks[1]).toMatchObject({ item: 'b', outcome: 'skipped' });

    const asked = new Record(plan([step('one', { ...abc, when: { run: sh('ask "$item"') } })]));
    const effects = asked.settle().flatMap((effect) => (effect.do === 'observe' ? [effect] : []));
    expect(effects.map(({ item }) => item)).toEqual(['a', 'b', 'c']);
    for (const effect of effects) {
      const [read] = readsOf(asked.state, effect);
      expect(read).toMatchObject({ name: 'when', setting: { env: { item: effect.item } } });
      const when = { exit_code: effect.item === 'b' ? 0 : 1, stdout: '', stderr: '' };
      asked.see({ for: 'open', step: 'one', phase: 'apply', host: 'alpha', item: effect.item, facts: {}, when });
    }
    expect(through(asked)).toEqual(['apply one alpha b']);
  });

  it('names items by their words, by their places where these are long, odd or there twice, and gives maps’ keys', () => {
    const list = [
      { lit: 'x' },
      { lit: 'x' },
      { lit: 'a b' },
      { lit: 3 },
      { lit: { port: 80 } },
      { lit: 'y'.repeat(41) },
    ];
    const names = (loop: Parameters<typeof step>[1]): unknown => {
      const run = new Record(plan([step('one', loop)]));
      run.settle();
      return run.state.steps[0]?.tasks.map(({ item, env }) => [item, env['item'], env['item_key']]);
    };
    expect(names({ loop: { list } })).toEqual([
      ['#1', 'x', undefined],
      ['#2', 'x', undefined],
      ['#3', 'a b', undefined],
      ['3', '3', undefined],
      ['#5', '{"port":80}', undefined],
      ['#6', 'y'.repeat(41), undefined],
    ]);
    expect(
      names({
        loop: {
          map: [
            ['www', { lit: 1 }],
            ['a b', { lit: 2 }],
          ],
        },
      }),
    ).toEqual([
      ['www', '1', 'www'],
      ['#2', '2', 'a b'],
    ]);
    expect(names({ loop: { expr: '${{ fromJSON(\'{"b": 1, "a": 2}\') }}' } })).toEqual([
      ['a', '2', 'a'],
      ['b', '1', 'b'],
    ]);
  });

  it('begins none of a host’s items where one cannot be resolved, and resolves them anew when asked', () => {
    const work = jobWork({ env: { V: { expr: '${{ fromJSON(item) }}' } } });
    const run = new Record(plan([step('one', { work, loop: { list: [{ lit: '1' }, { lit: 'no' }] } })]));
    run.settle();
    expect(run.state.steps[0]?.tasks).toMatchObject([
      { item: '-', outcome: 'failed', trouble: expect.stringMatching(/^no: env\.V: /) },
    ]);
    expect(run.state.prompts).toHaveLength(1);
    const wrong = new Record(plan([step('one', { loop: { expr: '${{ params.version }}' } })]));
    wrong.settle();
    expect(wrong.state.steps[0]?.tasks[0]?.trouble).toBe('loop: a list or a map is wanted, and this is "1.6"');
  });

  it('is undone item by item, the last first, each once, with the same item', () => {
    const undo = { kind: 'steps', steps: [undoStep('one/x', two), undoStep('one/y', two)] } as const;
    const run = new Record(plan([step('self', abc), step('one', { ...two, ...abc, undo }), step('bad')]));
    for (let left = 9; left > 0; left -= 1) end(run, run.due());
    end(run, run.due(), 'failed');
    run.settle();
    run.decide('rollback');
    run.settle();
    end(run, run.due());
    const job = run.due();
    expect(orderOf(run.state, job, 1)).toMatchObject({
      job: { step: 'one/x[c]', item: 'c' },
      env: { item: 'c' },
    });
    expect(through(run)).toEqual([
      ...['c', 'b', 'a'].flatMap((item) => [
        `undo one/x[${item}] alpha ${item}`,
        `undo one/x[${item}] beta ${item}`,
        `undo one/y[${item}] alpha ${item}`,
        `undo one/y[${item}] beta ${item}`,
      ]),
      'undo self alpha c',
      'undo self alpha b',
      'undo self alpha a',
    ]);
    expect(run.state.status).toBe('rolled_back');
  });

  it('undoes only what was done of it, and tells other steps how it ended as a whole', () => {
    const work = check("steps.one.outcome == 'changed'");
    const run = new Record(plan([step('one', abc), step('look', { work }), step('bad')]));
    end(run, run.due(), 'nothing');
    end(run, run.due());
    end(run, run.due(), 'nothing');
    const [seen] = run.settle();
    expect(seen).toMatchObject({ do: 'observe', for: 'check' });
    run.see({ for: 'check', step: 'look', phase: 'apply', host: 'alpha', item: '-', attempt: 1, facts: {} });
    end(run, run.due(), 'failed');
    run.settle();
    run.decide('rollback');
    expect(through(run)).toEqual(['undo bad alpha -', 'undo one alpha b']);
  });

  it('waits for each item from when its turn has come', () => {
    const wait = { kind: 'wait', until: { expr: "item == 'x'" }, everyMs: 10, atMostMs: 60_000 } as const;
    const run = new Record(plan([step('one', { work: wait, ...abc, undo: { kind: 'none' }, onFailure: 'continue' })]));
    const deadlines: string[] = [];
    for (const item of ['a', 'b', 'c']) {
      const [effect] = run.settle();
      if (effect?.do !== 'observe' || effect.poll === undefined) throw new Error('it waits for nothing');
      expect(effect.item).toBe(item);
      deadlines.push(effect.poll.deadline);
      run.see({ for: 'wait', step: 'one', phase: 'apply', host: 'alpha', item, attempt: 1, facts: {} });
    }
    expect(new Set(deadlines).size).toBe(3);
  });

  it('is not known yet in a dry run where an earlier step gives its items', () => {
    const loop = { expr: '${{ fromJSON(steps.one.stdout) }}' } as const;
    const run = new Record(plan([step('one'), step('two', { loop })]), 'dryrun');
    run.settle();
    run.see({
      for: 'look',
      step: 'one',
      host: 'alpha',
      item: '-',
      look: { missing_programs: [], chdir_missing: false, sudo_missing: false },
    });
    expect(run.settle()).toEqual([]);
    const [task] = run.state.steps[1]?.tasks ?? [];
    expect(task).toMatchObject({ item: '-', unresolved: ['loop'], undetermined: expect.stringMatching(/^loop: /) });
    expect(task && dryVerdict(planStep(run.state.plan, 'two', 'apply'), task)).toBe('undetermined');
    expect(run.state.status).toBe('succeeded');
  });
});

describe('batches', () => {
  const hosts = ['a', 'b', 'c', 'd', 'e'];

  it.each([
    [{ hosts: 2 }, [['a', 'b'], ['c', 'd'], ['e']]],
    [{ percent: 40 }, [['a', 'b'], ['c', 'd'], ['e']]],
    [{ percent: 1 }, [['a'], ['b'], ['c'], ['d'], ['e']]],
    [{ hosts: 9 }, [hosts]],
  ])('of %j are %j, fixed when the step opens', (serial, batches) => {
    const run = new Record(plan([step('one', { hosts, serial })]));
    expect(jobs(run.settle())).toEqual(batches[0]?.map((host) => `${host} -`));
    expect(run.events.at(-1)).toMatchObject({ type: 'step_opened', batches });
    expect(through(run)).toEqual(hosts.map((host) => `apply one ${host} -`));
  });

  it('are asked about one at a time; the next begins only when all of the one before is answered', () => {
    const run = new Record(plan([step('one', { hosts, serial: { hosts: 2 } })]));
    end(run, run.due(), 'failed');
    expect(jobs(run.settle())).toEqual(['b -']);
    end(run, run.due(), 'failed');
    run.settle();
    expect(run.state.prompts).toMatchObject([{ id: 'p1', tasks: [{ host: 'a' }, { host: 'b' }] }]);
    run.decide('skip');
    expect(jobs(run.settle())).toEqual(['c -', 'd -']);
    end(run, run.due(), 'failed');
    end(run, run.due());
    expect(run.settle()).toEqual([]);
    expect(run.state.prompts.at(-1)).toMatchObject({ id: 'p2', tasks: [{ host: 'c' }] });
    run.decide('rollback');
    // A rollback takes as many at a time, the last first; what never began is not undone.
    run.settle();
    expect(run.state.undo[0]?.batches).toEqual([
      ['d', 'c'],
      ['b', 'a'],
    ]);
    expect(jobs(run.settle())).toEqual(['c -', 'd -']);
  });
});

describe('retries', () => {
  const retries = { times: 2, delayMs: 60_000 };
  const again = (run: Record): string | undefined => {
    const [effect] = run.settle();
    if (effect?.do !== 'wake') return undefined;
    // Time passes: each event of this record is a second later than the one before.
    for (let left = 100; next(run.state)[0]?.do === 'wake' && left > 0; left -= 1) {
      run.see({ for: 'wake', due: effect.at });
    }
    return effect.at;
  };

  it('of an idempotent step are new attempts, each its time after the one before; then somebody is asked', () => {
    const run = new Record(plan([step('one', { idempotent: true, retries })]));
    end(run, run.due(), 'failed');
    const finishedAt = run.events.at(-1)?.at ?? '';
    const due = again(run) ?? '';
    expect(Date.parse(due) - Date.parse(finishedAt)).toBe(60_000);
    expect(run.due()).toMatchObject({ attempt: 2 });
    expect(run.replayed()).toEqual(run.state);
    end(run, run.due(), 'timed_out');
    expect(again(run)).toBeDefined();
    end(run, run.due(), 'failed');
    expect(run.settle()).toEqual([]);
    expect(run.state.prompts).toHaveLength(1);
    // Whoever asks for more gives all of them anew.
    run.decide('retry');
    end(run, run.due(), 'failed');
    expect(again(run)).toBeDefined();
    end(run, run.due());
    expect(run.settle()).toEqual([]);
    expect(run.state.status).toBe('succeeded');
    expect(run.state.steps[0]?.tasks[0]?.attempts).toHaveLength(5);
  });

  it('of another step are for what never started alone', () => {
    const run = new Record(plan([step('one', { retries })]));
    run.finish(run.due(), { kind: 'unreachable', why: 'no route' });
    expect(again(run)).toBeDefined();
    end(run, run.due(), 'failed');
    expect(run.settle()).toEqual([]);
    expect(run.state.prompts).toHaveLength(1);
  });

  it('are for a host that did not answer before the step began, too', () => {
    const work = jobWork({ env: { V: { expr: '${{ facts.version }}' } } });
    const run = new Record(plan([step('one', { work, retries })]));
    const open = { for: 'open', step: 'one', phase: 'apply', host: 'alpha' } as const;
    for (let left = 2; left > 0; left -= 1) {
      run.settle();
      run.see({ ...open, facts: {}, unreachable: 'no route' });
      expect(again(run)).toBeDefined();
    }
    run.settle();
    run.see({ ...open, facts: { version: { value: '2' } } });
    end(run, run.due());
    expect(run.settle()).toEqual([]);
    expect(run.state.status).toBe('succeeded');

    const silent = new Record(plan([step('one', { work, retries: { times: 1, delayMs: 0 } })]));
    for (let left = 2; left > 0; left -= 1) {
      silent.settle();
      silent.see({ ...open, facts: {}, unreachable: 'no route' });
    }
    silent.settle();
    expect(silent.state.steps[0]?.tasks).toMatchObject([{ outcome: 'unreachable', trouble: 'no route' }]);
    expect(silent.state.prompts).toHaveLength(1);
  });

  it('are none once somebody aborted, and one that waited for its time is known never to have started', () => {
    const run = new Record(plan([step('one', { idempotent: true, retries })]));
    end(run, run.due(), 'failed');
    run.settle();
    run.decide('abort');
    expect(run.settle()).toEqual([]);
    expect(run.state).toMatchObject({ status: 'aborted', because: 'aborted by olivia' });
  });

  it('hold back the prompt of those beside', () => {
    const run = new Record(plan([step('one', { ...two, idempotent: true, retries })]));
    end(run, run.due(), 'failed');
    const beta = run.settle().flatMap((effect) => (effect.do === 'ensure_job' ? [effect.job] : []))[0];
    if (beta === undefined) throw new Error('beta is not due');
    run.finish(beta, ended('killed'));
    expect(run.settle().map((effect) => effect.do)).toEqual(['wake']);
    expect(run.state.prompts).toEqual([]);
  });
});

describe('hosts chosen by a fact', () => {
  const up =
    (...hosts: readonly string[]) =>
    (host: string) => ({ up: { value: hosts.includes(host) } });

  it('are chosen by what it says when the step begins, and stay chosen, for the undo too', () => {
    const undo = { kind: 'steps', steps: [undoStep('one/x', { ...two, onChosen: true })] } as const;
    const run = new Record(plan([step('zero', two), step('one', { ...two, ...upHosts, undo }), step('bad', two)]));
    end(run, run.due());
    end(run, run.due());
    expect(jobs(answering(run, up('beta')))).toEqual(['beta -']);
    expect(run.events.at(-1)).toMatchObject({ type: 'step_opened', chosen: ['beta'], tasks: [{ host: 'beta' }] });
    expect(run.events.filter((event) => event.type === 'observed' && event.for === 'choose')).toHaveLength(2);
    // Whoever picks the run up goes by the record, whatever the hosts say now.
    expect(next(run.replayed())).toEqual(next(run.state));
    end(run, run.due());
    end(run, run.due(), 'failed');
    end(run, run.due(), 'failed');
    run.settle();
    run.decide('rollback');
    expect(through(run)).toEqual([
      'undo bad alpha -',
      'undo bad beta -',
      'undo one/x beta -',
      'undo zero alpha -',
      'undo zero beta -',
    ]);
  });

  it('are compared by the fact’s type, beside hosts that are named', () => {
    const choice = { named: ['alpha'], where: [{ fact: 'free', value: 3 }] };
    const run = new Record(plan([step('one', { hosts: ['alpha', 'beta', 'gamma'], choice })]));
    const free = (host: string) => ({ free: { value: host === 'beta' ? 3 : '3' } });
    expect(jobs(answering(run, free))).toEqual(['alpha -', 'beta -']);
    expect(
      run.events.some((event) => event.type === 'observed' && event.for === 'choose' && event.host === 'alpha'),
    ).toBe(false);
  });

  it('are the first of them with run_once, and too many past max_hosts', () => {
    const once = new Record(plan([step('one', { ...two, ...upHosts, runOnce: true })]));
    expect(jobs(answering(once, up('alpha', 'beta')))).toEqual(['alpha -']);
    const many = new Record(plan([step('one', { ...two, ...upHosts, maxHosts: 1 })]));
    answering(many, up('alpha', 'beta'));
    expect(many.state).toMatchObject({
      status: 'failed',
      blocked: [
        'alpha: step one: 2 hosts are meant (alpha, beta), and max_hosts is 1',
        'beta: step one: 2 hosts are meant (alpha, beta), and max_hosts is 1',
      ],
    });
  });

  it('that are none, or cannot be read, block a run before anything is touched', () => {
    const steps = [step('zero'), step('one', { hosts: ['beta'], ...upHosts })];
    const none = new Record(plan(steps));
    answering(none, up());
    expect(none.state.blocked).toEqual(['beta: step one: no host is meant by up=true: here up is false']);
    expect(none.state.status).toBe('failed');
    expect(none.state.steps[0]?.tasks).toEqual([]);
    const unread = new Record(plan(steps));
    answering(unread, () => ({ up: { trouble: 'its script exited 127' } }));
    expect(unread.state.blocked).toEqual([
      'beta: step one: which hosts are meant by up=true is not known: fact up: its script exited 127',
    ]);
  });

  it('that an earlier step may change are asked about when the step begins, and never passed over in silence', () => {
    const run = new Record(plan([step('zero', two), step('one', { ...two, ...upHosts })]));
    end(run, run.due());
    end(run, run.due());
    expect(answering(run, up())).toEqual([]);
    expect(run.state.prompts).toMatchObject([{ step: 'one', tasks: [{ host: 'alpha' }, { host: 'beta' }] }]);
    // A retry chooses anew: nothing was begun.
    run.decide('retry');
    expect(jobs(answering(run, up('alpha')))).toEqual(['alpha -']);
    end(run, run.due());
    expect(run.settle()).toEqual([]);
    expect(run.state.status).toBe('succeeded');
  });

  it('are none at all where one host does not answer: it might be the one that is meant', () => {
    const run = new Record(plan([step('zero', two), step('one', { ...two, ...upHosts })]));
    end(run, run.due());
    end(run, run.due());
    run.settle();
    run.see({ for: 'choose', step: 'one', phase: 'apply', host: 'alpha', facts: { up: { value: true } } });
    run.see({ for: 'choose', step: 'one', phase: 'apply', host: 'beta', facts: {}, unreachable: 'no route' });
    expect(run.settle()).toEqual([]);
    expect(run.state.steps[1]?.tasks).toMatchObject([{ host: 'beta', outcome: 'unreachable' }]);
    run.decide('skip');
    run.settle();
    expect(run.state).toMatchObject({ status: 'succeeded', because: 'step one on beta was skipped at p1' });
  });

  it('in a dry run are those of now, not to be known where an earlier step may make them others', () => {
    const fine = { missing_programs: [], chdir_missing: false, sudo_missing: false };
    const late = new Record(plan([step('zero', two), step('one', { ...two, ...upHosts })]), 'dryrun');
    for (const host of ['alpha', 'beta']) {
      late.settle();
      late.see({ for: 'look', step: 'zero', host, item: '-', look: fine });
    }
    answering(late, up('beta'));
    late.see({ for: 'look', step: 'one', host: 'beta', item: '-', look: fine });
    expect(late.state.steps[1]?.tasks).toMatchObject([
      {
        host: 'beta',
        undetermined: expect.stringMatching(/^step zero would run before; by up=true this host is meant as of now/),
      },
    ]);
    const early = new Record(plan([step('one', { ...two, ...upHosts })]), 'dryrun');
    answering(early, up());
    expect(early.state.status).toBe('failed');
    expect(early.state.blocked).toEqual([
      'alpha: step one: no host is meant by up=true: here up is false',
      'beta: step one: no host is meant by up=true: here up is false',
    ]);
    const later = new Record(plan([step('zero', two), step('one', { ...two, ...upHosts })]), 'dryrun');
    for (const host of ['alpha', 'beta']) {
      later.settle();
      later.see({ for: 'look', step: 'zero', host, item: '-', look: fine });
    }
    answering(later, up());
    expect(later.state).toMatchObject({ status: 'succeeded', blocked: [] });
    expect(later.state.steps[1]?.tasks).toMatchObject([{ unresolved: ['on'] }, { unresolved: ['on'] }]);
  });
});
