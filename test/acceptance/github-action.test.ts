import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import { type Running, startBuilt } from './support/thread-process.ts';
import { verifyOf } from './support/thread-verify.ts';
import { ofKind } from './support/thread-words.ts';
import { makeWorkplace, type Workplace } from './workplace.ts';

const WORK = procedure(`
  - id: first
    run: echo first >>~/lines
    on_rollback: {run: echo unfirst >>~/lines}
  - id: second
    run: |
      [ ! -e ~/broken ]
      echo second >>~/lines
    on_rollback: {run: echo unsecond >>~/lines}
`);

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let folder: string;
let work: Workplace;

const lines = (): string => machine.content('home/lines');

/** A job of a workflow, with the variables that GitHub Actions sets. */
const job = (env: Readonly<Record<string, string | undefined>>): Running =>
  startBuilt('github-action.js', [], {
    HOME: folder,
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: 'issue_comment',
    GITHUB_RUN_ID: '1',
    // The local GitHub takes a login for a token; a workflow's own is the bot's there.
    INPUT_TOKEN: 'changeover[bot]',
    INPUT_LOGIN: 'changeover[bot]',
    CHANGEOVER_PACE: 'none',
    ...env,
  });

/** The job that GitHub starts for a comment. */
async function jobFor(comment: number): Promise<Running> {
  const path = join(folder, `event-${String(comment)}.json`);
  writeFileSync(path, await bench.eventOf(comment));
  const running = job({ GITHUB_EVENT_PATH: path, GITHUB_API_URL: bench.github.url, INPUT_JOURNAL: bench.journal });
  atEnd(async () => {
    running.kill('SIGKILL');
    await running.ended;
  });
  return running;
}

/** Writes a comment and lets the job for it end. */
async function does(login: string, body: string): Promise<{ readonly id: number; readonly code: number | null }> {
  const { id } = await bench.writeUnheard(login, body);
  const { code } = await (await jobFor(id)).ended;
  return { id, code };
}

describe('the action', () => {
  it('has nothing to do for other events, and says so', async () => {
    for (const name of ['push', 'issues', 'workflow_dispatch', 'schedule']) {
      const ended = await job({ GITHUB_EVENT_NAME: name, INPUT_TOKEN: undefined }).ended;
      expect([ended.code, ended.said]).toEqual([0, expect.stringContaining(`there is nothing to do for ${name}`)]);
    }
  });

  it('does not start without a journal that outlives it, or outside a workflow', async () => {
    const ended = await job({ GITHUB_EVENT_PATH: '/nowhere.json' }).ended;
    expect([ended.code, ended.said]).toEqual([2, expect.stringMatching(/journal: a folder .* that outlives the job/)]);
    const alone = await job({ GITHUB_EVENT_NAME: undefined, INPUT_TOKEN: undefined }).ended;
    expect(alone.code).toBe(2);
    for (const name of ['GITHUB_EVENT_NAME', 'GITHUB_EVENT_PATH', 'token:', 'journal:'])
      expect(alone.said).toContain(name);
  });
});

describeWith(openApi)('the action for a comment', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    work = makeWorkplace();
    atEnd(() => {
      work.remove();
    });
    folder = mkdtempSync(join(tmpdir(), 'changeover-action-'));
    atEnd(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    bench = await openBench(checker, {
      'inventory.yml': inventoryOf({ one: machine }),
      'procedures/demo/work.yml': WORK,
    });
  });

  needs('sshd')('over SSH', () => {
    it('looks, and works until the run is done and told, a process for each comment', async () => {
      const looked = await does('rita', '/work demo dryrun');
      expect(looked.code).toBe(0);
      expect(bench.words.after(looked.id).join()).toContain('Nothing was changed');
      expect(lines()).toBe('');
      const ran = await does('william', '/work demo');
      expect(ran.code).toBe(0);
      expect(lines()).toBe('first\nsecond\n');
      expect(ofKind(bench.words.after(ran.id), 'live')).toEqual([expect.stringContaining('succeeded after')]);
      expect(ofKind(bench.words.after(ran.id), 'end')).toHaveLength(1);
      expect(await machine.left()).toEqual([]);
      expect(await verifyOf(bench, work)(['--strict'])).toMatchObject({
        code: 0,
        out: expect.stringContaining('2 comments in its thread'),
      });
    });

    it('ends where a person must decide, and the next one takes the decision', async () => {
      writeFileSync(machine.path('home/broken'), '');
      const ran = await does('william', '/work demo');
      // A run that fails is told in the thread; the job has done what it should.
      expect(ran.code).toBe(0);
      expect(ofKind(bench.words.after(ran.id), 'prompt-p1')).toHaveLength(1);
      expect((await does('rita', '/rollback')).code).toBe(0);
      expect(lines()).toBe('first\n');
      expect((await does('olivia', '/rollback')).code).toBe(0);
      expect(lines()).toBe('first\nunsecond\nunfirst\n');
      const said = bench.words.after(ran.id);
      expect(ofKind(said, 'live')).toEqual([expect.stringContaining('was rolled back after')]);
      expect(ofKind(said, 'prompt-p1')).toEqual([expect.stringContaining('Answered: `/rollback` by olivia')]);
      expect(ofKind(said, 'end')).toHaveLength(1);
    });

    it('does nothing twice when its job is run again', async () => {
      const { id } = await does('william', '/work demo');
      const again = await (await jobFor(id)).ended;
      expect(again.code).toBe(0);
      expect(lines()).toBe('first\nsecond\n');
      expect(bench.runs()).toHaveLength(1);
      expect(ofKind(bench.words.after(id), 'live')).toHaveLength(1);
    });

    it('turns red where GitHub does not say who asks, and starts nothing', async () => {
      bench.github.faults.add({ path: /\/permission$/, status: 403, body: { message: 'Resource not accessible' } });
      const { id, code } = await does('william', '/work demo');
      expect(code).toBe(1);
      expect(lines()).toBe('');
      expect(bench.words.after(id)).toEqual([expect.stringContaining('Nothing was done')]);
    });
  });
});
