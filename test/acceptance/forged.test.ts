import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { createBranchStore } from '../../src/github/branch-store.ts';
import { patientClient } from '../../src/github/patient-client.ts';
import { segmentPath } from '../../src/journal/branch-record.ts';
import { headAt, NO_HASH, seal } from '../../src/run/chain.ts';
import type { EventBody, RunEvent } from '../../src/run/types.ts';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { type Machine, startMachine } from './machine.ts';
import { type BranchBench, branchBench, PERMISSIONS } from './support/branch-bench.ts';
import { atEnd, type Bench, type Bot, endAfterEach, inventoryOf, openBench, openWork } from './support/thread-bench.ts';
import { ofKind } from './support/thread-words.ts';

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
const PLAIN = WORK.replace(/ +- id: agree\n.*\n/, '');

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;

const lines = (): string => machine.content('home/lines');

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

  /** What any writer can do. */
  async function write(path: string, text: string): Promise<void> {
    const store = createBranchStore(patientClient({ token: 'william', apiUrl: bench.github.url, pace: 'none' }), {
      owner: 'acme',
      repo: 'ops',
    });
    expect(await store.commit(new Map([[path, text]]), await store.read())).toMatchObject({ kind: 'made' });
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
  });
});
