import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { defaultApp } from '../../src/playground/local-github/app-settings.ts';
import { needs } from '../support/needs.ts';
import { speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { type Machine, startMachine } from './machine.ts';
import { makeRunner, startJobFor } from './support/action-job.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import type { Ended } from './support/thread-process.ts';
import { verifyOf } from './support/thread-verify.ts';
import { ofKind } from './support/thread-words.ts';
import { dispatched, openIssue } from './support/workflow-events.ts';
import { makeWorkplace, until } from './workplace.ts';

const WORK = procedure(`
  - id: first
    run: |
      [ ! -e ~/broken ]
      echo first >>~/lines
    on_rollback: {run: echo unfirst >>~/lines}
`);

type Env = Readonly<Record<string, string | undefined>>;

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let folder: string;

const lines = (): string => machine.content('home/lines');
const bodies = (issue: number): readonly string[] => bench.words.all(issue).map(({ body }) => body);

/** A whole job. */
const job = (eventName: string, payload: string, env: Env = {}): Promise<Ended> =>
  startJobFor(bench, folder, payload, {
    GITHUB_EVENT_NAME: eventName,
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_RUN_ID: '4711',
    ...env,
  }).ended;

const dispatch = async (login: string, inputs: Readonly<Record<string, string>>, env: Env = {}): Promise<Ended> =>
  job('workflow_dispatch', await dispatched(bench, login, inputs), env);

/** Somebody else runs the job again. */
const again = (login: string): Env => ({ GITHUB_RUN_ATTEMPT: '2', GITHUB_TRIGGERING_ACTOR: login });

describeWith(openApi)('the action', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    folder = makeRunner();
    const files = { 'inventory.yml': inventoryOf({ one: machine }), 'procedures/demo/work.yml': WORK };
    bench = await openBench(checker, files, 'read', {
      ...defaultApp.permissions,
      actions: 'read',
      contents: 'write',
    });
  });

  it('is red where it is not set up, and says so once in a new issue that has a command, and in no other', async () => {
    const unset = { INPUT_JOURNAL: undefined, GITHUB_REPOSITORY: undefined };
    const { number, payload } = await openIssue(bench, 'william', 'Please.\n\n/work demo');
    for (let turn = 0; turn < 2; turn += 1) {
      const ended = await job('issues', payload, unset);
      expect([ended.code, ended.said]).toEqual([2, expect.stringContaining('journal: a folder')]);
    }
    expect(bodies(number)).toEqual([expect.stringMatching(/job that should have followed this[^]*`\/status`/)]);
    // What it says of another run of the same job, that is said too.
    bench.github.setRole('william', 'read');
    expect((await job('issues', payload)).code).toBe(0);
    expect(bodies(number)).toHaveLength(2);
    const talk = await openIssue(bench, 'william', 'Nice weather');
    expect((await job('issues', talk.payload, unset)).code).toBe(2);
    expect(bodies(talk.number)).toEqual([]);
  });

  needs('sshd')('for a new issue, over SSH', () => {
    it('follows the command in its text, in a comment that says so, once', async () => {
      const { number, payload } = await openIssue(bench, 'william', 'Please, tonight.\n\n/work demo\n');
      expect((await job('issues', payload)).code).toBe(0);
      expect(lines()).toBe('first\n');
      const [note, ...said] = bodies(number);
      expect(note).toMatch(
        /^<!-- changeover:stands-for=issue-\d+ text=[0-9a-f]{64} -->\n\*\*william\*\* gave a command in the text of this issue: `\/work demo`$/,
      );
      expect(ofKind(said, 'end')).toEqual([expect.stringContaining('succeeded')]);
      const [requested] = bench.events();
      const noted = bench.words.all(number)[0]?.id;
      expect(requested).toMatchObject({
        by: { kind: 'github', login: 'william', right: 'write' },
        where: { issue: number, comment: noted, stands_for: `issue-${String(number)}` },
      });
      expect((await job('issues', payload, again('william'))).code).toBe(0);
      expect([lines(), bodies(number).length]).toEqual(['first\n', 3]);
      const work = makeWorkplace();
      atEnd(() => {
        work.remove();
      });
      const verify = verifyOf(bench, work);
      expect(await verify(['--strict'])).toMatchObject({ code: 0 });
      // By one who may edit the comments of others.
      await bench.words.edit('olivia', noted ?? 0, (note ?? '').replace('william', 'olivia'));
      expect(await verify()).toMatchObject({
        code: 1,
        out: expect.stringMatching(/stands for the command \(issue-\d+\), http\S+, was edited/),
      });
      await bench.words.remove('olivia', noted ?? 0);
      expect(await verify()).toMatchObject({ code: 1, out: expect.stringContaining('is not in the thread') });
    });

    it('says nothing about one without a command, and why not where the right or the text is not what it was', async () => {
      const talk = await openIssue(bench, 'rita', 'See /var/log and a/b.');
      expect((await job('issues', talk.payload)).code).toBe(0);
      expect(bodies(talk.number)).toEqual([]);
      const reader = await openIssue(bench, 'rita', '/work demo');
      for (let turn = 0; turn < 2; turn += 1) expect((await job('issues', reader.payload)).code).toBe(0);
      expect(bodies(reader.number)).toEqual([expect.stringContaining('the right "write" is needed; yours is "read"')]);
      const edited = await openIssue(bench, 'william', '/work demo');
      const forged = edited.payload.replaceAll('/work demo', '/work demo dryrun');
      expect((await job('issues', forged)).code).toBe(0);
      expect(bodies(edited.number)).toEqual([expect.stringContaining('the text of this issue was edited')]);
      expect(lines()).toBe('');
    });

    it('asks again about what is too old, though its comment is new', async () => {
      const { number, payload } = await openIssue(bench, 'william', '/work demo');
      bench.pass(16 * 60_000);
      expect((await job('issues', payload)).code).toBe(0);
      expect(bodies(number).at(-1)).toContain('this was written 16 minutes ago');
      expect(lines()).toBe('');
    });
  });

  needs('sshd')('for somebody who starts the workflow, over SSH', () => {
    it('opens an issue that says who gave which command, and does it there', async () => {
      const { code } = await dispatch('william', { command: '/work demo', issue: '' });
      expect(code).toBe(0);
      expect(lines()).toBe('first\n');
      const answer = await speaker(bench.github, 'rita')('GET', '/repos/acme/ops/issues/3');
      expect(answer.body).toMatchObject({ title: '/work demo', body: expect.stringContaining('named no issue') });
      const [note, ...said] = bodies(3);
      expect(note).toContain(
        '**william** gave a command by starting [a workflow](https://github.example/acme/ops/actions/runs/4711): `/work demo`',
      );
      expect(ofKind(said, 'end')).toEqual([expect.stringContaining('succeeded')]);
      expect(bench.events()[0]).toMatchObject({
        by: { kind: 'github', login: 'william', right: 'write' },
        where: { issue: 3, stands_for: 'dispatch-4711' },
      });
    });

    it('does nothing twice when its job is run again, by whomever', async () => {
      await dispatch('william', { command: '/work demo', issue: '' });
      expect((await dispatch('william', { command: '/work demo', issue: '' }, again('olivia'))).code).toBe(0);
      expect([lines(), bodies(3).length, bench.runs().length]).toEqual(['first\n', 3, 1]);
      expect((await speaker(bench.github, 'rita')('GET', '/repos/acme/ops/issues/4')).status).toBe(404);
    });

    it('takes an answer to a run, in its issue, as anybody else there would give it', async () => {
      bench.commit({ 'procedures/demo/work.yml': WORK.replace('[ ! -e ~/broken ]', 'false') });
      await dispatch('william', { command: '/work demo', issue: '#1' });
      expect(ofKind(bodies(1), 'prompt-p1')).toHaveLength(1);
      const decided = await dispatch('olivia', { command: '/rollback', issue: '1' }, { GITHUB_RUN_ID: '4712' });
      expect(decided.code).toBe(0);
      expect(ofKind(bodies(1), 'prompt-p1')).toEqual([expect.stringContaining('Answered: `/rollback` by olivia')]);
      const note = bench.words.all(1).find(({ body }) => body.includes('stands-for=dispatch-4712'));
      expect(bench.events()).toContainEqual(expect.objectContaining({ type: 'decision_made', comment: note?.id }));
    });

    it('is heard again as who started it, when the run is taken up by another job', async () => {
      bench.commit({
        'procedures/demo/work.yml': WORK.replace('[ ! -e ~/broken ]', 'until [ -e ~/go ]; do sleep 0.05; done'),
      });
      const run = { id: 4711, attempt: 1, status: 'in_progress', event: 'workflow_dispatch' } as const;
      const payload = await dispatched(bench, 'william', { command: '/work demo', issue: '1' });
      const env = { GITHUB_EVENT_NAME: 'workflow_dispatch', GITHUB_RUN_ID: '4711' };
      const stopping = startJobFor(bench, folder, payload, env);
      await bench.happens(({ type }) => type === 'job_started');
      stopping.kill('SIGINT');
      expect((await stopping.ended).code).toBe(0);
      writeFileSync(machine.path('home/go'), '');
      // Somebody else, as a record would have it that was forged.
      bench.github.workflows.set({ ...run, actor: 'olivia' });
      await job('schedule', '{}');
      expect(bodies(1).join()).toContain('but that is by olivia');
      expect(bench.events().at(-1)).toMatchObject({ type: 'worker_stopped' });
      bench.github.workflows.set({ ...run, actor: 'william' });
      expect((await job('schedule', '{}')).code).toBe(0);
      expect(lines()).toBe('first\n');
      expect(ofKind(bodies(1), 'end')).toEqual([expect.stringContaining('succeeded')]);
    });

    it.each([
      ['olivia', { command: '/approve 12345678', issue: '1' }, 'An agreement has to be a comment'],
      ['rita', { command: '/work demo' }, 'the right "write" is needed; yours is "read"'],
      ['william', { command: 'work demo' }, '`work demo` is no command'],
      ['william', { command: '/work demo env=' }, 'env'],
      ['william', { command: '/work demo', issue: 'one' }, '`issue` is the number of an issue'],
    ])('is red where it does nothing for %s and %j, and says why beside the job', async (login, inputs, why) => {
      const { code, said } = await dispatch(login, inputs);
      const [error] = /^::error title=Changeover::.*$/m.exec(said) ?? [];
      expect([code, error]).toEqual([1, expect.stringContaining(why)]);
      expect(bench.words.all(1)).toEqual([]);
      expect((await speaker(bench.github, 'rita')('GET', '/repos/acme/ops/issues/3')).status).toBe(404);
      expect(bench.runs()).toEqual([]);
    });
  });

  needs('sshd')('by the clock, over SSH', () => {
    const sweep = (env: Env = {}): Promise<Ended> => job('schedule', '{"schedule":"17 * * * *"}', env);
    /** What a job has asked of GitHub. */
    async function callsOf(work: () => Promise<Ended>): Promise<readonly string[]> {
      const before = bench.github.requests.length;
      expect((await work()).code).toBe(0);
      return bench.github.requests
        .slice(before)
        .filter(({ login }) => login === 'changeover[bot]')
        .map(({ method, path, status }) => `${method} ${path} ${String(status)}`);
    }
    const LIST = 'GET /repos/acme/ops/issues/comments 200';

    it('asks once for comments where there is nothing to do, however much was done before', async () => {
      expect(await callsOf(sweep)).toEqual([LIST, LIST]);
      const { id } = await bench.writeUnheard('william', '/work demo');
      await job('issue_comment', await bench.eventOf(id));
      expect(ofKind(bench.words.after(id), 'end')).toHaveLength(1);
      expect(await callsOf(sweep)).toEqual([LIST]);
      expect(await callsOf(async () => dispatch('william', {}))).toEqual([LIST]);
      expect(lines()).toBe('first\n');
    });

    it('finds commands in all issues that no job has followed: it answers questions, and asks about the rest', async () => {
      await sweep();
      const { id: lost } = await bench.writeUnheard('william', '/work demo');
      const { id: asked } = await bench.writeUnheard('rita', '/help work demo', 2);
      expect(await callsOf(sweep)).toEqual([LIST]);
      bench.pass(16 * 60_000);
      expect((await sweep()).code).toBe(0);
      expect(bench.words.after(lost)).toEqual([expect.stringContaining('this was written 16 minutes ago')]);
      expect(bench.words.after(asked)).toEqual([expect.stringContaining('/work demo')]);
      expect((await callsOf(sweep)).length).toBe(1);
      expect(lines()).toBe('');
    });

    it('reminds of what waits for a person', async () => {
      writeFileSync(machine.path('home/broken'), '');
      const { id } = await bench.writeUnheard('william', '/work demo');
      await job('issue_comment', await bench.eventOf(id));
      expect(ofKind(bench.words.after(id), 'prompt-p1')).toHaveLength(1);
      await sweep({ INPUT_REMIND_SECONDS: '1' });
      await until(async () => {
        await sweep({ INPUT_REMIND_SECONDS: '1' });
        return bench.words.after(id).some((body) => body.includes('about=p1-1'));
      });
    });

    it('goes on with a run whose job has died', async () => {
      bench.commit({
        'procedures/demo/work.yml': WORK.replace('[ ! -e ~/broken ]', 'until [ -e ~/go ]; do sleep 0.05; done'),
      });
      const { id } = await bench.writeUnheard('william', '/work demo');
      const dying = startJobFor(bench, folder, await bench.eventOf(id));
      await bench.happens(({ type }) => type === 'job_started');
      // While it lives it is left alone.
      expect((await sweep()).code).toBe(0);
      expect(bench.words.after(id).join()).not.toContain('taken up');
      dying.kill('SIGKILL');
      await dying.ended;
      writeFileSync(machine.path('home/go'), '');
      expect((await sweep()).code).toBe(0);
      expect(lines()).toBe('first\n');
      expect(ofKind(bench.words.after(id), 'end')).toEqual([expect.stringContaining('succeeded')]);
    });
  });

  needs('sshd')('in two jobs, over SSH', () => {
    /** A job that has no key, and what it gives to the next. */
    async function answering(eventName: string, payload: string): Promise<string> {
      const output = join(folder, `output-${String((outputs += 1))}`);
      writeFileSync(output, '');
      expect((await job(eventName, payload, { INPUT_PART: 'answer', GITHUB_OUTPUT: output })).code).toBe(0);
      return readFileSync(output, 'utf8');
    }
    let outputs = 0;
    const comment = async (login: string, body: string): Promise<{ readonly id: number; readonly payload: string }> => {
      const { id } = await bench.writeUnheard(login, body);
      return { id, payload: await bench.eventOf(id) };
    };

    it('answers what needs no host, refuses who may not, and leaves the rest to the job with the key', async () => {
      const question = await comment('rita', '/procedures');
      expect(await answering('issue_comment', question.payload)).toBe('');
      expect(bench.words.after(question.id)).toHaveLength(1);
      const refused = await comment('rita', '/work demo');
      expect(await answering('issue_comment', refused.payload)).toBe('');
      expect(bench.words.after(refused.id)).toEqual([expect.stringContaining('yours is "read"')]);
      const run = await comment('william', '/work demo');
      expect(await answering('issue_comment', run.payload)).toBe('work=true\n');
      expect([lines(), bench.words.after(run.id), bench.runs()]).toEqual(['', [], []]);
      expect((await job('issue_comment', run.payload, { INPUT_PART: 'work' })).code).toBe(0);
      expect(lines()).toBe('first\n');
    });

    it('leaves a command that was dispatched, in the comment that stands for it', async () => {
      const payload = await dispatched(bench, 'william', { command: '/work demo' });
      expect(await answering('workflow_dispatch', payload)).toBe('work=true\n');
      expect(bodies(3)).toEqual([expect.stringContaining('**william** gave a command')]);
      expect((await job('workflow_dispatch', payload, { INPUT_PART: 'work' })).code).toBe(0);
      expect([lines(), bodies(3).length]).toEqual(['first\n', 3]);
    });

    it('does the same where the journal is on a branch, on another machine each time', async () => {
      const onBranch = (part: string, run: string): Env => ({
        INPUT_JOURNAL: undefined,
        INPUT_PART: part,
        GITHUB_RUN_ID: run,
        CHANGEOVER_SPOOL: join(folder, `spool-${part}-${run}`),
        GITHUB_OUTPUT: join(folder, 'output'),
      });
      const payload = await dispatched(bench, 'william', { command: '/work demo' });
      expect((await job('workflow_dispatch', payload, onBranch('answer', '21'))).code).toBe(0);
      expect([lines(), readFileSync(join(folder, 'output'), 'utf8')]).toEqual(['', 'work=true\n']);
      expect((await job('workflow_dispatch', payload, onBranch('work', '21'))).code).toBe(0);
      expect([lines(), bodies(3).length]).toEqual(['first\n', 3]);
      await job('schedule', '{}', onBranch('all', '22'));
      const before = bench.github.requests.length;
      expect((await job('schedule', '{}', onBranch('all', '23'))).code).toBe(0);
      const calls = bench.github.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
      // All that the branch holds; that it is still so costs nothing.
      expect(calls.filter((call) => !call.endsWith('/commits/changeover'))).toEqual([
        'GET /repos/acme/ops/tarball/changeover',
        'GET /repos/acme/ops/issues/comments',
      ]);
    });

    it('leaves a run whose job has died, and dry runs that nobody has followed', async () => {
      expect(await answering('schedule', '{}')).toBe('');
      await comment('rita', '/work demo dryrun');
      expect(await answering('schedule', '{}')).toBe('');
      bench.pass(16 * 60_000);
      expect(await answering('schedule', '{}')).toBe('work=true\n');
      expect((await job('schedule', '{}', { INPUT_PART: 'work' })).code).toBe(0);
      expect(bodies(1).at(-1)).toContain('Nothing was changed');
      expect(await answering('schedule', '{}')).toBe('');
    });
  });

  needs('sshd')('that is run again, over SSH', () => {
    it('looks whether whoever does that may give the command, too', async () => {
      const { id } = await bench.writeUnheard('william', '/work demo');
      const payload = await bench.eventOf(id);
      for (let turn = 0; turn < 2; turn += 1) {
        expect((await job('issue_comment', payload, again('rita'))).code).toBe(0);
      }
      expect(bench.words.after(id)).toEqual([expect.stringContaining('the right "write" is needed; yours is "read"')]);
      const inputs = { command: '/work demo', issue: '1' };
      expect((await dispatch('william', inputs, again('rita'))).code).toBe(1);
      expect([lines(), bench.runs()]).toEqual(['', []]);
      // It was not used up by that.
      expect((await job('issue_comment', payload, { ...again('olivia'), GITHUB_RUN_ATTEMPT: '3' })).code).toBe(0);
      expect(lines()).toBe('first\n');
      expect(bench.events()[0]).toMatchObject({ by: { login: 'william' } });
    });
  });
});
