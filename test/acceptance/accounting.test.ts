import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { type Machine, startMachine } from './machine.ts';
import { branchBench, type BranchBench, PERMISSIONS } from './support/branch-bench.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import type { Running } from './support/thread-process.ts';
import { runWorkflow } from './support/workflow.ts';

type Env = Readonly<Record<string, string>>;

/** Eleven steps, the last of which fails where it is told to. */
const ELEVEN = procedure(
  Array.from(
    { length: 11 },
    (_, index) => `
  - id: step-${String(index + 1)}
    run: |
      sleep 0.2
      ${index === 10 ? '[ ! -e ~/broken ]' : `echo ${String(index + 1)}`}
    on_rollback: {run: 'true'}`,
  ).join(''),
);

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let branch: BranchBench;
let folder: string;

/** How many calls each flow may take; a rollback has its prompt to tell of, too. The clock's first job begins to look. */
const MOST: Readonly<Record<string, number>> = {
  ...{ talk: 3, denied: 5, dry: 15, run: 15, failed: 15, back: 18 },
  ...{ look: 5, sweep: 2 },
};

/**
 * The same with the journal on the branch, but that the branch begins with its first file, in three calls. Whoever answers
 * takes the comment up before, and notes afterwards that it is answered; who rolls a run back writes that it has it before
 * the host hears of it, and then the decision.
 */
const MOST_ON_BRANCH: Readonly<Record<string, number>> = { ...MOST, begin: 6, denied: 7, back: 20 };

/** Through the two jobs of the workflow to copy; `work` starts only where there is something for it. */
const MOST_BY_TWO: Readonly<Record<string, number>> = {
  ...{ denied: 6, dry: 14, run: 16, look: 5, sweep: 2 },
};

/** What counts against GitHub's limits: all but what is known already (304). */
const counted = (from: number): readonly string[] =>
  bench.github.requests
    .slice(from)
    .filter(({ login, status }) => login === 'changeover[bot]' && status !== 304)
    .map(
      ({ method, path }) =>
        `${method} ${path.replace('/repos/acme/ops', '').replaceAll(/\d{3,}[\w-]*|[0-9a-f]{20,}/g, '…')}`,
    );

function told(flow: string, calls: readonly string[]): void {
  const times = new Map<string, number>();
  for (const call of calls) times.set(call, (times.get(call) ?? 0) + 1);
  const sorts = [...times].map(([sort, count]) => `${String(count)} ${sort}`);
  process.stdout.write(`${flow}: ${String(calls.length)} calls (${sorts.join(', ')})\n`);
}

const over = (found: Readonly<Record<string, readonly string[]>>, most: Readonly<Record<string, number>>): object =>
  Object.entries(found).filter(([flow, calls]) => calls.length > (most[flow] ?? 0));

/** How often a live comment is edited is a matter of time: what a slow machine has more of is no call of the journal's. */
const EDITS: Readonly<Record<string, number>> = { dry: 1, run: 2, failed: 2, back: 3 };
const withoutMoreEdits = (flow: string, calls: readonly string[]): readonly string[] => {
  const edits = calls.filter((call) => call.startsWith('PATCH '));
  return [...calls.filter((call) => !edits.includes(call)), ...edits.slice(0, EDITS[flow] ?? 0)];
};

describeWith(openApi)('the calls of the built Action, 304s apart', (checker) => {
  endAfterEach();
  let journal: Env;

  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    folder = mkdtempSync(join(tmpdir(), 'changeover-accounting-'));
    atEnd(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const files = { 'inventory.yml': inventoryOf({ one: machine }), 'procedures/demo/eleven.yml': ELEVEN };
    bench = await openBench(checker, files, 'read', PERMISSIONS);
    branch = branchBench(bench, folder);
    journal = { INPUT_JOURNAL: join(folder, 'journal') };
  });

  async function count(flow: string, start: () => Promise<Running>): Promise<readonly string[]> {
    const from = bench.github.requests.length;
    const { code, said } = await (await start()).ended;
    expect([flow, code, code === 0 ? '' : said]).toEqual([flow, 0, '']);
    const calls = counted(from);
    told(flow, calls);
    return calls;
  }

  const says = async (flow: string, login: string, body: string, env: Env): Promise<readonly string[]> => {
    const { id } = await bench.writeUnheard(login, body);
    return count(flow, () => branch.jobFor(id, undefined, env));
  };
  const sweep = (flow: string, env: Env): Promise<readonly string[]> =>
    count(flow, async () => branch.jobOf('schedule', { schedule: '17 * * * *' }, undefined, env));

  async function flows(env: Env): Promise<Readonly<Record<string, readonly string[]>>> {
    const talk = await says('nothing to do', 'rita', 'Nice weather.', env);
    const denied = await says('denied', 'rita', '/eleven demo', env);
    const dry = await says('dry run', 'rita', '/eleven demo dryrun', env);
    const run = await says('success', 'william', '/eleven demo', env);
    writeFileSync(machine.path('home/broken'), '');
    const failed = await says('failure', 'william', '/eleven demo', env);
    const back = await says('rollback', 'william', '/rollback', env);
    // As many runs as there may be: they are over and told.
    const look = await sweep('first sweep', env);
    return { talk, denied, dry, run, failed, back, look, sweep: await sweep('sweep', env) };
  }

  needs('sshd')('over SSH', () => {
    it('are at most fifteen for eleven steps, with the journal in a folder', async () => {
      const found = await flows(journal);
      expect(over(found, MOST)).toEqual([]);
      // 👀 is the first that people see: who asks and the comment are asked for side by side before it.
      const first = (calls: readonly string[]): number => calls.findIndex((call) => call.startsWith('POST '));
      expect([found['run'], found['dry'], found['denied']].map((calls = []) => first(calls) + 1)).toEqual([3, 3, 3]);
    });

    it('are a few more through the two jobs of the workflow to copy', async () => {
      const by = async (flow: string, name: string, payload: unknown): Promise<readonly string[]> => {
        const from = bench.github.requests.length;
        const event = { name, payload: payload as Readonly<Record<string, unknown>> };
        // The inventory of the tests names the key.
        const settings = { secrets: { CHANGEOVER_SSH_KEY: '' }, vars: { CHANGEOVER_KNOWN_HOSTS: '' } };
        const ran = await runWorkflow(branch, folder, event, settings);
        expect([flow, [...ran.values()].map(({ code }) => code)]).toEqual([flow, [...ran.values()].map(() => 0)]);
        const calls = counted(from);
        told(`${flow}, by ${[...ran.keys()].join(' and ')}`, calls);
        return calls;
      };
      const writes = async (flow: string, login: string, body: string): Promise<readonly string[]> =>
        by(flow, 'issue_comment', JSON.parse(await bench.eventOf((await bench.writeUnheard(login, body)).id)));
      // It begins the branch.
      await writes('the first of all', 'rita', '/hosts');
      const denied = await writes('denied', 'rita', '/eleven demo');
      const dry = await writes('dry run', 'rita', '/eleven demo dryrun');
      const run = await writes('success', 'william', '/eleven demo');
      const look = await by('first sweep', 'schedule', { schedule: '17 * * * *' });
      const sweep = await by('sweep', 'schedule', { schedule: '17 * * * *' });
      const found = Object.entries({ denied, dry, run, look, sweep });
      const usual = found.map(([flow, calls]) => [flow, withoutMoreEdits(flow, calls)] as const);
      expect(over(Object.fromEntries(usual), MOST_BY_TWO)).toEqual([]);
      // Whoever acts on a command asks for the right; the job without the key, whether to start that one.
      const rights = (calls: readonly string[]): number => calls.filter((call) => call.endsWith('/permission')).length;
      expect([denied, dry, run].map(rights)).toEqual([1, 2, 2]);
    });

    it('are as many where the journal is on the branch, however much it holds', async () => {
      const begin = await says('the first of all', 'rita', 'Hello.', {});
      const found = await flows({});
      const usual = Object.entries(found).map(([flow, calls]) => [flow, withoutMoreEdits(flow, calls)] as const);
      expect(over({ ...Object.fromEntries(usual), begin }, MOST_ON_BRANCH)).toEqual([]);
      for (let each = 0; each < 2; each += 1) await says('dry run', 'rita', '/eleven demo dryrun', {});
      expect(await sweep('sweep after more runs', {})).toEqual(found['sweep']);
    });
  });
});
