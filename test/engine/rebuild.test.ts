import { beforeEach, describe, expect, it } from '@jest/globals';
import { replay } from '../../src/engine/drive.ts';
import { pickUp } from '../../src/engine/pick-up.ts';
import type { FoundJob, FoundRun, Hosts, Journal } from '../../src/engine/ports.ts';
import { rebuild, type Rebuilt } from '../../src/engine/rebuild.ts';
import { planCall } from '../../src/engine/request.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import type { Workshop } from '../../src/engine/workshop.ts';
import { createSecrets } from '../../src/host/secrets.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import type { Actor, DecisionKind, RunNote, RunState } from '../../src/run/types.ts';
import { hashOf, lineOf } from '../../src/run/chain.ts';
import { checkThread } from '../../src/thread/check-thread.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { markedBody } from '../../src/thread/marker.ts';
import { view } from '../../src/engine/view.ts';
import { finished, memoryLogs, obedientHosts } from '../github/workbench.ts';

const RUN = '20261122-7k3f';
const olivia: Actor = { kind: 'github', id: 7, login: 'olivia', right: 'admin' };
const william: Actor = { kind: 'github', id: 8, login: 'william', right: 'write' };
const WHERE = { kind: 'issue', owner: 'acme', repo: 'ops', issue: 3, comment: 41 } as const;
const CALL = { verb: 'upgrade', system: 'demo', positional: [], named: [] };

const PROCEDURE = `description: Upgrade the demo
hosts: [alpha]
facts:
  place: readlink current
steps:
  - {id: prepare, run: prepare, on_rollback: {run: back}}
  - {id: look, manual: Look at the graphs., on_rollback: {run: look back}}
  - {id: config, file: {path: '\${{ facts.place }}/conf', content: new}}
  - {id: each, loop: [x, y, z], run: do "$item", on_rollback: {run: undo "$item"}}
  - {id: speak, comment: 'Half way.'}
  - {id: last, run: use "$said", env: {said: '\${{ steps.prepare.stdout }}'}, on_rollback: {leave: a test}}
`;

const job = (step: string, more: Partial<FoundJob['job']> = {}): FoundJob['job'] => ({
  ...{ step, item: '-', host: 'alpha', phase: 'apply', attempt: 1 },
  ...more,
});
const claim = { pid: 7, bootId: 'b', init: '1' };
const didEnd = (key: FoundJob['job'], end: 'done' | 'failed' = 'done', out = 0): FoundJob => ({
  ...{ job: key, state: 'ended', head: 'a'.repeat(64), claim },
  report: { ...finished(end), bytes: { out, err: 0 } } as NonNullable<FoundJob['report']>,
});

let journal: Journal;
let found: FoundRun;
let started: readonly string[];
let workshop: Workshop;

beforeEach(() => {
  journal = createMemoryJournal({ clock: systemClock, worker: 'test' });
  const hosts = obedientHosts();
  started = hosts.jobs;
  const asked: Hosts = {
    ...hosts,
    host: (host) => ({
      ...hosts.host(host),
      jobs: () => Promise.resolve({ kind: 'ok', value: found }),
      // Nothing of their output is there any more.
      settle: () => Promise.resolve({ kind: 'unknown', why: 'the host has lost part of its output' }),
    }),
  };
  const files: Readonly<Record<string, string>> = {
    'inventory.yml': 'hosts:\n  alpha: {address: alpha.example.org, user: root}\n',
    'procedures/demo/upgrade.yml': PROCEDURE,
  };
  workshop = {
    ...{ hosts: asked, journal, logs: memoryLogs(), secrets: createSecrets({}), clock: systemClock, worker: 'test' },
    source: {
      head: () => Promise.resolve(null),
      read: (_commit, path) => Promise.resolve(files[path]),
      list: () => Promise.resolve(Object.keys(files)),
    },
    conversation: { changed: () => undefined, settled: () => Promise.resolve() },
  };
});

async function noteWith(more: Partial<RunNote> = {}): Promise<RunNote> {
  const planned = await planCall(workshop, CALL);
  if (planned.kind !== 'planned') throw new Error(JSON.stringify(planned));
  const { verb, system, plan_digest, procedure_digest } = planned.plan;
  return {
    ...{ verb, system, plan_digest, procedure_digest, commit: 'c0ffee', by: olivia, where: WHERE },
    ...{ at: '2026-11-21T23:59:00.000Z', approvals: [] },
    ...more,
  };
}

async function anew(...jobs: readonly FoundJob[]): Promise<RunState> {
  found = { jobs, epoch: 4, note: await noteWith() };
  expect(await rebuild(workshop, RUN, CALL)).toEqual({ kind: 'rebuilt', hosts: ['alpha'] } satisfies Rebuilt);
  return stateNow();
}

async function stateNow(): Promise<RunState> {
  const read = await journal.read(RUN);
  if (read.kind !== 'ok') throw new Error(read.kind);
  return replay(read.events);
}

async function decide(kind: DecisionKind): Promise<RunState> {
  const picked = await pickUp(workshop, RUN, true);
  if (picked.kind !== 'working') throw new Error(JSON.stringify(picked));
  expect(await picked.drive.decide({ kind }, william)).toMatchObject({ ok: true });
  await picked.drive.ended;
  return stateNow();
}

const stepNow = ({ steps }: RunState, id: string) => steps.find((step) => step.id === id);
const outcomes = (state: RunState, id: string): readonly unknown[] =>
  (stepNow(state, id)?.tasks ?? []).map(({ item, outcome }) => [item, outcome]);

describe('a record made anew', () => {
  const most = [
    didEnd(job('prepare'), 'done', 5),
    didEnd(job('config')),
    didEnd(job('each', { item: 'x' })),
    didEnd(job('each', { item: 'y' }), 'failed'),
  ];

  it('is of who asked, where and when, by a later epoch than any host has seen, and waits', async () => {
    const state = await anew(...most);
    expect(state).toMatchObject({
      ...{ run: RUN, by: olivia, where: WHERE, requestedAt: '2026-11-21T23:59:00.000Z', epoch: 5, status: 'waiting' },
      plan: { commit: 'c0ffee' },
      rebuilt: { hosts: ['alpha'], epoch: 5 },
    });
    expect(state.prompts).toMatchObject([{ id: 'p501', step: 'each', answers: ['continue', 'rollback', 'abort'] }]);
    expect(started).toEqual([]);
  });

  it('tells what ended, what was passed, and leaves open what had not begun', async () => {
    const state = await anew(...most);
    expect(outcomes(state, 'prepare')).toEqual([['-', 'changed']]);
    expect(outcomes(state, 'look')).toEqual([['-', 'unknown']]);
    expect(outcomes(state, 'config')).toEqual([['-', 'changed']]);
    expect(outcomes(state, 'each')).toEqual([
      ['x', 'changed'],
      ['y', 'failed'],
      ['z', undefined],
    ]);
    expect(stepNow(state, 'speak')?.status).toBe('pending');
  });

  it('shows people what it does not know', async () => {
    const state = await anew(...most);
    const body = commentsOf(state, view).find(({ body: text }) => text.includes('kind=prompt-p501'))?.body ?? '';
    expect(body).toContain('The run’s journal was lost'.replace('’', "'"));
    for (const part of [
      'look on alpha (unknown): it did not end well, or a person was asked for it',
      'config on alpha: with which values it was done is not known',
      'each on alpha for y (failed): it did not end well',
      'prepare on alpha: what it printed is lost',
    ]) {
      expect(body).toContain(part);
    }
  });

  it('lets the comments of the record that was lost stand, and says that they were not compared', async () => {
    const state = await anew(...most);
    const read = await journal.read(RUN);
    const hashes = read.kind === 'ok' ? read.events.map((event) => hashOf(lineOf(event))) : [];
    const ours = commentsOf(state, view).map(({ body }, index) => ({ url: `#${String(index)}`, body }));
    const old = [
      { url: '#8', body: markedBody(RUN, 'prompt-p1', 'd'.repeat(64), 'Step 4 failed.') },
      { url: '#9', body: markedBody(RUN, 'say-speak', undefined, 'Half way.') },
    ];
    const checked = checkThread({ state, hashes }, [...old, ...ours], view, undefined);
    expect(checked).toMatchObject({ broken: [], late: [], count: ours.length });
    expect(checked.notes.map(({ text }) => text)).toEqual([
      expect.stringContaining('the prompt p1 (#8) may be of the record that was lost'),
      expect.stringContaining('the comment of step speak (#9) may be of the record that was lost'),
    ]);
    const edited = ours.map((each) => ({ ...each, body: `${each.body} All is well.` }));
    expect(checkThread({ state, hashes }, edited, view, undefined).broken).toHaveLength(ours.length);
  });

  it('goes on only by somebody’s word, which is recorded, and with what had not begun', async () => {
    await anew(...most);
    const asked = await decide('continue');
    expect(stepNow(asked, 'look')?.tasks).toMatchObject([{ outcome: 'skipped', skippedAt: 'p501' }]);
    expect(asked.prompts.at(-1)).toMatchObject({ id: 'p502', step: 'each', tasks: [{ item: 'y' }] });
    expect(started).toEqual([]);
    const after = await decide('skip');
    // What a later step would need of it is lost, so that asks, rather than go on with nothing.
    expect(started).toEqual(['apply each 1']);
    expect(after.prompts.at(-1)).toMatchObject({ id: 'p503', step: 'last' });
    expect(stepNow(after, 'last')?.tasks[0]?.trouble).toContain('prepare');
  });

  it('undoes what it can, the hand’s work with it, and asks about what was done with values that are lost', async () => {
    await anew(...most);
    const state = await decide('rollback');
    expect(state.undo.map(({ id }) => id)).toEqual(['each/undo-1', 'config', 'look/undo-1', 'prepare/undo-1']);
    expect(started[0]).toBe('undo each/undo-1 1');
    expect(state.prompts.at(-1)).toMatchObject({ step: 'config', phase: 'undo' });
    expect(state.undo[1]?.tasks[0]?.trouble).toContain('undo it by hand');
    const done = await decide('skip');
    expect(done.status).toBe('failed');
    expect(started.slice(-2)).toEqual(['undo look/undo-1 1', 'undo prepare/undo-1 1']);
  });

  it('never does again what was done with values that are lost', async () => {
    await anew(didEnd(job('prepare')), didEnd(job('config'), 'failed'));
    const state = await decide('continue');
    expect(state.prompts.at(-1)).toMatchObject({ step: 'config', answers: ['skip', 'rollback', 'abort'] });
  });

  it('of a run that had begun nothing waits before its first step', async () => {
    const state = await anew();
    expect(state.prompts).toMatchObject([{ step: 'prepare', tasks: [] }]);
    await decide('continue');
    expect(started[0]).toBe('apply prepare 1');
  });

  it('takes an attempt that was voided for one that never started', async () => {
    const state = await anew({ job: job('prepare'), state: 'void' });
    expect(outcomes(state, 'prepare')).toEqual([['-', 'unreachable']]);
  });

  it('is not made where the host was told of another plan', async () => {
    found = { jobs: [], note: await noteWith({ plan_digest: 'f'.repeat(64) }) };
    const made = await rebuild(workshop, RUN, CALL);
    expect(made).toMatchObject({
      kind: 'unknown',
      texts: [expect.stringContaining('at commit c0ffee'), expect.anything()],
    });
    expect(await journal.runs()).toEqual([]);
  });
});
