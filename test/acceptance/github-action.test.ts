import { writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { makeRunner, startJob, startJobFor } from './support/action-job.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import type { Running } from './support/thread-process.ts';
import { verifyOf } from './support/thread-verify.ts';
import { ofKind } from './support/thread-words.ts';
import { until } from './workplace.ts';
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

const job = (env: Readonly<Record<string, string | undefined>>): Running => startJob(folder, env);

/** The job that GitHub starts for a comment. */
const jobFor = async (comment: number, env: Readonly<Record<string, string | undefined>> = {}): Promise<Running> =>
  startJobFor(bench, folder, await bench.eventOf(comment), env);

/** The answers to a comment. */
const repliesTo = (comment: number): readonly string[] =>
  bench.words.after(comment).filter((body) => body.startsWith(`<!-- changeover:reply=${String(comment)} -->`));

/** Writes a comment and lets the job for it end. */
async function does(login: string, body: string): Promise<{ readonly id: number; readonly code: number | null }> {
  const { id } = await bench.writeUnheard(login, body);
  const { code } = await (await jobFor(id)).ended;
  return { id, code };
}

describe('the action', () => {
  it('has nothing to do for other events, and says so', async () => {
    for (const name of ['push', 'pull_request', 'workflow_run']) {
      const ended = await job({ GITHUB_EVENT_NAME: name, INPUT_TOKEN: undefined }).ended;
      expect([ended.code, ended.said]).toEqual([0, expect.stringContaining(`there is nothing to do for ${name}`)]);
    }
  });

  it('does not start without a journal that outlives it, or outside a workflow', async () => {
    const ended = await job({ GITHUB_EVENT_PATH: '/nowhere.json', GITHUB_REPOSITORY: undefined }).ended;
    expect([ended.code, ended.said]).toEqual([2, expect.stringMatching(/journal: a folder .* that outlives the job/)]);
    const alone = await job({ GITHUB_EVENT_NAME: undefined, INPUT_TOKEN: undefined, GITHUB_REPOSITORY: undefined })
      .ended;
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
    folder = makeRunner();
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

    it('answers a command whose job has died, in the next job of the issue, and does not act on it', async () => {
      const first = await does('rita', '/procedures');
      // A job that never came to its work.
      const lost = await bench.writeUnheard('william', '/work demo');
      const { id: young } = await does('rita', '/status');
      // Its own job may still come.
      expect(repliesTo(lost.id)).toEqual([]);
      bench.pass(16 * 60_000);
      await does('rita', 'Is it done?');
      expect(repliesTo(lost.id)).toEqual([
        expect.stringContaining('Nothing was started: this was written 16 minutes ago'),
      ]);
      // What comes of it late does nothing more.
      expect((await (await jobFor(lost.id)).ended).code).toBe(0);
      await does('rita', '/status');
      expect([first.id, young].map((id) => repliesTo(id).length)).toEqual([1, 1]);
      expect(repliesTo(lost.id)).toHaveLength(1);
      expect(lines()).toBe('');
      expect(bench.runs()).toEqual([]);
    });

    it('takes an answer to its run that is written while it works, though no job comes for that', async () => {
      bench.commit({ 'procedures/demo/work.yml': WORK.replace('echo first', 'sleep 60; echo first') });
      const { id } = await bench.writeUnheard('william', '/work demo');
      const working = await jobFor(id);
      await bench.happens(({ type }) => type === 'job_started');
      await bench.writeUnheard('william', '/abort');
      expect((await working.ended).code).toBe(0);
      expect(ofKind(bench.words.after(id), 'end')).toEqual([expect.stringContaining('was aborted')]);
      expect(lines()).toBe('');
    });

    it('gives its run back when it is told to end, says so, and the next job of any comment goes on with it', async () => {
      bench.commit({
        'procedures/demo/work.yml': WORK.replace('echo first', 'until [ -e ~/go ]; do sleep 0.05; done; echo first'),
      });
      const { id } = await bench.writeUnheard('william', '/work demo');
      const working = await jobFor(id);
      await bench.happens(({ type }) => type === 'job_started');
      working.kill('SIGINT');
      expect((await working.ended).code).toBe(0);
      expect(bench.events().at(-1)).toMatchObject({ type: 'worker_stopped' });
      expect(ofKind(bench.words.after(id), 'live')).toEqual([
        expect.stringMatching(/Changeover \(action 1 .*\) was stopped at .*Step 1, first, goes on on one\./),
      ]);
      writeFileSync(machine.path('home/go'), '');
      expect((await does('rita', 'Is it done?')).code).toBe(0);
      expect(lines()).toBe('first\nsecond\n');
      expect(ofKind(bench.words.after(id), 'end')).toEqual([expect.stringContaining('succeeded')]);
      expect(ofKind(bench.words.after(id), 'live').join()).not.toContain('was stopped at');
    });

    /** A job that is killed while it asks for the newest commit. @returns the comment */
    async function dies(body: string): Promise<number> {
      bench.github.faults.add({ path: /\/commits\/HEAD$/, delayMs: 60_000 });
      const { id } = await bench.writeUnheard('william', body);
      const dying = await jobFor(id);
      await until(() => bench.calls().some((call) => call.includes('/reactions')));
      dying.kill('SIGKILL');
      await dying.ended;
      expect([repliesTo(id), bench.runs()]).toEqual([[], []]);
      return id;
    }

    it('answers what a job took up before it died, in the next job', async () => {
      const id = await dies('/procedures');
      await does('rita', 'Hello?');
      expect(repliesTo(id)).toEqual([expect.stringContaining('write it again')]);
    });

    it('does once what a job died over before its run had begun, when it is run again', async () => {
      const id = await dies('/work demo');
      await does('rita', 'Hello?');
      for (let turn = 0; turn < 2; turn += 1) expect((await (await jobFor(id)).ended).code).toBe(0);
      expect([lines(), bench.runs()]).toEqual(['first\nsecond\n', [expect.any(String)]]);
    });

    it('turns red where GitHub does not take its words', async () => {
      const { id } = await bench.writeUnheard('rita', '/procedures');
      bench.github.faults.add({ method: 'POST', path: /\/comments$/, status: 422, body: { message: 'no' } });
      expect((await (await jobFor(id)).ended).code).toBe(1);
      expect(repliesTo(id)).toEqual([]);
    });

    it('turns red where it is not set up, and tells whoever wrote the command, once, but nobody else', async () => {
      const { id } = await bench.writeUnheard('william', '/work demo');
      for (let turn = 0; turn < 2; turn += 1) {
        const ended = await (await jobFor(id, { INPUT_JOURNAL: undefined, GITHUB_REPOSITORY: undefined })).ended;
        expect([ended.code, ended.said]).toEqual([2, expect.stringContaining('journal: a folder')]);
      }
      expect(repliesTo(id)).toEqual([expect.stringMatching(/job that should have followed this[^]*`\/status`/)]);
      const talk = await bench.writeUnheard('william', 'Nice weather');
      expect(
        (await (await jobFor(talk.id, { INPUT_JOURNAL: undefined, GITHUB_REPOSITORY: undefined })).ended).code,
      ).toBe(2);
      expect(repliesTo(talk.id)).toEqual([]);
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
