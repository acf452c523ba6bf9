import { describe, expect, it } from '@jest/globals';
import { actions } from '../../src/actions/index.ts';
import { chooseEnvironment } from '../../src/plan/environment.ts';
import { makePlan, type MadePlan } from '../../src/plan/make-plan.ts';
import { usage } from '../../src/plan/params.ts';
import { FILES, inventoryOf, procedureOf } from './fixture.ts';

const INVENTORY = inventoryOf(`
hosts:
  one: {address: one, user: ops}
  two: {address: two, user: ops, vars: {folder: /own}}
  three: {address: three, user: ops}
groups:
  all: [one, two, three]
`);

const TEXT = `
description: d
hosts: all
params: {release: {}}
vars: {folder: /srv, size: 1}
facts: {up: id, here: cat /here}
window: {days: sat, timezone: UTC}
environments:
  rehearsal: {hosts: [three, two], vars: {folder: '/copy-\${{ params.release }}'}, on_success: rollback}
  production:
    window: {days: tue, timezone: Europe/Paris}
    requires: {environment: rehearsal, within: 2d}
    approvals: {}
steps:
  - {comment: everywhere, on: all}
  - {comment: there, on: [one, three]}
  - {comment: chosen, on: up=x}
  - expect: {one: {here: a}, three: {here: b}}
`;

function made(name: string | undefined, text = TEXT): MadePlan {
  const procedure = procedureOf(text);
  const chosen = chooseEnvironment(procedure, name);
  if (!chosen.ok) throw new Error(chosen.problem);
  const { environment } = chosen;
  const params = { release: '2' };
  const request = {
    procedure,
    inventory: INVENTORY,
    environment,
    params,
    files: FILES,
    texts: new Map<string, string>(),
  };
  return makePlan({ ...request, commit: null, actions });
}

const planned = (name: string) => {
  const result = made(name);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.plan;
};

describe('a plan for an environment', () => {
  it('has its hosts alone, in the order of the procedure, and its vars below those of a host', () => {
    const { hosts, steps, environment, window } = planned('rehearsal');
    expect(hosts.map(({ name, vars }) => [name, vars['folder'], vars['size']])).toEqual([
      ['two', '/own', 1],
      ['three', '/copy-2', 1],
    ]);
    expect(steps.map((step) => step.hosts)).toEqual([['two', 'three'], ['three'], ['two', 'three'], ['three']]);
    expect(environment).toEqual({ name: 'rehearsal', onSuccess: 'rollback' });
    expect(window).toEqual({ days: ['sat'], timezone: 'UTC' });
  });

  it('is proven by another of the same files and values, and is no other plan than it says', () => {
    const [rehearsal, production] = [planned('rehearsal'), planned('production')];
    expect(production.procedure_digest).toBe(rehearsal.procedure_digest);
    expect(production.plan_digest).not.toBe(rehearsal.plan_digest);
    expect(production.window).toEqual({ days: ['tue'], timezone: 'Europe/Paris' });
    expect(production.environment).toEqual({
      ...{ name: 'production', approvals: { by: ['write'], count: 1 } },
      requires: { environment: 'rehearsal', withinMs: 172_800_000 },
    });
  });

  it('tells a step that would have no host there', () => {
    const text = TEXT.replace('on: [one, three]', "on: '${{ params.release }}'");
    const procedure = procedureOf(text);
    const environment = procedure.environments?.[0];
    const params = { release: 'one' };
    const files = { files: FILES, texts: new Map<string, string>(), commit: null };
    const result = makePlan({ procedure, inventory: INVENTORY, environment, params, ...files, actions });
    expect(result).toMatchObject({
      problems: [
        {
          message: expect.stringContaining(
            'is not among the hosts of the environment rehearsal, so this step would do nothing',
          ),
        },
      ],
    });
  });
});

describe('the environment of a call', () => {
  const procedure = procedureOf(TEXT);
  const problem = (name: string | undefined, of = procedure): string => {
    const chosen = chooseEnvironment(of, name);
    return chosen.ok ? '' : chosen.problem;
  };
  const TYPE = '`/upgrade pryv <release> environment=<rehearsal|production>`';

  it('must be named, as none is the default', () => {
    expect(problem(undefined)).toBe(
      `It is not said in which environment: add \`environment=rehearsal\` or \`environment=production\`. Type: ${TYPE}`,
    );
    expect(problem('prodution')).toBe(
      `There is no environment \`prodution\`; did you mean \`production\`? (there are: \`rehearsal\`, \`production\`). Type: ${TYPE}`,
    );
    expect(usage(procedure)).toBe(TYPE.slice(1, -1));
  });

  it('may be left out where the procedure says so, and then is none of them', () => {
    const text = `${TEXT}environment_required: false\n`;
    const free = procedureOf(text);
    expect(chooseEnvironment(free, undefined)).toEqual({ ok: true });
    expect(usage(free)).toBe('/upgrade pryv <release> [environment=<rehearsal|production>]');
    expect(problem('prodution', free)).toContain('did you mean `production`?');
    const result = made(undefined, text);
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    const { hosts, environment, window } = result.plan;
    expect(hosts.map(({ name, vars }) => [name, vars['folder']])).toEqual([
      ['one', '/srv'],
      ['two', '/own'],
      ['three', '/srv'],
    ]);
    expect([environment, window]).toEqual([undefined, { days: ['sat'], timezone: 'UTC' }]);
    expect(chooseEnvironment(procedureOf(text.replace('false', 'true')), undefined)).toMatchObject({ ok: false });
  });

  it('is refused where there are none', () => {
    const bare = procedureOf('description: d\nhosts: all\nsteps:\n  - {comment: hello}\n');
    expect(problem('production', bare)).toBe(
      '`/upgrade pryv` has no environments: leave out `environment=production`. Type: `/upgrade pryv`',
    );
    expect(chooseEnvironment(bare, undefined)).toEqual({ ok: true });
  });
});
