import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../src/language/types.ts';
import { lintCalls } from '../../src/plan/callees.ts';
import type { Plan } from '../../src/plan/types.ts';
import { calleesOf, type Calling, made, planned as plannedOf, readProcedure, type Texts, told } from './calling.ts';
import { inventoryOf } from './fixture.ts';

const INVENTORY = `
hosts:
  web1: {address: web1.example, user: ops, vars: {root: /srv/one}}
  web2: {address: web2.example, user: ops}
  db: {address: db.example, user: root, vars: {only: here}}
groups:
  web: [web1, web2]
`;

const CALLER = `
description: an upgrade
params: {version: {}, to: {type: host, default: web1}, note: {required: false}}
hosts: [web, db]
vars: {root: /var/app, same: '/opt/\${{ params.version }}'}
facts: {free: {run: df, type: int}}
steps:
  - {id: before, run: 'true', read_only: true}
  - id: stop
    call: {procedure: app/stop, with: {release: 'r\${{ params.version }}', grace: 5, folder: '\${{ vars.same }}'}}
  - {id: after, run: x, on_rollback: {leave: y}}
`;

const STOP = `
description: Stop it
params: {release: {pattern: 'r\\d(\\.\\d)?'}, grace: {type: int, default: 1}, folder: {default: /srv}, force: {type: bool, required: false}}
hosts: [web]
vars: {root: '\${{ params.folder }}/stop'}
facts: {free: stat /, up: {run: up, type: bool}}
defaults: {become: true}
steps:
  - {id: nginx, name: Stop nginx, run: stop nginx, on: web2, on_rollback: [{run: start nginx}]}
  - {id: note, comment: stopped}
`;

const given = (
  caller = CALLER,
  callees: Texts = { 'app/stop': STOP },
  params: Readonly<Record<string, Json>> = {},
): Calling => ({ caller, callees, params: { version: '1.6', to: 'web1', ...params }, inventory: INVENTORY });

const planned = (...of: Parameters<typeof given>): Plan => plannedOf(given(...of));

const problemsOf = (...of: Parameters<typeof given>): readonly string[] => {
  const result = made(given(...of));
  return result.ok ? [] : told(result.problems);
};

describe('a call in a plan', () => {
  it('is the steps of the called procedure in its place, named after it', () => {
    const { steps } = planned();
    expect(steps.map(({ id, name, call, hosts, becomeUser }) => [id, name, call, hosts, becomeUser])).toEqual([
      ['before', 'before', undefined, ['web1', 'web2', 'db'], undefined],
      ['stop/nginx', 'Stop nginx', 'stop', ['web2'], 'root'],
      ['stop/note', 'stop/note', 'stop', ['web1'], 'root'],
      ['after', 'after', undefined, ['web1', 'web2', 'db'], undefined],
    ]);
    expect(steps[1]?.undo).toMatchObject({ kind: 'steps', steps: [{ id: 'stop/nginx/undo-1', call: 'stop' }] });
  });

  it('gives the called procedure its own params, vars and facts, and nothing of the caller’s', () => {
    const { calls, params } = planned();
    expect(params).toEqual({ version: '1.6', to: 'web1' });
    expect(calls).toEqual({
      stop: {
        procedure: 'app/stop',
        file: 'procedures/app/stop.yml',
        params: { release: 'r1.6', grace: 5, folder: '/opt/1.6' },
        // A host's own vars win, as ever; the caller's are not there.
        vars: { web1: { root: '/srv/one' }, web2: { root: '/opt/1.6/stop' } },
        facts: expect.objectContaining({ up: expect.anything(), free: expect.objectContaining({ type: 'string' }) }),
      },
    });
  });

  it('has a step that decides, on the hosts of the called procedure, where it has a condition', () => {
    const { steps } = planned(CALLER.replace('id: stop\n', 'id: stop\n    when: facts.free > 3\n'));
    expect(steps.map(({ id }) => id)).toEqual(['before', 'stop', 'stop/nginx', 'stop/note', 'after']);
    expect(steps[1]).toMatchObject({
      action: 'call',
      when: { expr: 'facts.free > 3' },
      hosts: ['web1', 'web2'],
      readOnly: true,
      undo: { kind: 'none' },
    });
    expect(steps[1]).not.toHaveProperty('call');
  });

  it('nests', () => {
    const outer = `
description: All
params: {release: {}}
hosts: [web]
steps:
  - {id: in, when: params.release != '', call: {procedure: app/stop, with: {release: '\${{ params.release }}'}}}
`;
    const caller = CALLER.replace(/procedure: app\/stop, with: .*/, 'procedure: app/all, with: {release: r2}}');
    const { steps, calls } = planned(caller, { 'app/all': outer, 'app/stop': STOP });
    expect(steps.map(({ id, call }) => [id, call])).toEqual([
      ['before', undefined],
      ['stop/in', 'stop'],
      ['stop/in/nginx', 'stop/in'],
      ['stop/in/note', 'stop/in'],
      ['after', undefined],
    ]);
    expect(Object.keys(calls ?? {}).sort()).toEqual(['stop', 'stop/in']);
    expect(calls?.['stop/in']?.params).toMatchObject({ release: 'r2', grace: 1 });
  });

  it('is approved with what it comes to: its params, vars and steps are in the plan’s digest', () => {
    const { plan_digest: digest } = planned();
    expect(planned().plan_digest).toBe(digest);
    for (const [from, to] of [
      ['grace: 5', 'grace: 6'],
      ['app/stop, with', 'app/halt, with'],
    ] as const) {
      const callees = { 'app/stop': STOP, 'app/halt': STOP };
      expect(planned(CALLER.replace(from, to), callees).plan_digest).not.toBe(digest);
    }
    expect(planned(CALLER, { 'app/stop': STOP.replace('stop nginx, on', 'halt nginx, on') }).plan_digest).not.toBe(
      digest,
    );
    expect(planned(CALLER, { 'app/stop': STOP.replace('/stop', '/halt') }).plan_digest).not.toBe(digest);
  });

  it('has what follows the undo of its steps, as the undo of a step that stands for the call', () => {
    const { steps } = planned(CALLER, { 'app/stop': `${STOP}rollback:\n  - {id: up, run: is-up, read_only: true}\n` });
    expect(steps.map(({ id }) => id)).toEqual(['before', 'stop', 'stop/nginx', 'stop/note', 'after']);
    expect(steps[1]).toMatchObject({
      readOnly: true,
      undo: {
        kind: 'steps',
        steps: [{ id: 'stop/up', call: 'stop', hosts: ['web1', 'web2'], undo: { kind: 'none' } }],
      },
    });
  });

  it('leaves plans without one as they were', () => {
    const plan = planned(CALLER.replace(/ {2}- id: stop\n.*\n/, ''));
    expect(plan).not.toHaveProperty('calls');
    expect(plan.steps.every((step) => !('call' in step))).toBe(true);
  });

  it('may be looked at before the first change, what decides about it first', () => {
    const check = `
description: Check
hosts: [web]
steps:
  - {id: look, run: 'true', read_only: true}
  - {id: fits, preflight: true, assert: {run: fits}}
`;
    const caller = `
description: d
hosts: [web]
facts: {free: {run: df, type: int}}
steps:
  - {id: change, run: x, on_rollback: {leave: y}}
  - {id: check, when: facts.free > 1, call: app/check}
`;
    const { steps } = planned(caller, { 'app/check': check });
    expect(steps.map(({ id }) => id)).toEqual([
      ...['preflight/check', 'preflight/check/fits', 'change'],
      ...['check', 'check/look', 'check/fits'],
    ]);
    const late = check.replace('assert: {run: fits}', 'assert: "steps.look.stdout == \'\'"');
    expect(problemsOf(caller, { 'app/check': late })).toEqual([
      'procedures/app/check.yml:6:5 step check/fits is looked at before the first change, and steps.look.stdout is not known by then: take preflight out, or call the procedure earlier',
    ]);
  });

  it('has its downtime within the caller’s, or one of its own', () => {
    const down = `${STOP}  - {id: d, run: x, downtime: begins, on_rollback: {leave: y}}
  - {id: u, run: x, downtime: ends, on_rollback: {leave: y}}
`;
    const call = '{procedure: app/stop, with: {release: r1}}';
    const caller = `
description: d
hosts: [web]
steps:
  - {id: before, call: ${call}}
  - {id: a, run: x, downtime: begins, on_rollback: {leave: y}}
  - {id: within, call: ${call}}
  - {id: b, run: x, downtime: ends, on_rollback: {leave: y}}
`;
    const { steps } = planned(caller, { 'app/stop': down }, {});
    expect(steps.flatMap((step) => (step.downtime === undefined ? [] : [[step.id, step.downtime]]))).toEqual([
      ...[
        ['before/d', 'begins'],
        ['before/u', 'ends'],
      ],
      ...[
        ['a', 'begins'],
        ['b', 'ends'],
      ],
    ]);
  });

  describe('is refused, with the place', () => {
    it.each([
      ['a value that does not fit', CALLER, { version: 'x' }, '10:49 `release`: `rx` does not match `r\\d(\\.\\d)?`'],
      [
        'a value that differs from host to host',
        CALLER.replace('vars.same', 'vars.root'),
        {},
        'with.folder: a param has one value, and this is "/srv/one" on web1 and "/var/app" on web2: use the var in the called procedure itself',
      ],
      [
        'a value that there is not',
        CALLER.replace('vars.same', 'params.note'),
        {},
        'with.folder: there is no params.note',
      ],
    ])('of %s', (_what, caller, params, message) => {
      const problems = problemsOf(caller, undefined, params);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^procedures\/app\/upgrade\.yml:10:/);
      if (/^\d/.test(message)) expect(problems[0]).toContain(`yml:${message}`);
      else expect(problems[0]).toContain(message.split(':')[0]);
    });

    it('of a name that is too long for a folder', () => {
      const long = 'a'.repeat(60);
      const inner = STOP.replace('id: nginx', `id: ${long}`);
      const [problem] = problemsOf(CALLER.replace('id: stop', `id: ${long}`), { 'app/stop': inner });
      expect(problem).toMatch(/^procedures\/app\/stop\.yml:9:5 .*longer than 120 characters: shorten the ids/);
    });
  });
});

describe('lint of calls', () => {
  const linted = (caller: string, callee = STOP): readonly string[] =>
    told(lintCalls(readProcedure(caller), calleesOf({ 'app/stop': callee }), inventoryOf(INVENTORY)));
  const calling = (call: string, more = ''): string =>
    `description: d\nhosts: [web]\n${more}steps:\n  - id: x\n    call: ${call}\n`;

  it('finds nothing against what fits', () => {
    expect(linted(CALLER)).toEqual([]);
    expect(linted(calling('{procedure: app/stop, with: {release: r1}}'))).toEqual([]);
  });

  it.each([
    ['app/stop', '5:11 app/stop needs a value for `release`: add with: {release: …}'],
    [
      '{procedure: app/stop, with: {relaese: r1}}',
      '5:40 app/stop: there is no param `relaese`; did you mean "release"?',
    ],
    ['{procedure: app/stop, with: {release: x1}}', '5:49 `release`: `x1` does not match `r\\d(\\.\\d)?`'],
    [
      '{procedure: app/stop, with: {release: r1, grace: soon}}',
      '5:60 `grace`: `soon` is no whole number, such as 3 or -1',
    ],
    ['{procedure: app/stop, with: {release: r1, force: 1}}', '5:60 `force`: `1` is neither `true` nor `false`'],
  ])('holds what %s gives to its params', (call, message) => {
    expect(linted(calling(call))).toEqual([expect.stringContaining(`procedures/app/upgrade.yml:${message}`)]);
  });

  it('holds the called procedure to the caller’s hosts and secrets', () => {
    const beyond = STOP.replace('hosts: [web]', 'hosts: [web, db]\nsecrets: [KEY]').replace(
      'run: stop nginx',
      'secrets: [KEY], run: stop nginx',
    );
    expect(linted(calling('{procedure: app/stop, with: {release: r1}}'), beyond)).toEqual([
      "procedures/app/upgrade.yml:5:23 app/stop may touch db, which is not among this procedure's hosts: add it to hosts",
      'procedures/app/upgrade.yml:5:23 app/stop needs the secret "KEY": add it to secrets at the top of this file',
    ]);
  });

  it('holds the called procedure to the environments of its caller, which are not its own', () => {
    const places = `environments:
  small: {hosts: web1}
  other: {hosts: db, on_success: rollback}
`;
    const caller = calling('{procedure: app/stop, with: {release: r1}}', places).replace('[web]', '[web, db]');
    const gone = STOP.replace('on_rollback: [{run: start nginx}]', 'reversible: false');
    expect(linted(caller, gone)).toEqual([
      'procedures/app/stop.yml:9:5 in the environment small this step has no host: web2 is not among web1; name a group that has hosts of each environment',
      'procedures/app/upgrade.yml:8:23 the environment other takes back what it did, and the step nginx of app/stop cannot be undone: give this call, or that step, a when that does not hold there',
      'procedures/app/upgrade.yml:8:23 in the environment other app/stop has no host: none of its hosts is among db',
    ]);
  });

  it('holds what it locks to the caller’s', () => {
    const locks = STOP.replace('hosts: [web]', 'hosts: [web]\nlock: mail');
    const call = '{procedure: app/stop, with: {release: r1}}';
    expect(linted(calling(call), locks)).toEqual([
      'procedures/app/upgrade.yml:5:23 app/stop locks "mail": add it to lock at the top of this file',
    ]);
    expect(linted(calling(call, 'lock: [mail, x]\n'), locks)).toEqual([]);
  });

  it('holds what is looked at before the first change to being known by then', () => {
    const first = '  - {id: a, run: x, on_rollback: {leave: y}}\n';
    const caller = (when: string, before = first): string =>
      `description: d\nhosts: [web]\nsteps:\n${before}  - {id: x, ${when}call: app/stop}\n`;
    const check = (asks: string): string =>
      `description: d\nhosts: [web]\nsteps:\n  - {id: look, run: x, read_only: true}\n  - {preflight: true, assert: ${asks}}\n`;
    expect(linted(caller(''), check('{run: x}'))).toEqual([]);
    expect(linted(caller('', ''), check("steps.look.stdout == ''"))).toEqual([]);
    expect(linted(caller(''), check("steps.look.stdout == ''"))).toEqual([
      expect.stringMatching(/:5:19 the step step-2 of app\/stop is looked at before the first change, and steps\.look/),
    ]);
    expect(linted(caller("when: steps.a.outcome == 'changed', "), check('{run: x}'))).toEqual([
      expect.stringMatching(
        /:5:5 steps\.a\.outcome is not known before the first change, and app\/stop has steps with/,
      ),
    ]);
  });

  it('refuses one that has something to do at the end of every run, which this is not', () => {
    const always = `${STOP}always:\n  - {comment: bye}\n`;
    expect(linted(calling('{procedure: app/stop, with: {release: r1}}'), always)).toEqual([
      'procedures/app/upgrade.yml:5:23 app/stop has steps that are always done at the end of a run, and here it is a part of one: take it out of always there, or do not call it',
    ]);
  });

  it('finds secrets that nothing asks for, unless a called procedure does', () => {
    const caller = calling('{procedure: app/stop, with: {release: r1}}', 'secrets: [KEY]\n');
    expect(linted(caller).join()).toContain(
      'yml:3:11 no step asks for the secret "KEY": add secrets: [KEY] to the step whose script uses it, or take it out here; no procedure that is called does',
    );
    const asks = STOP.replace('hosts: [web]', 'hosts: [web]\nsecrets: [KEY]').replace(
      'run: stop nginx',
      'secrets: [KEY], run: stop nginx',
    );
    expect(linted(caller, asks)).toEqual([]);
  });
});
