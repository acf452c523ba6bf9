import { describe, expect, it } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { actions } from '../../src/actions/index.ts';
import { parseInventory } from '../../src/language/inventory.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import type { RunEvent } from '../../src/run/types.ts';
import { execFileSync } from '../support/run-sync.ts';
import { allWell, failingRestore, pryvPlan, step } from '../thread/pryv.ts';
import { Story } from '../thread/story.ts';
import { examples } from './examples.ts';
import { read, ROOT } from './pages.ts';

type Name = 'procedure' | 'inventory' | 'event';
type Schema = Readonly<Record<string, unknown>>;

const schemaOf = (name: Name): Schema => JSON.parse(read(`schema/${name}.schema.json`)) as Schema;
const validatorOf = (name: Name): ValidateFunction => new Ajv2020({ strict: false }).compile(schemaOf(name));

/** What a schema has against data, in words. */
function faults(validate: ValidateFunction, data: unknown): readonly string[] {
  validate(data);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

/** Events of whole runs, as the core makes them. */
function events(): readonly RunEvent[] {
  const always = [step('free', 'Free it', { kind: 'say', text: { lit: 'free' } })];
  const broken = new Story(pryvPlan({ always }), 'apply', failingRestore).play();
  broken.decide('retry');
  broken.play();
  broken.decide('rollback');
  broken.play();
  const skipping = { ...failingRestore, job: failingRestore.job! };
  const steps = pryvPlan().steps.map((step) => ({ ...step, critical: false }));
  const skipped = new Story(pryvPlan({}, steps), 'apply', skipping).play();
  skipped.decide('skip');
  skipped.play();
  const lost = new Story(pryvPlan(), 'apply', {
    ...allWell,
    job: (key) =>
      key.step === 'dump' ? { report: { kind: 'unknown', why: 'the link was lost', alive: false } } : undefined,
  }).play();
  const look = new Story(pryvPlan(), 'dryrun', allWell).play();
  const agree = step('agree', 'Agree', { kind: 'ask', how: 'approve', by: ['write'], count: 1 });
  const validate = step('validate', 'Validate', { kind: 'ask', how: 'manual', text: { lit: 'look' }, unlock: true });
  const asked = new Story(pryvPlan({}, [agree, validate]), 'apply', allWell).play();
  asked.approve('3f2a9c1d', { kind: 'github', id: 7, login: 'olivia', right: 'admin' });
  asked.play();
  asked.decide('continue');
  asked.play();
  const paused = new Story(pryvPlan(), 'apply', allWell).play(({ steps: [, , stop] }) => stop?.status === 'open');
  paused.decide('pause');
  paused.add({ type: 'worker_stopped', worker: 'server ops-1 4711' });
  paused.add({ type: 'run_started', worker: 'server ops-1 4712', epoch: 2 });
  paused.play();
  return [broken, skipped, lost, look, asked, paused].flatMap((story) => story.events);
}

describe('the JSON Schemas', () => {
  it('are those of the code as it is', () => {
    // Out of date? The message says how to write them anew.
    execFileSync(process.execPath, ['--import', './scripts/ts.js', 'scripts/make-schemas.js', '--check'], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  });

  it('take the shipped procedure and every example that the docs show', () => {
    const procedure = validatorOf('procedure');
    const inventory = validatorOf('inventory');
    expect(faults(procedure, parse(read('procedures/pryv/upgrade.yml')))).toEqual([]);
    for (const { at, kind, file } of examples()) {
      if (kind === 'procedure') expect([at, faults(procedure, parse(file))]).toEqual([at, []]);
      if (kind === 'inventory') expect([at, faults(inventory, parse(file))]).toEqual([at, []]);
    }
  });

  it('refuse a wrong key, two actions, and a key of another action, as the linter does', () => {
    const validate = validatorOf('procedure');
    const lines = [
      '{comment: hi, nmae: x}',
      '{comment: hi, assert: "true"}',
      '{comment: hi, fail_msg: x}',
      '{name: x}',
    ];
    for (const line of lines) {
      const text = `description: d\nhosts: [h]\nsteps:\n  - ${line}\n`;
      expect(parseProcedure(text, { file: 'f', system: 's', verb: 'v', actions }).ok).toBe(false);
      expect([line, faults(validate, parse(text))]).not.toEqual([line, []]);
    }
    expect(faults(validate, parse('description: d\nhosts: [h]\nsteps:\n  - {comment: hi}\n'))).toEqual([]);
  });

  it('know the same keys as the readers of procedures and inventories', () => {
    const procedure = parseProcedure('qqqqqqqqqq: 1\ndescription: d\nhosts: [h]\nsteps: [{comment: hi}]\n', {
      file: 'f',
      system: 's',
      verb: 'v',
      actions,
    });
    const inventory = parseInventory('qqqqqqqqqq: 1\nhosts: {h: {address: a, user: u, wwwwwwwwww: 1}}\n', 'f');
    const told = [procedure, inventory]
      .flatMap((parsed) => (parsed.ok ? [] : parsed.problems))
      .flatMap(({ message }) => {
        const [, list] = /; there are: (.+)$/.exec(message) ?? [];
        return list === undefined ? [] : [list.split(', ')];
      });
    const { hosts, ...rest } = schemaOf('inventory')['properties'] as {
      readonly hosts: { readonly additionalProperties: Schema };
    };
    expect(told.map((keys) => [...keys].sort())).toEqual(
      [
        Object.keys(schemaOf('procedure')['properties'] as Schema),
        ['hosts', ...Object.keys(rest)],
        Object.keys(hosts.additionalProperties['properties'] as Schema),
      ].map((keys) => keys.sort()),
    );
  });

  it('take every event that a run leaves, and no other', () => {
    const validate = validatorOf('event');
    const seen = events();
    for (const event of seen) expect([event.type, faults(validate, event)]).toEqual([event.type, []]);
    const types = new Set<string>(seen.map(({ type }) => type));
    const told = (schemaOf('event')['oneOf'] as readonly { readonly title: string }[]).map(({ title }) => title);
    expect(told.filter((type) => !types.has(type))).toEqual([]);
    for (const event of seen) {
      expect(faults(validate, { ...event, type: 'other' })).not.toEqual([]);
      expect(faults(validate, { ...event, prev: 'x' })).not.toEqual([]);
    }
  });
});
