/** What is promised of every procedure that `lint` accepts. */
import { describe, expect, it } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { actionNamed, actions } from '../../src/actions/index.ts';
import { load, type Loaded } from '../../src/engine/load.ts';
import type { Source } from '../../src/engine/ports.ts';
import { view } from '../../src/engine/view.ts';
import type { Json, Param } from '../../src/language/types.ts';
import { expandHosts } from '../../src/language/inventory.ts';
import { hostsIn } from '../../src/plan/environment.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { bindParams } from '../../src/plan/params.ts';
import type { Plan } from '../../src/plan/types.ts';
import { checkLines, lineOf } from '../../src/run/chain.ts';
import { next } from '../../src/run/next.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { explainPage } from '../../src/thread/explain.ts';
import { runStatusText } from '../../src/thread/terminal-status.ts';
import { planText } from '../../src/thread/terminal-plan.ts';
import { read } from '../docs/pages.ts';
import type { Record } from '../run/record.ts';
import { FILES, INVENTORY, procedures } from './guide.ts';
import { play } from './play.ts';
import { seedFor } from './seed.ts';
import { stringify } from 'yaml';

const NAME = { system: 'app', verb: 'upgrade' };
const PATH = 'procedures/app/upgrade.yml';

/** A repository that holds one procedure, with an inventory and what stands beside it. */
function sourceOf(procedure: string): Source {
  const beside = Object.entries(FILES).map(([name, text]) => [`procedures/app/${name}`, text] as const);
  const files = new Map([[PATH, procedure], ['inventory.yml', INVENTORY], ...beside]);
  return {
    head: () => Promise.resolve(null),
    read: (_commit, path) => Promise.resolve(files.get(path)),
    list: (_commit, folder) => Promise.resolve([...files.keys()].filter((path) => path.startsWith(`${folder}/`))),
  };
}

/** A value that a command could give, for these hosts. */
const wordFor = ({ type, choices = [] }: Param, [host = '']: readonly string[]): string =>
  ({ string: '1.6', int: '16', bool: 'true', host, choice: choices[0] ?? '' })[type];

function planOf({ procedure, inventory, callees, files, texts, commit }: Loaded): Plan {
  const environment = procedure.environments?.at(-1);
  const { own } = hostsIn(procedure, environment, inventory);
  const named = procedure.params
    .filter((param) => param.required || param.type === 'host')
    .map((param) => [param.name, wordFor(param, own.toReversed())] as const);
  const bound = bindParams(procedure, { positional: [], named }, inventory);
  if (!bound.ok) throw new Error(`the params cannot be given: ${bound.problems.join('; ')}`);
  const request = { procedure, params: bound.params, inventory, environment, callees, files, texts, commit, actions };
  const made = makePlan(request);
  if (!made.ok) throw new Error(`there is no plan: ${made.problems.map(({ message }) => message).join('; ')}`);
  return made.plan;
}

/** All that people are ever shown of it can be shown. */
function show({ procedure, inventory, callees }: Loaded, run: Record): void {
  const byHand = (step: { readonly action: string; readonly input: Json; readonly id: string }) =>
    actionNamed(step.action)!.byHand(step.input, step.id.replaceAll('/', '-'));
  const hosts = expandHosts(inventory, procedure.hosts);
  const page = explainPage({ procedure, inventory, callees, hosts, params: {}, byHand });
  const texts = [page, planText(run.state, view), runStatusText(run.state)];
  for (const text of [...texts, ...commentsOf(run.state, view).map(({ body }) => body)]) {
    expect(text).not.toMatch(/\bundefined\b(?! yet)|\[object Object\]|\bNaN\b/);
  }
}

const eventSchema = (): ValidateFunction =>
  new Ajv2020({ strict: false }).compile(JSON.parse(read('schema/event.schema.json')) as object);

/** On a machine that has much else to do. */
const LONGEST_MS = 900_000;

/** In each of two files, so that two workers share them. */
const RUNS = 2500;

/** That of the procedures made from the schema each one that `lint` accepts can be planned, run, shown and read again. */
export function holdsInRuns(file: string): void {
  describe('a procedure made from the schema', () => {
    const counts = { made: 0, accepted: 0 };
    const ends = new Map<string, number>();

    it(
      'never fails for its form once lint has accepted it',
      async () => {
        const validate = eventSchema();
        const follow = (loaded: Loaded, plan: Plan, of: Parameters<typeof play>[1]): void => {
          const run = play(plan, of);
          const { status } = run.state;
          ends.set(status, (ends.get(status) ?? 0) + 1);
          expect(['succeeded', 'failed', 'rolled_back', 'aborted']).toContain(status);
          expect(next(run.state)).toEqual([]);
          expect(checkLines(run.events.map(lineOf)).kind).toBe('ok');
          if (of.trouble === 1) expect(run.replayed()).toEqual(run.state);
          for (const event of run.events) if (!validate(event)) expect([event, validate.errors]).toEqual([event, null]);
          show(loaded, run);
        };
        const property = fc.asyncProperty(procedures, fc.nat(2 ** 31), async (data, seed) => {
          counts.made += 1;
          const loading = await load(sourceOf(stringify(data, { lineWidth: 0 })), null, NAME);
          if (loading.kind === 'missing') throw new Error(loading.text);
          // Only those that are accepted count as one of the runs.
          fc.pre(loading.kind !== 'faulty');
          counts.accepted += 1;
          const plan = planOf(loading.loaded);
          // Half of them on hosts that obey, half where anything goes wrong: both of each would take twice as long.
          follow(loading.loaded, plan, { seed, trouble: seed % 2 === 0 ? 0 : 1 });
          follow(loading.loaded, plan, { seed, trouble: 0, mode: 'dryrun' });
        });
        await fc.assert(property, { numRuns: RUNS, seed: seedFor(file), maxSkipsPerRun: 10 });
      },
      LONGEST_MS,
    );

    it('is accepted often enough, and ends in every way', () => {
      const share = Math.round((100 * counts.accepted) / counts.made);
      process.stderr.write(`lint accepted ${String(counts.accepted)} of ${String(counts.made)} (${String(share)} %)\n`);
      expect(share).toBeGreaterThanOrEqual(30);
      expect([...ends.keys()].sort()).toEqual(['aborted', 'failed', 'rolled_back', 'succeeded']);
    });
  });
}
