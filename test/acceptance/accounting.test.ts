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

/** How many calls each flow may take beside those for a record on the branch; a rollback has its prompt to tell of, too. */
const MOST: Readonly<Record<string, number>> = { talk: 3, denied: 5, dry: 15, run: 15, failed: 15, back: 18 };

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

const isOfJournal = (call: string): boolean => /\/git\/|\/graphql$|\/commits\/changeover$|\/actions\/|\/tarball\//.test(call);

describeWith(openApi)('the calls of the built Action, 304s apart', (checker) => {
  endAfterEach();
  let journal: Readonly<Record<string, string>>;

  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    const folder = mkdtempSync(join(tmpdir(), 'changeover-accounting-'));
    atEnd(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const files = { 'inventory.yml': inventoryOf({ one: machine }), 'procedures/demo/eleven.yml': ELEVEN };
    bench = await openBench(checker, files, 'read', PERMISSIONS);
    branch = branchBench(bench, folder);
    journal = { INPUT_JOURNAL: join(folder, 'journal') };
  });

  async function count(
    flow: string,
    login: string,
    body: string,
    env: Readonly<Record<string, string>>,
  ): Promise<readonly string[]> {
    const { id } = await bench.writeUnheard(login, body);
    const from = bench.github.requests.length;
    const { code, said } = await (await branch.jobFor(id, undefined, env)).ended;
    expect([flow, code, code === 0 ? '' : said]).toEqual([flow, 0, '']);
    const calls = counted(from);
    told(flow, calls);
    return calls;
  }

  async function flows(env: Readonly<Record<string, string>>): Promise<Readonly<Record<string, readonly string[]>>> {
    const talk = await count('nothing to do', 'rita', 'Nice weather.', env);
    const denied = await count('denied', 'rita', '/eleven demo', env);
    const dry = await count('dry run', 'rita', '/eleven demo dryrun', env);
    const run = await count('success', 'william', '/eleven demo', env);
    writeFileSync(machine.path('home/broken'), '');
    const failed = await count('failure', 'william', '/eleven demo', env);
    const back = await count('rollback', 'william', '/rollback', env);
    return { talk, denied, dry, run, failed, back };
  }

  needs('sshd')('over SSH', () => {
    it('are at most fifteen for eleven steps, with the journal in a folder', async () => {
      const found = await flows(journal);
      expect(Object.entries(found).filter(([flow, calls]) => calls.length > (MOST[flow] ?? 0))).toEqual([]);
      // 👀 is the first that people see: who asks and the comment are asked for side by side before it.
      const first = (calls: readonly string[]): number => calls.findIndex((call) => call.startsWith('POST '));
      expect([found['run'], found['dry'], found['denied']].map((calls = []) => first(calls) + 1)).toEqual([3, 3, 3]);
    });

    it('are as many beside those for the record, with the journal on the branch', async () => {
      const found = await flows({});
      for (const [flow, calls] of Object.entries(found)) {
        const own = calls.filter(isOfJournal);
        process.stdout.write(`${flow}: ${String(own.length)} of them for the record\n`);
        expect([flow, calls.length - own.length <= (MOST[flow] ?? 0)]).toEqual([flow, true]);
      }
    });
  });
});
