import { describe, expect, it } from '@jest/globals';
import { actions } from '../../src/actions/index.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { FILES, INVENTORY, inventoryOf, planned, problemsOf, procedureOf, PROCEDURE, stepOf } from './fixture.ts';

describe('a plan', () => {
  const plan = planned();
  const minimal = (rest: string, hosts = 'hosts: web'): string => `description: x\n${hosts}\n${rest}`;

  it('names its hosts in the order of the procedure, groups spread out, each with its way there', () => {
    expect(plan.hosts).toEqual([
      {
        name: 'web1',
        address: 'web1.example',
        port: 22,
        user: 'ops',
        key: '~/.ssh/id',
        hostKey: `SHA256:${'a'.repeat(43)}`,
        via: { name: 'bastion', address: 'bastion.example', port: 22, user: 'jump', vars: {} },
        vars: { root: '/srv/pryv', target: '/var/pryv1.6' },
      },
      {
        name: 'web2',
        address: 'web2.example',
        port: 2222,
        user: 'ops',
        vars: { root: '/var/pryv', target: '/var/pryv1.6' },
      },
      {
        name: 'db',
        address: 'db.example',
        port: 22,
        user: 'root',
        vars: { root: '/var/pryv', target: '/var/pryv1.6', only: 'here' },
      },
    ]);
  });

  it('takes each step to its hosts, in the plan’s order', () => {
    expect(plan.steps.map(({ id, hosts }) => [id, hosts])).toEqual([
      ['look', ['web1', 'web2', 'db']],
      ['stop', ['web1', 'web2']],
      ['switch', ['web2', 'db']],
      ['drop', ['web1', 'web2', 'db']],
      ['dump', ['web1', 'web2', 'db']],
      ['step-6', ['web1', 'web2', 'db']],
      ['step-7', ['web1']],
    ]);
  });

  it('says of each step how it is undone', () => {
    expect(plan.steps.map(({ id, undo }) => [id, undo.kind])).toEqual([
      ['look', 'none'],
      ['stop', 'steps'],
      ['switch', 'self'],
      ['drop', 'irreversible'],
      ['dump', 'leave'],
      ['step-6', 'none'],
      ['step-7', 'none'],
    ]);
    expect(stepOf(plan, 'dump').undo).toEqual({ kind: 'leave', reason: 'the dump is kept' });
  });

  it('lets the steps of on_rollback inherit where, as whom and with what their step runs', () => {
    const stop = stepOf(plan, 'stop');
    if (stop.undo.kind !== 'steps') throw new Error('no steps');
    const [start, tell] = stop.undo.steps;
    expect(start).toMatchObject({
      id: 'stop/undo-1',
      hosts: ['web1', 'web2'],
      becomeUser: 'root',
      chdir: { expr: '${{ vars.root }}' },
      undo: { kind: 'none' },
    });
    expect(start?.work).toMatchObject({ env: { EXTRA: { expr: '${{ facts.free }}' } } });
    expect(tell).toMatchObject({ id: 'stop/tell', work: { kind: 'say' } });
  });

  it('adds the step’s env to the work’s own variables', () => {
    expect(stepOf(plan, 'stop').work).toMatchObject({ env: { EXTRA: { expr: '${{ facts.free }}' } } });
    expect(stepOf(plan, 'switch').work).toMatchObject({ env: { CO_PATH: { expr: '${{ vars.root }}' } } });
  });

  it('keeps conditions that are expressions beside the work, and puts scripts into it', () => {
    expect(stepOf(plan, 'switch')).toMatchObject({ doneWhen: 'facts.free == 3', verify: 'facts.free > 1' });
    const stop = stepOf(plan, 'stop');
    expect(stop).not.toHaveProperty('doneWhen');
    expect(stop).not.toHaveProperty('verify');
    expect(stop.work).toMatchObject({
      env: { CO_DONE_WHEN: { lit: '! docker ps | grep -q pryv' } },
      probe: { shell: 'sh' },
      verify: { shell: 'sh', text: 'docker ps' },
    });
    expect(stepOf(plan, 'step-6').work).toMatchObject({ kind: 'wait', atMostMs: 90_000 });
  });

  it('holds the text of a file beside the procedure as if it were written in it', () => {
    const procedure = minimal('steps:\n  - {id: conf, file: {path: /etc/app.conf, src: files/app.conf}}\n');
    const made = planned({ procedure, texts: { 'files/app.conf': 'a ${{ b }}\n' } });
    expect(stepOf(made, 'conf').work).toMatchObject({ stdin: { lit: 'a ${{ b }}\n' } });
    expect(() => planned({ procedure })).toThrow('files/app.conf was not read');
  });

  it('can be written down and read again', () => {
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('is the same for the same request', () => {
    expect(planned()).toEqual(plan);
  });

  const steps = 'steps:\n  - comment: x\n';

  it.each([
    ['an unknown host', minimal(steps, 'hosts: wbe'), 'no host or group "wbe"; did you mean "web"?'],
    ['a step outside', minimal('steps:\n  - {comment: x, on: db}\n'), 'on: db is not among'],
    ['an unknown host of a step', minimal('steps:\n  - {comment: x, on: wbe1}\n'), 'did you mean "web1"?'],
    [
      'a var without value',
      minimal(`params: {p: {required: false}}\nvars: {v: 'a\${{ params.p }}'}\n${steps}`),
      'vars.v: params.p is not known',
    ],
  ])('is refused for %s', (_, procedure, words) => {
    expect(problemsOf({ procedure })).toContain(words);
  });

  it('is refused where a host param is none of its hosts, and where the way to a host goes round in a circle', () => {
    const procedure = minimal(`params: {box: {type: host}}\n${steps}`);
    expect(problemsOf({ procedure, params: { box: 'db' } })).toContain("db is none of the procedure's hosts");
    // The reader of inventories refuses such a circle too; the plan does not rest on that.
    const inventory = inventoryOf(INVENTORY);
    const round = {
      ...inventory,
      hosts: { ...inventory.hosts, bastion: { ...inventory.hosts['bastion']!, via: 'web1' } },
    };
    const request = {
      procedure: procedureOf(PROCEDURE),
      params: { version: '1.6' },
      files: FILES,
      texts: new Map(),
      commit: null,
      actions,
    };
    expect(makePlan({ ...request, inventory: round })).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('goes round in a circle') }],
    });
  });
});

describe('a step with preflight: true', () => {
  it.each([
    ['run: x', ['preflight/fits', 'first', 'fits']],
    ['manual: do it', ['preflight/fits', 'first', 'fits']],
    ['manual: look at it\n    read_only: true', ['first', 'fits']],
    ['approve: {}', ['first', 'fits']],
  ])('stands before the first change too, also where that is somebody’s: %s', (first, ids) => {
    const undone = first === 'run: x' ? '\n    on_rollback: {leave: y}' : '';
    const text = `description: x\nhosts: web\nsteps:\n  - id: first\n    ${first}${undone}\n  - {id: fits, preflight: true, assert: {run: x}}\n`;
    expect(planned({ procedure: text }).steps.map(({ id }) => id)).toEqual(ids);
  });
});

describe('the steps at a run’s end', () => {
  const ENDINGS = `${PROCEDURE}
rollback:
  - {id: check, run: docker ps, on: web, become: true}
always:
  - {id: free, run: page off}
  - comment: over
`;

  it('stand in the plan, and are not undone', () => {
    const { rollback, always } = planned({ procedure: ENDINGS });
    expect(rollback).toMatchObject([{ id: 'check', hosts: ['web1', 'web2'], becomeUser: 'root', onFailure: 'prompt' }]);
    expect(always).toMatchObject([
      { id: 'free', hosts: ['web1', 'web2', 'db'], readOnly: false, onFailure: 'continue' },
      { id: 'always-2', hosts: ['web1'], readOnly: true },
    ]);
    for (const { undo } of [...(rollback ?? []), ...(always ?? [])]) expect(undo).toEqual({ kind: 'none' });
    expect(planned()).not.toHaveProperty('always');
  });

  it('are part of what an approval names, and of what a rehearsal proves', () => {
    const { plan_digest } = planned({ procedure: ENDINGS });
    for (const [from, to] of [
      ['docker ps, on', 'docker ps -a, on'],
      ['page off', 'page on'],
      ['comment: over', 'comment: out'],
    ] as const) {
      expect(planned({ procedure: ENDINGS.replace(from, to) }).plan_digest).not.toBe(plan_digest);
    }
    expect(planned().plan_digest).not.toBe(plan_digest);
  });

  it('are held to the inventory', () => {
    const wrong = (from: string, to: string): string => problemsOf({ procedure: ENDINGS.replace(from, to) });
    expect(wrong('on: web, become', 'on: bastion, become')).toContain('step check: on: bastion is not among');
  });
});
