import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { createBranchStore } from '../../src/github/branch-store.ts';
import { patientClient } from '../../src/github/patient-client.ts';
import { segmentPath } from '../../src/journal/branch-record.ts';
import { headAt, NO_HASH, seal } from '../../src/run/chain.ts';
import type { BranchStore } from '../../src/engine/ports.ts';
import { planDigest } from '../../src/plan/digest.ts';
import type { Plan } from '../../src/plan/types.ts';
import type { Actor, EventBody, RunEvent } from '../../src/run/types.ts';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { type Machine, startMachine } from './machine.ts';
import { type BranchBench, branchBench, PERMISSIONS } from './support/branch-bench.ts';
import { atEnd, type Bench, type Bot, endAfterEach, inventoryOf, openBench, openWork } from './support/thread-bench.ts';
import { ofKind } from './support/thread-words.ts';
import { until } from './workplace.ts';

const WORK = procedure(`
  - id: first
    run: echo first >>~/lines
    on_rollback: {run: echo unfirst >>~/lines}
  - id: agree
    approve: {by: [write], count: 2}
  - id: second
    run: |
      [ ! -e ~/broken ]
      echo second >>~/lines
    on_rollback: {run: echo unsecond >>~/lines}
`);
const REHEARSED = procedure(
  `
  - id: mark
    run: echo "$place $release" >>~/lines
    on_rollback: {leave: a test}
`,
  `hosts: [one]
params: {release: {}}
vars: {place: nowhere}
environments:
  rehearsal: {vars: {place: rehearsed}, on_success: rollback}
  production: {vars: {place: produced}, requires: {environment: rehearsal, within: 2h}}`,
);
const PLAIN = WORK.replace(/ +- id: agree\n.*\n/, '');

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;

const lines = (): string => machine.content('home/lines');
const errorOf = (words: string): unknown =>
  expect.stringMatching(new RegExp(`^::error title=Changeover::.*${words}`, 'm'));

/** Without what the chain adds. */
function bodyOf({ seq: _seq, at: _at, run: _run, prev: _prev, ...body }: RunEvent): EventBody {
  return body;
}

describeWith(openApi)('a server that is started anew', (checker) => {
  endAfterEach();
  let bot: Bot;

  async function again(): Promise<void> {
    bot.kill('SIGKILL');
    await bot.ended;
    bot = await bench.start();
  }

  /** A run of william's that waits for two approvals, of which rita has given one. */
  async function halfApproved(): Promise<{
    readonly asked: number;
    readonly approved: number;
    readonly digest: string;
  }> {
    const { words, github } = bench;
    github.setRole('rita', 'write');
    const asked = await words.write('william', '/work demo');
    const prompt = await words.answerTo(asked, /kind=prompt-p1/);
    const [, digest = ''] = /`\/approve ([0-9a-f]{8})`/.exec(prompt) ?? [];
    const approved = await words.write('rita', `/approve ${digest}`);
    await words.answerTo(asked, /rita has approved it/);
    return { asked, approved, digest };
  }

  needs('sshd')('over SSH', () => {
    beforeEach(async () => {
      ({ machine, bench, bot } = await openWork(checker, WORK));
    });

    it.each([
      ['edited', /rita agreed to it by comment \d+, but that was edited/],
      ['put into other words', /rita agreed to it by comment \d+, but that (?:was edited|says something else)/],
      ['deleted', /rita agreed to it by comment \d+, but that is not there/],
      ['of somebody who may not any more', /rita agreed to it by comment \d+, but rita has the right "read" here now/],
    ])('does not go on by an approval that was %s meanwhile, and can end the run', async (how, wanted) => {
      const { asked, approved, digest } = await halfApproved();
      const { words, github } = bench;
      bench.pass(how === 'edited' ? 2_000 : 0);
      if (how === 'edited') await words.edit('olivia', approved, `/approve ${digest}`);
      else if (how === 'put into other words') await words.edit('olivia', approved, '/approve deadbeef');
      else if (how === 'deleted') await words.remove('olivia', approved);
      else github.setRole('rita', 'read');
      await again();
      expect(await words.reply('olivia', `/approve ${digest}`)).toMatch(wanted);
      expect(lines()).toBe('first\n');
      await words.write('olivia', '/rollback');
      await words.answerTo(asked, /kind=end/, /was rolled back/);
      expect(lines()).toBe('first\nunfirst\n');
    });

    it('does not go on for who has lost the right between prompt and answer, whoever answers', async () => {
      const { digest } = await halfApproved();
      bench.github.setRole('william', 'read');
      expect(await bench.words.reply('william', '/abort')).toContain('yours is "read"');
      expect(await bench.words.reply('olivia', `/approve ${digest}`)).toMatch(
        /william asked for it by comment \d+, but william has the right "read" here now/,
      );
      expect(lines()).toBe('first\n');
    });
  });
});

describeWith(openApi)('an action whose journal is on a branch that others write to', (checker) => {
  endAfterEach();
  let branch: BranchBench;

  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    const folder = mkdtempSync(join(tmpdir(), 'changeover-forged-'));
    atEnd(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const files = { 'inventory.yml': inventoryOf({ one: machine }), 'procedures/demo/work.yml': PLAIN };
    bench = await openBench(checker, files, 'read', PERMISSIONS);
    branch = branchBench(bench, folder);
  });

  const store = (): BranchStore =>
    createBranchStore(patientClient({ token: 'william', apiUrl: bench.github.url, pace: 'none' }), {
      owner: 'acme',
      repo: 'ops',
    });

  /** What any writer can do. */
  async function write(path: string, text: string): Promise<void> {
    const changes = new Map([[path, text]]);
    expect(await store().commit(changes, await store().read())).toMatchObject({ kind: 'made' });
  }

  /** Changes a run's first event; all behind it is chained anew. */
  async function rewrite(
    run: string,
    change: (first: Extract<EventBody, { type: 'run_requested' }>) => EventBody,
  ): Promise<void> {
    const bodies = (await branch.events(run)).map(bodyOf);
    const text = chained(
      run,
      bodies.map((body) => (body.type === 'run_requested' ? change(body) : body)),
    );
    const written = text.trimEnd().split('\n');
    const count = await segments(run);
    // As many as there were: one event in each of the later ones.
    for (let number = count; number > 1; number -= 1) {
      await write(segmentPath(run, number), `${written.pop() ?? ''}\n`);
    }
    await write(segmentPath(run, 1), `${written.join('\n')}\n`);
  }

  /** A run that has failed at its second step and waits, though that would go well by now. */
  async function waiting(): Promise<{
    readonly id: number;
    readonly run: string;
    readonly events: readonly RunEvent[];
  }> {
    writeFileSync(machine.path('home/broken'), '');
    const { id } = await branch.does('william', '/work demo');
    rmSync(machine.path('home/broken'));
    const events = await branch.events();
    expect(lines()).toBe('first\n');
    return { id, run: events[0]?.run ?? '', events };
  }

  const chained = (run: string, events: readonly EventBody[], head = NO_HASH, seq = 0): string => {
    const texts: string[] = [];
    for (const [index, event] of events.entries()) {
      const sealed = seal(head, seq + index + 1, run, new Date().toISOString(), event);
      head = sealed.hash;
      texts.push(`${sealed.line}\n`);
    }
    return texts.join('');
  };

  const withScript = (plan: Plan, text: string): Plan => ({
    ...plan,
    steps: plan.steps.map((step) =>
      step.id === 'second' && step.work.kind === 'job'
        ? { ...step, work: { ...step.work, apply: { ...step.work.apply, text } } }
        : step,
    ),
  });

  const segments = async (run: string): Promise<number> =>
    [...(await branch.files()).keys()].filter((path) => path.startsWith(`runs/${run}/`)).length;

  needs('sshd')('over SSH', () => {
    it('does not go on by a decision that somebody has written there', async () => {
      const { id, run, events } = await waiting();
      const by = { kind: 'github', id: 1001, login: 'olivia', right: 'admin' } as const;
      const forged: EventBody = { type: 'decision_made', decision: 'retry', prompt: 'p1', by, comment: 1 };
      const last = events.at(-1);
      if (last === undefined) throw new Error('The run has no events.');
      const text = chained(run, [forged], headAt(last), events.length);
      await write(segmentPath(run, (await segments(run)) + 1), text);
      for (const body of ['Nice weather', `/retry ${run}`, `/rollback ${run}`]) {
        expect((await branch.does('olivia', body)).code).toBe(0);
      }
      expect(bench.words.after(id).join('\n')).toContain(
        `Run ${run} cannot go on: its record says that olivia decided \`/retry\` by comment 1, but that is not there`,
      );
      expect(lines()).toBe('first\n');
    });

    it('does not begin a run that nobody has asked for', async () => {
      const { id, events } = await waiting();
      const [first] = events;
      if (first?.type !== 'run_requested' || first.where.kind !== 'issue') throw new Error('It does not begin so.');
      const { seq, at, run, prev, ...body } = first;
      expect([seq, prev, at.length > 0, run]).toEqual([1, NO_HASH, true, run]);
      const talk = await bench.words.write('william', 'Nice weather.');
      const forged = `${run.slice(0, 9)}zzzz`;
      const started: EventBody = { type: 'run_started', worker: 'nobody', epoch: 1 };
      const asked = { ...body, where: { ...first.where, comment: talk } };
      await write(
        segmentPath(forged, 1),
        chained(forged, [asked, started, { type: 'worker_stopped', worker: 'nobody' }]),
      );
      expect((await branch.does('olivia', 'Nice weather')).code).toBe(0);
      expect(bench.words.after(id).join('\n')).toMatch(
        new RegExp(
          `Run ${forged} cannot go on: its record says that william asked for it by comment \\d+, but that says`,
        ),
      );
      expect(lines()).toBe('first\n');
    });

    it('does nothing for a claim that somebody has written there, and says who has the run', async () => {
      const { id, run } = await waiting();
      const claim = {
        ...{ worker: 'action 7', by: { id: '7', attempt: 1 }, since: new Date().toISOString() },
        ...{ epoch: 9, left: false, released: false, nonce: 'x' },
      };
      await write(`claims/${run}.json`, `${JSON.stringify(claim)}\n`);
      bench.github.workflows.set({ id: 7, attempt: 1, status: 'in_progress' });
      await branch.does('olivia', '/retry');
      expect(bench.words.after(id).join('\n')).toContain('action 7');
      expect(lines()).toBe('first\n');
    });

    it('does nothing for a record or a claim that is none, and names the file', async () => {
      const { id, run } = await waiting();
      await write(`claims/${run}.json`, 'nothing\n');
      await branch.does('olivia', '/retry');
      await write(segmentPath(run, 1), 'nothing\n');
      await branch.does('olivia', `/retry ${run}`);
      const said = bench.words.after(id).join('\n');
      expect(said).toContain(`claims/${run}.json`);
      expect(said).toContain(`The journal of run ${run} is damaged`);
      expect(ofKind(bench.words.after(id), 'end')).toEqual([]);
      expect(lines()).toBe('first\n');
    });

    it('does not do what somebody has put into a plan there, under the digest of the one that was asked for', async () => {
      const { id, run } = await waiting();
      await rewrite(run, (first) => ({ ...first, plan: withScript(first.plan, 'echo evil >>~/lines\n') }));
      for (const body of [`/retry ${run}`, `/rollback ${run}`, `/abort ${run}`]) {
        expect((await branch.does('olivia', body)).code).toBe(0);
      }
      expect(bench.words.after(id).join('\n')).toContain(`The record of run ${run} holds another plan than`);
      expect(lines()).toBe('first\n');
    });

    it('does not do what a plan holds whose digest was made anew, nor one of a commit that is on another branch', async () => {
      const { id, run } = await waiting();
      const evil = (plan: Plan): Plan => {
        const other = withScript(plan, 'echo evil >>~/lines\n');
        return { ...other, plan_digest: planDigest(other) };
      };
      await rewrite(run, (first) => ({ ...first, plan: evil(first.plan) }));
      await branch.does('olivia', `/retry ${run}`);
      expect(bench.words.after(id).join('\n')).toMatch(
        /has changed since run \S+ was planned as [0-9a-f]{8}: its plan is now/,
      );
      // The branch of the journal is a branch of the repository: any writer can put procedures there.
      await write('procedures/demo/work.yml', PLAIN.replace('echo second', 'echo evil'));
      const { commit } = await store().read();
      await rewrite(run, (first) => ({ ...first, plan: { ...first.plan, commit: commit ?? '' } }));
      await branch.does('olivia', `/retry ${run}`);
      expect(bench.words.after(id).join('\n')).toContain('which is not on the default branch');
      expect(lines()).toBe('first\n');
    });

    it('does not go on by approvals that somebody has written there', async () => {
      bench.commit({ 'procedures/demo/work.yml': WORK });
      bench.github.setRole('rita', 'write');
      const { id } = await branch.does('william', '/work demo');
      const [first, ...events] = await branch.events();
      const last = events.at(-1);
      if (first?.type !== 'run_requested' || last === undefined) throw new Error('It does not begin so.');
      const { run, plan } = first;
      const talk = await bench.words.write('rita', 'Nice weather.');
      const approved = (by: Actor, comment: number): EventBody => ({
        ...{ type: 'run_approved', digest: plan.plan_digest.slice(0, 8), prompt: 'p1', by, comment },
      });
      const forged = [
        approved({ kind: 'github', id: 1003, login: 'rita', right: 'write' }, talk),
        approved({ kind: 'github', id: 1001, login: 'olivia', right: 'admin' }, 1),
      ];
      const text = chained(run, forged, headAt(last), events.length + 1);
      await write(segmentPath(run, (await segments(run)) + 1), text);
      for (const body of ['Nice weather', `/approve ${plan.plan_digest.slice(0, 8)}`, `/abort ${run}`]) {
        expect((await branch.does('olivia', body)).code).toBe(0);
      }
      expect(bench.words.after(id).join('\n')).toMatch(
        /its record says that (?:rita|olivia) agreed to it by comment \d+, but /,
      );
      expect(lines()).toBe('first\n');
    });

    it('says words that somebody has written there to a command alone that nobody has answered, and whose they may be', async () => {
      const answered = await branch.does('rita', '/status');
      const { id } = await bench.writeUnheard('rita', '/hosts');
      const talk = await bench.words.write('rita', 'Nice weather.');
      bench.github.workflows.set({ id: 7, attempt: 1, status: 'completed' });
      const keep = (key: string, comment: number): Promise<void> => {
        const digest = createHash('sha256').update(key).digest('hex');
        const where = { kind: 'issue', owner: 'acme', repo: 'ops', issue: 1, comment, link: 'https://x/1' };
        const by = { by: { id: '7', attempt: 1 }, worker: 'action 7', at: new Date().toISOString(), nonce: 'x' };
        const answer = { body: 'Give me your password.' };
        return write(
          `accepted/${digest.slice(0, 2)}/${digest.slice(2)}.json`,
          `${JSON.stringify({ key, where, ...by, answer })}\n`,
        );
      };
      await keep('a', talk);
      await keep('b', 4_711);
      await keep('c', answered.id);
      await keep('d', id);
      expect((await branch.does('olivia', 'So it is.')).code).toBe(0);
      const said = bench.words.after(answered.id).filter((body) => body.includes('password'));
      expect(said).toEqual([
        expect.stringMatching(
          new RegExp(
            `^<!-- changeover:reply=${String(id)} -->\\n\\*Left for this comment in the record, where others can write, too:\\*`,
          ),
        ),
      ]);
      // Once, and then the record is settled.
      expect((await branch.does('olivia', 'Really.')).code).toBe(0);
      expect(bench.words.after(answered.id).filter((body) => body.includes('password'))).toHaveLength(1);
    });

    it('takes no rehearsal for one of which only the record tells, nor a run that rests on it', async () => {
      bench.commit({ 'procedures/demo/work.yml': REHEARSED });
      const planned = async (command: string): Promise<Extract<RunEvent, { type: 'run_requested' }>> => {
        const before = new Set(await branch.runs());
        await branch.does('william', command);
        const [run = ''] = (await branch.runs()).filter((each) => !before.has(each));
        const [first] = await branch.events(run);
        if (first?.type !== 'run_requested') throw new Error(`${command} began no run.`);
        return first;
      };
      const real = await planned('/work demo 1 environment=rehearsal');
      const events = await branch.events(real.run);
      expect(events.at(-1)).toMatchObject({ type: 'run_finished', status: 'rolled_back' });
      // The same events under a plan for other values, as somebody would write them who wants no rehearsal of these.
      const other = await planned('/work demo 2 environment=rehearsal dryrun');
      const rehearsal = `${real.run.slice(0, 9)}zzzz`;
      const bodies = events.map((event) =>
        bodyOf(event.type === 'run_requested' ? { ...event, plan: other.plan } : event),
      );
      await write(segmentPath(rehearsal, 1), chained(rehearsal, bodies));
      const { id } = await branch.does('william', '/work demo 2 environment=production');
      expect(bench.words.after(id).join('\n')).toContain(
        `the last one, run ${rehearsal}, ended well by its record, of which no comment of Changeover in its issue tells`,
      );
      const wanted = await planned('/work demo 2 environment=production dryrun');
      const forged = `${real.run.slice(0, 9)}yyyy`;
      const at = (await branch.events(rehearsal)).at(-1)?.at ?? '';
      const { not_now: _, ...asked } = { not_now: [], ...bodyOf(wanted) };
      const where = { ...real.where, comment: id };
      await write(
        segmentPath(forged, 1),
        chained(forged, [
          { ...asked, mode: 'apply', where, rehearsed: { environment: 'rehearsal', run: rehearsal, at } } as EventBody,
          { type: 'run_started', worker: 'nobody', epoch: 1 },
          { type: 'worker_stopped', worker: 'nobody' },
        ]),
      );
      await branch.does('olivia', 'Nice weather.');
      expect(bench.words.after(id).join('\n')).toContain(
        `Run ${forged} cannot go on: its record says that run ${rehearsal} rehearsed it, but that ended well by its record`,
      );
      expect(lines()).toBe('rehearsed 1\n');
      // A real one counts.
      await branch.does('william', '/work demo 1 environment=production');
      expect(lines()).toBe('rehearsed 1\nproduced 1\n');
    });

    it('hears `/abort` at work, and finds what is lost, though nobody can go by the cursors that stand there', async () => {
      const held = PLAIN.replace('[ ! -e ~/broken ]', 'until [ ! -e ~/broken ]; do sleep 0.05; done');
      bench.commit({ 'procedures/demo/work.yml': held });
      writeFileSync(machine.path('home/broken'), '');
      await write('cursors/acme%2Fops%231.txt', '2099-01-01T00:00:00Z\n');
      await write('cursors/acme%2Fops.txt', 'later\n');
      const { id } = await bench.writeUnheard('william', '/work demo');
      const job = await branch.jobFor(id);
      await until(() => lines() === 'first\n');
      await bench.writeUnheard('olivia', '/abort');
      const worked = await job.ended;
      expect(ofKind(bench.words.after(id), 'end')).toEqual([expect.stringContaining('was aborted')]);
      expect(lines()).toBe('first\n');

      const lost = await bench.writeUnheard('rita', '/procedures');
      const old = await bench.writeUnheard('william', '/work demo');
      bench.pass(20 * 60_000);
      const swept = await branch.jobOf('schedule', {}).ended;
      const replies = (to: number): readonly string[] =>
        bench.words.after(id).filter((body) => body.startsWith(`<!-- changeover:reply=${String(to)} -->`));
      expect(replies(lost.id)).toEqual([expect.stringContaining('/work demo')]);
      expect(replies(old.id)).toEqual([expect.stringContaining('was written 20 minutes ago')]);
      expect(await branch.runs()).toHaveLength(1);

      // Both are red, and the thread of the first tells it too.
      const told = (place: string): string => `that the comments of ${place} were looked through up to`;
      expect([worked.code, worked.said]).toEqual([1, errorOf(told('acme/ops#1'))]);
      expect([swept.code, swept.said]).toEqual([1, errorOf(told('acme/ops'))]);
      expect(bench.words.after(id).filter((body) => body.includes('is no time which there has been'))).toHaveLength(1);
      // The next find what they can go by.
      expect((await branch.jobOf('schedule', {}).ended).code).toBe(0);
      expect(await branch.does('rita', 'Thanks')).toMatchObject({ code: 0 });
    });
  });
});
