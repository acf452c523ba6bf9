import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { type Machine, startMachine } from './machine.ts';
import { type BranchBench, branchBench, PERMISSIONS } from './support/branch-bench.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench, openWork } from './support/thread-bench.ts';
import type { Ended } from './support/thread-process.ts';
import { ofKind } from './support/thread-words.ts';
import { until } from './workplace.ts';

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

/** Waits for a person at first. */
const WAITING = procedure(`
  - id: first
    run: |
      [ -e ~/ready ]
      echo planned >>~/lines
    on_rollback: {run: echo unfirst >>~/lines}
`);

let machine: Machine;
let bench: Bench;
let branch: BranchBench;

const lines = (): string => machine.content('home/lines');

/** What comes of a refusal. */
interface Outcome {
  /** The run is done as ever; else nothing is. */
  readonly done?: true;
  /** What the thread is told instead of the run's own words. */
  readonly thread?: RegExp;
  /** What stands beside a job, which is red then. */
  readonly error?: RegExp;
  readonly log?: RegExp;
}

const DONE: Outcome = { done: true };
const SEE_LOG = /could not do its work, or could not say what it had to: see the log/;
const NO_JOURNAL = /went wrong[^]*permissions: contents: write/;
const unseen = (permission: string): RegExp =>
  new RegExp(`could not be looked through .*\\(403 Resource not accessible.*\`permissions: ${permission}: write\``);

/** Every route of a run whose journal is on the branch, and what comes of it where GitHub refuses that with 403 and 404. */
const ROUTES: readonly (readonly [name: string, method: string, path: RegExp, on403: Outcome, on404: Outcome])[] = [
  [
    ...(['who asks', 'GET', /\/collaborators\/william\/permission$/] as const),
    { thread: /Nothing was done[^]*who asks \(403 /, error: SEE_LOG },
    { thread: /"write" is needed/ },
  ],
  [
    ...(['the comment', 'GET', /\/issues\/comments\/\d+$/] as const),
    { thread: /Nothing was done[^]*who asks \(403 /, error: SEE_LOG },
    { log: /not there \(any more\), so nothing was done/ },
  ],
  ['eyes', 'POST', /\/reactions$/, DONE, DONE],
  [
    ...(['the newest commit', 'GET', /\/commits\/HEAD$/] as const),
    { thread: /went wrong[^]*Resource not accessible/, error: SEE_LOG },
    { thread: /went wrong[^]*Not Found/, error: SEE_LOG },
  ],
  [
    ...(['files', 'GET', /\/contents\/(?:inventory|procedures)/] as const),
    { thread: /went wrong[^]*Resource not accessible/, error: SEE_LOG },
    { thread: /Nothing was started/ },
  ],
  ['the branch', 'GET', /\/tarball\/changeover$/, DONE, DONE],
  [
    ...(['where the branch is', 'GET', /\/commits\/changeover$/] as const),
    { thread: /went wrong[^]*Resource not accessible/, error: unseen('contents') },
    { done: true, error: /could not be looked through .*has been deleted/ },
  ],
  [
    ...(['to begin the branch', 'POST', /\/git\/(?:trees|commits|refs)$/] as const),
    { thread: NO_JOURNAL, error: SEE_LOG },
    { thread: NO_JOURNAL, error: SEE_LOG },
  ],
  [
    ...(['to write to the branch', 'POST', /\/graphql$/] as const),
    { thread: NO_JOURNAL, error: SEE_LOG },
    { thread: /went wrong[^]*could not be written \(404 Not Found/, error: SEE_LOG },
  ],
  [
    ...(['what others have written', 'GET', /\/issues\/(?:\d+\/)?comments$/] as const),
    { done: true, error: unseen('issues') },
    DONE,
  ],
];

/** What the job says where GitHub shows it. */
const errorsIn = (said: string): string =>
  said
    .split('\n')
    .filter((line) => line.startsWith('::error '))
    .join('\n');

/** A token without `issues: write`, or an issue that is locked. */
const BARRED = {
  status: 403,
  times: Infinity,
  by: 'app',
  body: { message: 'Resource not accessible by integration', documentation_url: 'x' },
} as const;

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
      ROUTES.flatMap(([name, method, path, on403, on404]) => [
        { name, method, path, status: 403, message: 'Resource not accessible by integration', outcome: on403 },
        { name, method, path, status: 404, message: 'Not Found', outcome: on404 },
      ]),
    )(
      'tells what it could not do where its token may not have $name ($status)',
      async ({ name, method, path, status, message, outcome }) => {
        if (name === 'to write to the branch') await branch.does('rita', 'Hello.');
        const { id } = await bench.writeUnheard('william', '/work demo');
        bench.github.faults.add({ method, path, status, times: Infinity, body: { message, documentation_url: 'x' } });
        const { code, said } = await (await branch.jobFor(id)).ended;
        const words = bench.words.after(id);
        const ends = ofKind(words, 'end').filter((body) => body.includes('succeeded'));
        expect([lines(), ends.length]).toEqual(outcome.done === true ? ['first\n', 1] : ['', 0]);
        expect(words).toEqual(
          outcome.done === true
            ? [expect.stringContaining('kind=live'), ...ends]
            : outcome.thread === undefined
              ? []
              : [expect.stringMatching(outcome.thread)],
        );
        expect([code, errorsIn(said)]).toEqual(
          outcome.error === undefined ? [0, ''] : [1, expect.stringMatching(outcome.error)],
        );
        expect(said).toMatch(outcome.log ?? /(?:)/);
        expect(said).not.toMatch(/UnhandledPromiseRejection|TypeError/);
      },
    );

    it('is red, and names the permission, where the clock has started it and it may not look through comments', async () => {
      const sweep = (): Promise<Ended> => branch.jobOf('schedule', {}).ended;
      const path = /^\/repos\/acme\/ops\/issues\/comments$/;
      const allow = bench.github.faults.add({ ...BARRED, method: 'GET', path });
      const { code, said } = await sweep();
      expect([code, errorsIn(said)]).toEqual([1, expect.stringMatching(unseen('issues'))]);
      allow();
      // Trouble that passes it waits for.
      bench.github.faults.add({ method: 'GET', path, status: 500, body: { message: 'Server Error' } });
      expect(await sweep()).toMatchObject({ code: 0 });
      const asked = bench.github.requests.filter((each) => path.test(each.path)).map(({ status }) => status);
      expect(asked.slice(-3)).toEqual([500, 200, 200]);
    });

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
      // Its comment is made while it works, so that it is edited, too.
      bench.commit({
        'procedures/demo/work.yml': WORK.replace('run: echo', 'run: until [ -e ~/go ]; do sleep 0.05; done; echo'),
      });
      const { id } = await bench.writeUnheard('william', '/work demo');
      const body = { message: 'You have exceeded a secondary rate limit. Please wait.', documentation_url: 'x' };
      const wait = { status: 403, headers: { 'retry-after': '1' }, body } as const;
      const stale = { errors: [{ type: 'STALE_DATA', message: 'Expected branch to point to "x" but it did not.' }] };
      const faults = [
        { ...wait, path: /\/permission$/ },
        { ...wait, path: /\/comments$/ },
        { ...wait, path: /\/contents\// },
        { ...wait, path: /\/tarball\/changeover$/ },
        { ...wait, method: 'PATCH', path: /\/comments\/\d+$/, status: 429 },
        { path: /\/graphql$/, status: 200, body: stale },
      ].map((fault) => ({ path: String(fault.path), take: bench.github.faults.add(fault) }));
      const job = await branch.jobFor(id);
      await until(() => bench.words.after(id).length > 0);
      writeFileSync(machine.path('home/go'), '');
      expect((await job.ended).code).toBe(0);
      expect(lines()).toBe('first\n');
      expect(ofKind(bench.words.after(id), 'end')).toHaveLength(1);
      // It has met each of them.
      expect(faults.filter(({ take }) => take()).map(({ path }) => path)).toEqual([]);
      const refused = bench.github.requests
        .map(({ status }) => status)
        .filter((status) => status === 403 || status === 429);
      expect(refused.toSorted()).toEqual([403, 403, 403, 403, 429]);
    });

    it('is red, and says why, where its token may not post comments; a later job gives the answers', async () => {
      const allow = bench.github.faults.add({ ...BARRED, method: 'POST', path: /\/comments$/ });
      const run = await branch.does('william', '/work demo');
      // No step fails by it.
      expect([run.code, lines()]).toEqual([1, 'first\n']);
      expect(run.said).toMatch(
        /^::error title=Changeover::.*not let this job write comments.*`permissions: issues: write`/m,
      );
      expect(run.said).toContain('Words in issue 1 wait: 403 Resource not accessible by integration');
      const question = await branch.does('rita', '/procedures');
      expect([question.code, bench.words.after(run.id)]).toEqual([1, []]);
      allow();
      expect((await branch.does('rita', 'Thanks')).code).toBe(0);
      expect(bench.words.after(question.id)).toEqual([expect.stringContaining(`reply=${String(question.id)} -->`)]);
    });

    it('is red, and says why, where its token may not edit comments', async () => {
      bench.github.faults.add({ ...BARRED, method: 'PATCH', path: /\/comments\/\d+$/ });
      const { id, code, said } = await branch.does('william', '/work demo');
      expect([code, lines()]).toEqual([1, 'first\n']);
      expect(said).toMatch(/^::error title=Changeover::.*not let this job write comments/m);
      expect(ofKind(bench.words.after(id), 'end')).toEqual([expect.stringContaining('succeeded')]);
    });

    it('follows a default branch that is renamed, and never asks for one by its name', async () => {
      await branch.does('william', '/work demo');
      bench.github.renameDefaultBranch('trunk');
      bench.commit({ 'procedures/demo/work.yml': WORK.replaceAll('first >>', 'trunk >>') });
      expect((await branch.does('william', '/work demo dryrun')).code).toBe(0);
      expect((await branch.does('william', '/work demo')).code).toBe(0);
      expect(lines()).toBe('first\ntrunk\n');
      const asked = bench.github.requests
        .filter(({ login }) => login === 'changeover[bot]')
        .map(({ path, query }) => `${path}${query}`);
      expect(asked.length).toBeGreaterThan(10);
      expect(asked.filter((each) => /\bmain\b|\bmaster\b|\btrunk\b/.test(each))).toEqual([]);
    });
  });

  needs('sshd')('with a run that waits, over SSH', () => {
    it('goes on by the commit of its plan where the default branch is renamed meanwhile, and takes no other', async () => {
      bench.commit({ 'procedures/demo/work.yml': WAITING });
      const asked = await branch.does('william', '/work demo');
      expect(ofKind(bench.words.after(asked.id), 'prompt-p1')).toHaveLength(1);
      bench.github.renameDefaultBranch('trunk');
      bench.commit({ 'procedures/demo/work.yml': WORK.replaceAll('first >>', 'trunk >>') });
      writeFileSync(machine.path('home/ready'), '');
      expect((await branch.does('olivia', '/retry')).code).toBe(0);
      expect(ofKind(bench.words.after(asked.id), 'end')).toEqual([expect.stringContaining('succeeded')]);
      expect((await branch.does('william', '/work demo')).code).toBe(0);
      expect(lines()).toBe('planned\ntrunk\n');
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

/** The same by the built server, whose journal is a folder. */
describeWith(openApi)('the built server', (checker) => {
  endAfterEach();

  needs('sshd')('over SSH', () => {
    it('goes on where it may neither post nor edit, and says its words once it may again', async () => {
      const { machine: host, bench: served } = await openWork(checker, WAITING);
      const { github, words } = served;
      const [posts, edits] = [/\/issues\/\d+\/comments$/, /\/issues\/comments\/\d+$/];
      const refused = (method: string): number =>
        github.requests.filter((each) => each.method === method && each.status === 403).length;
      const allowPosts = github.faults.add({ ...BARRED, method: 'POST', path: posts });
      const asked = await words.write('william', '/work demo');
      await served.happens(({ type }) => type === 'prompt_opened');
      await until(() => refused('POST') >= 2);
      expect(words.after(asked)).toEqual([]);
      allowPosts();
      await words.answerTo(asked, /kind=live/, /kind=prompt-p1/);
      const allowEdits = github.faults.add({ ...BARRED, method: 'PATCH', path: edits });
      writeFileSync(host.path('home/ready'), '');
      await words.write('olivia', '/retry');
      await served.happens(({ type }) => type === 'run_finished');
      await until(() => refused('PATCH') >= 2);
      expect(words.after(asked).join()).not.toContain('Answered: `/retry`');
      allowEdits();
      await words.answerTo(asked, /kind=live.*\n.*succeeded/, /Answered: `\/retry`/, /kind=end/);
      expect(ofKind(words.after(asked), 'end')).toHaveLength(1);
      expect(host.content('home/lines')).toBe('planned\n');
    });

    it('goes on by the commit of its plan where the default branch is renamed while a run waits', async () => {
      const { machine: host, bench: served } = await openWork(checker, WAITING);
      const asked = await served.words.write('william', '/work demo');
      await served.words.answerTo(asked, /kind=prompt-p1/);
      served.github.renameDefaultBranch('trunk');
      served.commit({ 'procedures/demo/work.yml': WORK.replaceAll('first >>', 'trunk >>') });
      writeFileSync(host.path('home/ready'), '');
      await served.words.ask('olivia', '/retry', /kind=end.*\n.*succeeded/);
      await served.words.ask('william', '/work demo', /kind=end.*\n.*succeeded/);
      expect(host.content('home/lines')).toBe('planned\ntrunk\n');
    });
  });
});
