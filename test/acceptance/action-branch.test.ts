import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { type Machine, startMachine } from './machine.ts';
import { type BranchBench, branchBench, PERMISSIONS } from './support/branch-bench.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import { type Ended, startBuilt } from './support/thread-process.ts';
import { ofKind } from './support/thread-words.ts';
import { runWorkflow } from './support/workflow.ts';
import { dispatched } from './support/workflow-events.ts';
import { until } from './workplace.ts';

const WORK = procedure(`
  - id: first
    run: |
      echo first >>~/lines
      until [ ! -e ~/wait ]; do sleep 0.05; done
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
let branch: BranchBench;
let folder: string;

const lines = (): string => machine.content('home/lines');
const repliesTo = (comment: number): readonly string[] =>
  bench.words.after(comment).filter((body) => body.startsWith(`<!-- changeover:reply=${String(comment)} -->`));

/** A run whose job, workflow run 7, is killed in the midst of its first step. @returns the comment that asked for it */
async function dead(): Promise<number> {
  writeFileSync(machine.path('home/wait'), '');
  const { id } = await bench.writeUnheard('william', '/work demo');
  const dying = await branch.jobFor(id, 7);
  await until(() => lines() === 'first\n');
  dying.kill('SIGKILL');
  await dying.ended;
  return id;
}

/** The job of a workflow that somebody starts, with what is handed over to it. */
async function takeHandover(login: string, handover: string): Promise<Ended> {
  const payload: unknown = JSON.parse(await dispatched(bench, login, { command: '', issue: '', handover }));
  return branch.jobOf('workflow_dispatch', payload, undefined, { INPUT_HANDOVER: handover }).ended;
}

describeWith(openApi)('an action whose journal is on a branch', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    folder = mkdtempSync(join(tmpdir(), 'changeover-branch-'));
    atEnd(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const files = { 'inventory.yml': inventoryOf({ one: machine }), 'procedures/demo/work.yml': WORK };
    bench = await openBench(checker, files, 'read', PERMISSIONS);
    branch = branchBench(bench, folder);
  });

  needs('sshd')('over SSH', () => {
    it('works until the run is done, and leaves its whole record there', async () => {
      const ran = await branch.does('william', '/work demo');
      expect([ran.code, lines()]).toEqual([0, 'first\nsecond\n']);
      expect(ofKind(bench.words.after(ran.id), 'end')).toHaveLength(1);
      expect((await branch.events()).at(-1)).toMatchObject({ type: 'run_finished', status: 'succeeded' });
      expect(await machine.left()).toEqual([]);
      // The first begins the branch with the run and with what it was begun for; then there are its end, and that it is
      // given back, followed and told.
      const commits = bench.github.requests.filter(({ path }) => /\/(?:graphql|git\/refs)$/.test(path));
      expect(commits.map(({ path, status }) => `${path} ${String(status)}`)).toEqual([
        '/repos/acme/ops/git/refs 201',
        '/graphql 200',
        '/graphql 200',
      ]);
      const files = [...(await branch.files())];
      const below = (folder: string) => files.filter(([path]) => path.startsWith(`${folder}/`));
      expect(['claims', 'accepted', 'cursors', 'names', 'lines'].map((each) => below(each).length)).toEqual([
        ...[1, 2, 1, 0, 0],
      ]);
      // What is settled is the same file.
      expect(new Set(below('accepted').map(([, blob]) => blob)).size).toBe(1);
    });

    it('ends where a person must decide, and a job on another runner takes the decision', async () => {
      writeFileSync(machine.path('home/broken'), '');
      const ran = await branch.does('william', '/work demo');
      expect(ofKind(bench.words.after(ran.id), 'prompt-p1')).toHaveLength(1);
      expect((await branch.does('olivia', '/rollback')).code).toBe(0);
      expect(lines()).toBe('first\nunsecond\nunfirst\n');
      expect((await branch.events()).at(-1)).toMatchObject({ status: 'rolled_back' });
    });

    it('goes to one of ten that race for it', async () => {
      writeFileSync(machine.path('home/broken'), '');
      const ran = await branch.does('william', '/work demo');
      rmSync(machine.path('home/broken'));
      const answers = [];
      for (let each = 0; each < 10; each += 1) answers.push(await bench.writeUnheard('william', '/retry'));
      const jobs = await Promise.all(answers.map(({ id }) => branch.jobFor(id)));
      const ends = await Promise.all(jobs.map(({ ended }) => ended));
      expect(ends.map(({ code }) => code)).toEqual(Array.from({ length: 10 }, () => 0));
      expect(lines()).toBe('first\nsecond\n');
      const events = await branch.events();
      expect(events.filter(({ type }) => type === 'decision_made')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ type: 'run_finished', status: 'succeeded' });
      // One has won, which the run itself tells; each of the others says who it was, or what has come of the run by then, in
      // the thread and in its job's log, and what to type.
      const started = events.findLast((event) => event.type === 'run_started');
      const [run, winner] = [started?.run ?? '', started?.worker ?? ''];
      const lost = answers.flatMap(({ id }, index) => repliesTo(id).map((body) => ({ body, index })));
      expect(lost).toHaveLength(9);
      expect(new Set(lost.map(({ index }) => index)).size).toBe(9);
      const [has, is] = [
        `Run ${run} (?:is being worked on|was taken up a moment before)`,
        `\`/status ${run}\` shows how it stands`,
      ];
      const texts = [
        `${has} by ${winner} \\(workflow run \\d+, attempt 1, since \\S+\\)\\. ${is}\\. This has decided nothing: .*type it again\\.`,
        `Run ${run} has ended: succeeded\\. .*\`/status ${run}\``,
        `p1 of run ${run} was answered already`,
        'No run of this issue waits for an answer, so `/retry` did nothing\\. `/status` shows',
      ];
      for (const { body, index } of lost) {
        expect(body).toMatch(new RegExp(`^.*\n(?:${texts.join('|')})`));
        // Who has won looks through the issue, and may have answered in a job's stead.
        const [, told = ''] = body.split('\n');
        const said = ends[index]?.said ?? '';
        expect([
          told,
          said.includes(told) || /taken up before, or by another|is left to the process/.test(said),
        ]).toEqual([told, true]);
      }
      expect(ofKind(bench.words.after(ran.id), 'end')).toHaveLength(1);
    });

    it('takes a run up whose worker has died, once GitHub says so, with what its machine had to itself lost', async () => {
      const id = await dead();
      await branch.does('rita', 'Is it done?');
      expect((await branch.events()).filter(({ type }) => type === 'run_started').length).toBeLessThan(2);
      bench.github.workflows.set({ id: 7, attempt: 1, status: 'completed' });
      rmSync(machine.path('home/wait'));
      const next = await branch.does('rita', 'And now?');
      expect(next.code).toBe(0);
      expect(lines()).toBe('first\nsecond\n');
      const events = await branch.events();
      expect(events.at(-1)).toMatchObject({ type: 'run_finished', status: 'succeeded' });
      expect(events.filter(({ type }) => type === 'job_started')).toHaveLength(2);
      expect(ofKind(bench.words.after(id), 'end')).toHaveLength(1);
    });

    it('goes to one of ten that find its worker dead, and the thread hears of that one alone', async () => {
      const id = await dead();
      bench.github.workflows.set({ id: 7, attempt: 1, status: 'completed' });
      const comments = [];
      for (let each = 0; each < 10; each += 1) comments.push(await bench.writeUnheard('rita', 'Is it done?'));
      const jobs = await Promise.all(comments.map((comment) => branch.jobFor(comment.id)));
      // All but the one that has it end.
      const over: number[] = [];
      for (const { ended, pid } of jobs) void ended.then(() => over.push(pid));
      await until(() => over.length === 9);
      expect(lines()).toBe('first\n');
      rmSync(machine.path('home/wait'));
      const ends = await Promise.all(jobs.map(({ ended }) => ended));
      expect(ends.map(({ code }) => code)).toEqual(Array.from({ length: 10 }, () => 0));
      expect(lines()).toBe('first\nsecond\n');
      const events = await branch.events();
      expect(events.at(-1)).toMatchObject({ type: 'run_finished', status: 'succeeded' });
      // Who was not first has its job's log to say so, and names who was.
      const winner = events.findLast((event) => event.type === 'run_started')?.worker ?? '';
      const said = ends.flatMap(
        (each) =>
          /Run \S+ (?:is being worked on|was taken up a moment before) by (action \S+ \S+ \d+)/.exec(each.said)?.[1] ??
          [],
      );
      expect(said).toEqual(said.map(() => winner));
      expect(bench.words.after(id).filter((body) => body.includes('is being worked on by'))).toEqual([]);
      expect(ofKind(bench.words.after(id), 'end')).toHaveLength(1);
    });

    it('is taken up by the job that the clock has started, once GitHub says that its worker has died', async () => {
      const id = await dead();
      const sweep = (): Promise<Ended> => branch.jobOf('schedule', {}).ended;
      expect((await sweep()).code).toBe(0);
      expect(ofKind(bench.words.after(id), 'end')).toEqual([]);
      bench.github.workflows.set({ id: 7, attempt: 1, status: 'completed' });
      rmSync(machine.path('home/wait'));
      expect((await sweep()).code).toBe(0);
      expect(lines()).toBe('first\nsecond\n');
      expect((await branch.events()).at(-1)).toMatchObject({ type: 'run_finished', status: 'succeeded' });
      expect(ofKind(bench.words.after(id), 'end')).toHaveLength(1);
    });

    it('hears `/pause` and `/abort` while it works on its run, from jobs that leave them to it', async () => {
      writeFileSync(machine.path('home/wait'), '');
      const { id } = await bench.writeUnheard('william', '/work demo');
      const worker = await branch.jobFor(id);
      await until(() => lines() === 'first\n');
      const words = [];
      for (const word of ['/pause', '/abort']) words.push(await bench.writeUnheard('olivia', word));
      const jobs = await Promise.all(words.map((word) => branch.jobFor(word.id)));
      const ends = await Promise.all([worker, ...jobs].map(({ ended }) => ended));
      expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
      // A job that is slow to begin finds that it was heard.
      for (const { said } of ends.slice(1))
        expect(said).toMatch(/is left to the process|taken up before, or by another/);
      const events = await branch.events();
      expect(events.flatMap((event) => (event.type === 'decision_made' ? [event.decision] : []))).toEqual([
        'pause',
        'abort',
      ]);
      expect(events.filter(({ type }) => type === 'run_started')).toHaveLength(1);
      expect(ofKind(bench.words.after(id), 'end')).toEqual([expect.stringContaining('was aborted')]);
      expect(words.flatMap((word) => repliesTo(word.id))).toEqual([]);
      expect(lines()).toBe('first\n');
    });

    it('adopts the jobs of steps that had ended before the machine was lost, each once and with what it printed', async () => {
      const steps = ['one', 'two', 'three'].map(
        (id) => `
  - id: ${id}
    run: |
      echo ${id} | tee -a ~/lines
      until [ ${id} != three ] || [ ! -e ~/wait ]; do sleep 0.05; done
    on_rollback: {leave: a test}
`,
      );
      bench.commit({ 'procedures/demo/work.yml': procedure(steps.join('')) });
      writeFileSync(machine.path('home/wait'), '');
      const { id } = await bench.writeUnheard('william', '/work demo');
      const dying = await branch.jobFor(id, 7);
      await until(() => lines() === 'one\ntwo\nthree\n');
      dying.kill('SIGKILL');
      await dying.ended;
      // All that the branch has is that the run was asked for.
      expect((await branch.events()).map(({ type }) => type)).toEqual(['run_requested']);
      bench.github.workflows.set({ id: 7, attempt: 1, status: 'completed' });
      rmSync(machine.path('home/wait'));
      expect((await branch.does('rita', 'And now?')).code).toBe(0);
      expect(lines()).toBe('one\ntwo\nthree\n');
      const ends = (await branch.events()).filter((event) => event.type === 'job_finished');
      expect(
        ends.map(({ job, outcome, captured }) => [
          job.step,
          outcome,
          'text' in captured.stdout && captured.stdout.text,
        ]),
      ).toEqual([
        ['one', 'changed', 'one\n'],
        ['two', 'changed', 'two\n'],
        ['three', 'changed', 'three\n'],
      ]);
      expect(await machine.left()).toEqual([]);
    });

    it('goes on past steps while GitHub is away, and ends once all of it is on the branch', async () => {
      writeFileSync(machine.path('home/wait'), '');
      const { id } = await bench.writeUnheard('william', '/work demo');
      const working = await branch.jobFor(id);
      await until(() => lines() === 'first\n');
      const heal = bench.github.faults.add({ path: /^\/(?:repos\/|graphql$)/, status: 503, times: Infinity });
      rmSync(machine.path('home/wait'));
      await until(() => lines() === 'first\nsecond\n');
      await until(() => bench.github.requests.some(({ path, status }) => path === '/graphql' && status === 503));
      // Its end is not told to the host before it is on the branch.
      const run = readdirSync(machine.path('home/.changeover/runs'))[0] ?? '';
      const isClosed = (): boolean => existsSync(machine.path(`home/.changeover/closed/${run}`));
      expect(isClosed()).toBe(false);
      heal();
      expect((await working.ended).code).toBe(0);
      expect((await branch.events()).at(-1)).toMatchObject({ type: 'run_finished', status: 'succeeded' });
      expect(ofKind(bench.words.after(id), 'end')).toHaveLength(1);
      expect(isClosed()).toBe(true);
      expect(await machine.left()).toEqual([]);
    });

    it('leaves a record that is checked as any other', async () => {
      await branch.does('william', '/work demo');
      const file = join(folder, 'run.jsonl');
      const text = await branch.text();
      writeFileSync(file, text);
      const verify = (): Promise<Ended> => startBuilt('cli.js', ['verify', file], { HOME: folder }).ended;
      expect(await verify()).toMatchObject({ code: 0, said: expect.stringContaining('intact') });
      writeFileSync(file, text.replace('"one"', '"two"'));
      expect(await verify()).toMatchObject({ code: 1 });
    });

    it('is handed over to a new job before its own is ended, which takes it with the nonce alone, and once', async () => {
      writeFileSync(machine.path('home/wait'), '');
      const { id } = await bench.writeUnheard('william', '/work demo');
      const first = await branch.jobFor(id, 7, { CHANGEOVER_HANDOVER_SECONDS: '10' });
      expect((await first.ended).code).toBe(0);
      expect(bench.github.workflows.dispatches).toEqual([
        { workflow: 'changeover.yml', ref: 'main', inputs: { handover: expect.stringMatching(/^\d{8}-\w{4} \S+$/) } },
      ]);
      const handover = bench.github.workflows.dispatches[0]?.inputs['handover'] ?? '';
      const [run = ''] = handover.split(' ');
      expect((await branch.events()).at(-1)).toMatchObject({ type: 'worker_stopped' });
      expect(lines()).toBe('first\n');

      const take = (given: string): Promise<Ended> => takeHandover('william', given);
      const forged = await take(`${run} 6f9619ff-8b86-d011-b42d-00cf4fc964ff`);
      expect([forged.code, forged.said]).toEqual([1, expect.stringContaining(`nobody has handed run ${run} over so`)]);
      expect(await take('20261127-0000 x')).toMatchObject({ code: 1, said: expect.stringContaining('no such run') });
      expect((await branch.events()).at(-1)).toMatchObject({ type: 'worker_stopped' });

      rmSync(machine.path('home/wait'));
      expect((await take(handover)).code).toBe(0);
      expect(lines()).toBe('first\nsecond\n');
      expect(ofKind(bench.words.after(id), 'end')).toEqual([expect.stringContaining('succeeded')]);
      const replayed = await take(handover);
      expect([replayed.code, replayed.said]).toEqual([1, expect.stringContaining('was taken over so before')]);
      expect((await branch.events()).filter(({ type }) => type === 'run_started')).toHaveLength(2);
    });

    it('is not handed over for somebody who may not run it any more', async () => {
      writeFileSync(machine.path('home/wait'), '');
      const { id } = await bench.writeUnheard('william', '/work demo');
      const first = await branch.jobFor(id, 7, { CHANGEOVER_HANDOVER_SECONDS: '10' });
      expect((await first.ended).code).toBe(0);
      bench.github.setRole('william', 'read');
      rmSync(machine.path('home/wait'));
      const handover = bench.github.workflows.dispatches[0]?.inputs['handover'];
      const next = await takeHandover('changeover[bot]', handover ?? '');
      expect([next.code, next.said]).toEqual([1, expect.stringContaining('has the right \\"read\\" now')]);
      expect(lines()).toBe('first\n');
      const told = bench.words.after(id).filter((body) => body.includes('who asked for it, has the right "read" now'));
      expect(told).toHaveLength(1);
    });

    it('leaves what its steps have printed to be uploaded also where its job is cancelled, as no host has it any more', async () => {
      const steps = ['first', 'second'].map(
        (id) => `
  - id: ${id}
    run: |
      echo ${id} | tee -a ~/lines
      until [ ${id} != second ] || [ ! -e ~/wait ]; do sleep 0.05; done
    on_rollback: {leave: a test}
`,
      );
      bench.commit({ 'procedures/demo/work.yml': procedure(steps.join('')) });
      writeFileSync(machine.path('home/wait'), '');
      const { id } = await bench.writeUnheard('william', '/work demo');
      const payload = JSON.parse(await bench.eventOf(id)) as Readonly<Record<string, unknown>>;
      const event = { name: 'issue_comment', payload };
      // The inventory of the tests names the key.
      const settings = { secrets: { CHANGEOVER_SSH_KEY: '' }, vars: { CHANGEOVER_KNOWN_HOSTS: '' } };
      const begun = (): Promise<void> => until(() => lines() === 'first\nsecond\n');
      const ran = (await runWorkflow(branch, folder, event, settings, {}, { work: begun })).get('work');
      expect([ran?.code, ran?.uploaded.length]).toEqual([0, 1]);
      const [run = ''] = await branch.runs();
      expect((await branch.events()).at(-1)).toMatchObject({ type: 'worker_stopped' });
      expect(readFileSync(join(ran?.uploaded[0] ?? '', `${run}/one/first/-/apply.1.out`), 'utf8')).toBe('first\n');
      const ofFirst = join('home/.changeover/runs', run, 'one/first/-/apply.1');
      expect(readdirSync(machine.path(ofFirst))).not.toContain('out');
    });

    it('is handed over from one run of the workflow to copy to the next, each of two jobs, as its file says', async () => {
      const { key, host_key: _, ...entry } = machine.entry();
      bench.commit({
        'inventory.yml': JSON.stringify({ hosts: { one: entry } }),
        'procedures/demo/work.yml': WORK.replace('echo second >>~/lines', 'echo second | tee -a ~/lines'),
      });
      const settings = {
        secrets: { CHANGEOVER_SSH_KEY: readFileSync(String(key), 'utf8') },
        vars: { CHANGEOVER_KNOWN_HOSTS: readFileSync(machine.sshd.knownHosts, 'utf8') },
      };
      writeFileSync(machine.path('home/wait'), '');
      const { id } = await bench.writeUnheard('william', '/work demo');
      const payload = JSON.parse(await bench.eventOf(id)) as Readonly<Record<string, unknown>>;
      // All that is not in the file: in the tests a job's time is short.
      const short = { work: { CHANGEOVER_HANDOVER_SECONDS: '10' } };
      const first = await runWorkflow(branch, folder, { name: 'issue_comment', payload }, settings, short);
      expect([...first].map(([name, { code, uploaded }]) => [name, code, uploaded.length])).toEqual([
        ['answer', 0, 0],
        // No step has printed anything yet.
        ['work', 0, 0],
      ]);
      expect(first.get('answer')?.inputs['ssh_key']).toBe('');
      expect([lines(), (await branch.events()).at(-1)?.type]).toEqual(['first\n', 'worker_stopped']);
      const [dispatch, ...more] = bench.github.workflows.dispatches;
      expect([dispatch?.workflow, more]).toEqual(['changeover.yml', []]);

      rmSync(machine.path('home/wait'));
      const inputs = dispatch?.inputs ?? {};
      const started = JSON.parse(await dispatched(bench, 'changeover[bot]', inputs)) as Readonly<
        Record<string, unknown>
      >;
      const event = { name: 'workflow_dispatch', payload: started, inputs };
      const second = await runWorkflow(branch, folder, event, settings);
      expect([...second].map(([name, { code, uploaded }]) => [name, code, uploaded.length])).toEqual([
        ['answer', 0, 0],
        ['work', 0, 1],
      ]);
      expect(second.get('work')?.inputs['handover']).toBe(inputs['handover']);
      const [run] = await branch.runs();
      const log = join(second.get('work')?.uploaded[0] ?? '', `${run ?? ''}/one/second/-/apply.1.out`);
      expect(readFileSync(log, 'utf8')).toBe('second\n');
      expect(lines()).toBe('first\nsecond\n');
      expect(ofKind(bench.words.after(id), 'end')).toEqual([expect.stringContaining('succeeded')]);
      expect((await branch.events()).filter(({ type }) => type === 'run_started')).toHaveLength(2);
      // What was handed over is used up: nothing is left for a job with the key.
      const third = await runWorkflow(branch, folder, { name: 'schedule', payload: {} }, settings);
      expect([...third.keys()]).toEqual(['answer']);
    });
  });
});
