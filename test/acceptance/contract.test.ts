import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { type Machine, startMachine } from './machine.ts';
import { type BranchBench, branchBench, PERMISSIONS } from './support/branch-bench.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import { ofKind } from './support/thread-words.ts';

const WORK = procedure(`
  - id: first
    run: echo first >>~/lines
    on_rollback: {run: echo unfirst >>~/lines}
`);

const openApi = await loadOpenApi();
const payloads = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}[];

let machine: Machine;
let bench: Bench;
let branch: BranchBench;

const lines = (): string => machine.content('home/lines');

/** Every route of a run whose journal is on the branch, by what the token may lack. */
const ROUTES: readonly (readonly [name: string, method: string, path: RegExp])[] = [
  ['who asks', 'GET', /\/collaborators\/william\/permission$/],
  ['the comment', 'GET', /\/issues\/comments\/\d+$/],
  ['eyes', 'POST', /\/reactions$/],
  ['the newest commit', 'GET', /\/commits\/HEAD$/],
  ['files', 'GET', /\/contents\/(?:inventory|procedures)/],
  ['the branch', 'GET', /\/tarball\/changeover$/],
  ['where the branch is', 'GET', /\/commits\/changeover$/],
  ['to begin the branch', 'POST', /\/git\/(?:trees|commits|refs)$/],
  ['to write to the branch', 'POST', /\/graphql$/],
  ['what others have written', 'GET', /\/issues\/(?:\d+\/)?comments$/],
];

const REFUSALS = [
  [403, 'Resource not accessible by integration'],
  [404, 'Not Found'],
] as const;

describeWith(openApi)('a job of the built Action', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    const folder = mkdtempSync(join(tmpdir(), 'changeover-contract-'));
    atEnd(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const files = { 'inventory.yml': inventoryOf({ one: machine }), 'procedures/demo/work.yml': WORK };
    bench = await openBench(checker, files, 'read', PERMISSIONS);
    branch = branchBench(bench, folder);
  });

  needs('sshd')('over SSH', () => {
    it.each(
      ROUTES.flatMap(([name, method, path]) =>
        REFUSALS.map(([status, message]) => ({ name, method, path, status, message })),
      ),
    )(
      'tells what it could not do where its token may not have $name ($status)',
      async ({ name, method, path, status, message }) => {
        if (name === 'to write to the branch') await branch.does('rita', 'Hello.');
        const { id } = await bench.writeUnheard('william', '/work demo');
        bench.github.faults.add({ method, path, status, times: Infinity, body: { message, documentation_url: 'x' } });
        const { code, said } = await (await branch.jobFor(id)).ended;
        const words = bench.words.after(id);
        // Either it is done as ever, or nothing is done; whoever wrote it hears of it, or the job is red and says why.
        const done = ofKind(words, 'end').some((body) => body.includes('succeeded'));
        expect(lines()).toBe(done ? 'first\n' : '');
        if (done) expect(code).toBe(0);
        else if (words.length === 0)
          expect(said).toMatch(code === 0 ? /not there \(any more\), so nothing was done/ : String(status));
        else
          expect(words.join('\n')).toMatch(
            /Nothing was (?:done|started)|went wrong|"write" is needed|has stopped working on run/,
          );
        expect(said).not.toMatch(/UnhandledPromiseRejection|TypeError/);
      },
    );

    it('does nothing, and says so in its log, in a repository without issues', async () => {
      const { id } = await bench.writeUnheard('william', '/work demo');
      const body = { message: 'Issues are disabled for this repo', documentation_url: 'x' };
      bench.github.faults.add({ path: /\/issues\//, status: 410, times: Infinity, body });
      const { code, said } = await (await branch.jobFor(id)).ended;
      expect(bench.words.after(id)).toEqual([]);
      expect(lines()).toBe('');
      expect([code, said]).toEqual([0, expect.stringContaining('so nothing was done')]);
    });

    it('waits where GitHub asks it to, and says all of it in the end', async () => {
      const { id } = await bench.writeUnheard('william', '/work demo');
      const body = { message: 'You have exceeded a secondary rate limit. Please wait.', documentation_url: 'x' };
      for (const path of [/\/permission$/, /\/comments$/, /\/contents\//, /\/tarball\/changeover$/])
        bench.github.faults.add({ path, status: 403, headers: { 'retry-after': '1' }, body });
      bench.github.faults.add({
        method: 'PATCH',
        path: /\/comments\/\d+$/,
        status: 429,
        headers: { 'retry-after': '1' },
        body,
      });
      bench.github.faults.add({
        path: /\/graphql$/,
        status: 200,
        body: { errors: [{ type: 'STALE_DATA', message: 'Expected branch to point to "x" but it did not.' }] },
      });
      const { code } = await (await branch.jobFor(id)).ended;
      expect(code).toBe(0);
      expect(lines()).toBe('first\n');
      expect(ofKind(bench.words.after(id), 'end')).toHaveLength(1);
    });

    it('names no branch but its own: the default one may be called anything', async () => {
      await branch.does('william', '/work demo');
      await branch.does('william', '/work demo dryrun');
      const asked = bench.github.requests
        .filter(({ login }) => login === 'changeover[bot]')
        .map(({ path, query }) => `${path}${query}`);
      expect(asked.length).toBeGreaterThan(10);
      expect(asked.filter((each) => /\bmain\b|\bmaster\b/.test(each))).toEqual([]);
    });
  });

  it('does nothing, and ends well, for every real payload that has no command', async () => {
    const handled = payloads.filter(({ name }) => ['issue_comment', 'issues', 'workflow_dispatch'].includes(name));
    const examples = handled.flatMap(({ name, examples: each }) => each.map((payload) => ({ name, payload })));
    expect(examples.length).toBeGreaterThan(20);
    for (const { name, payload } of examples) {
      const repository = payload['repository'] as Readonly<Record<string, unknown>> | undefined;
      const here = { ...payload, repository: { ...repository, name: 'ops', owner: { login: 'acme' } } };
      const { code, said } = await branch.jobOf(name, here).ended;
      expect([name, code, code === 0 ? '' : said]).toEqual([name, 0, '']);
    }
    expect(bench.words.all()).toEqual([]);
    expect(bench.github.requests.filter(({ method, path }) => method !== 'GET' && path.includes('/issues'))).toEqual(
      [],
    );
  });
});
