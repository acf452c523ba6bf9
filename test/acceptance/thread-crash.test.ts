import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { beforeEach, expect, it } from '@jest/globals';
import type { RunEvent } from '../../src/run/types.ts';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import type { Machine } from './machine.ts';
import { atEnd, type Bench, type Bot, endAfterEach, openWork } from './support/thread-bench.ts';
import { startBuilt } from './support/thread-process.ts';
import { ofKind } from './support/thread-words.ts';
import { until } from './workplace.ts';

/** The second step works until it is let go; each attempt at anything leaves a line. */
const WORK = procedure(`
  - id: first
    run: echo first >>~/lines
    on_rollback: {run: echo unfirst >>~/lines}
  - id: second
    run: |
      echo "second begins" | tee -a ~/lines
      until [ -e ~/go ]; do sleep 0.05; done
      [ ! -e ~/broken ]
      echo "second ends" | tee -a ~/lines
    on_rollback: {run: echo unsecond >>~/lines}
  - id: third
    run: echo third >>~/lines
    on_rollback: {run: echo unthird >>~/lines}
`);
const ALL = 'first\nsecond begins\nsecond ends\nthird\n';

const LIMIT = { message: 'You have exceeded a secondary rate limit.' };

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let bot: Bot;

const lines = (): string => machine.content('home/lines');
const letGo = (): void => {
  writeFileSync(machine.path('home/go'), '');
};
const isOpen = (event: RunEvent): boolean => event.type === 'job_started' && event.job.step === 'second';

/** A run in the midst of its second step. */
async function amidst(): Promise<number> {
  const asked = await bench.words.write('william', '/work demo');
  await bench.words.answerTo(asked, /kind=live/);
  await until(() => lines().includes('second begins'));
  await bench.happens(isOpen);
  return asked;
}

async function finishes(asked: number): Promise<void> {
  await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
  expect(lines()).toBe(ALL);
  const said = bench.words.after(asked);
  expect(ofKind(said, 'live')).toHaveLength(1);
  expect(ofKind(said, 'end')).toHaveLength(1);
  expect(bench.events().filter(isOpen)).toHaveLength(1);
  expect(bench.events().at(-1)).toMatchObject({ type: 'run_finished', status: 'succeeded' });
  // What the step printed before and after is kept as one, each line once.
  expect(await bench.words.reply('rita', '/logs second')).toContain('```text\nsecond begins\nsecond ends\n```');
}

/** What never comes to its end: the body is longer. */
const HALF_SENT = [
  'POST /api/github/webhooks HTTP/1.1',
  'host: changeover',
  'x-github-delivery: half',
  'x-github-event: issue_comment',
  'x-hub-signature-256: sha256=none',
  'content-length: 1000',
  '',
  '{"action":',
].join('\r\n');

/** Somebody who connects, sends no more than this, and stays. */
async function connectTo({ url }: Bot, sent = ''): Promise<{ readonly closed: Promise<unknown> }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined).resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  atEnd(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  await new Promise((resolve) => socket.write(sent, resolve));
  return { closed };
}

const epochs = (): readonly number[] =>
  bench.events().flatMap((event) => (event.type === 'run_started' ? [event.epoch] : []));

describeWith(openApi)('a run in an issue', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    ({ machine, bench, bot } = await openWork(checker, WORK));
  });

  needs('sshd')('whose server ends', () => {
    it('is picked up where it was when the server was killed in a step, and does nothing twice', async () => {
      const asked = await amidst();
      bot.kill('SIGKILL');
      await bot.ended;
      expect(await machine.processes()).not.toEqual([]);
      await bench.start();
      await until(() => epochs().length === 2);
      letGo();
      await finishes(asked);
      expect(epochs()).toEqual([1, 2]);
    });

    it('gives the run back once where Ctrl+C ends it, which reaches all of a terminal’s processes', async () => {
      bot.kill('SIGTERM');
      await bot.ended;
      const serving = startBuilt('cli.js', ['serve'], bench.env, ['setsid']);
      atEnd(async () => {
        serving.kill('SIGKILL');
        await serving.ended;
      });
      await serving.says(/Changeover listens/);
      process.kill(-serving.pid, 'SIGINT');
      expect(await serving.ended).toMatchObject({
        ...{ code: 0, signal: null },
        said: expect.stringContaining('Changeover has stopped'),
      });
    });

    it('lets go of it in time though somebody holds connections to the server, and ends those to its hosts first', async () => {
      await amidst();
      const silent = await connectTo(bot);
      const half = await connectTo(bot, HALF_SENT);
      bot.kill('SIGTERM');
      const told = performance.now();
      const ended = await bot.ended;
      expect(performance.now() - told).toBeLessThan(20_000);
      expect(ended).toMatchObject({ code: 0, said: expect.stringMatching(/Changeover has stopped/) });
      await Promise.all([silent, half].map(({ closed }) => closed));
      expect(bench.events().at(-1)).toMatchObject({ type: 'worker_stopped' });
    });

    it('is finished though its step ended while no server was there', async () => {
      const asked = await amidst();
      bot.kill('SIGKILL');
      await bot.ended;
      letGo();
      await until(() => lines().includes('second ends'));
      await bench.start();
      await finishes(asked);
    });

    it('goes on on its host when the server is told to stop, which it does at once and well', async () => {
      const asked = await amidst();
      bot.kill('SIGTERM');
      expect(await bot.ended).toMatchObject({ code: 0 });
      expect(bench.events().some(({ type }) => type === 'job_finished')).toBe(true);
      expect(bench.events().at(-1)).toMatchObject({
        type: 'worker_stopped',
        worker: expect.stringContaining('server'),
      });
      // Said before it went.
      expect(ofKind(bench.words.after(asked), 'live')).toEqual([
        expect.stringMatching(
          /waits for its next worker.*\n[^]*Changeover \(server .*\) was stopped at .* Step 2, second, goes on on one\./,
        ),
      ]);
      letGo();
      await until(() => lines().includes('second ends'));
      await bench.start();
      await finishes(asked);
      const live = ofKind(bench.words.after(asked), 'live').join();
      expect(live).not.toContain('was stopped at');
    });

    it('ends at once when it is told a second time, though GitHub does not take the words', async () => {
      const asked = await amidst();
      const back = bench.github.faults.add({ path: /./, status: 503, times: Number.POSITIVE_INFINITY });
      bot.kill('SIGTERM');
      await bench.happens(({ type }) => type === 'worker_stopped');
      bot.kill('SIGINT');
      const { code, said } = await bot.ended;
      expect([code, said]).toEqual([1, expect.not.stringContaining('Changeover has stopped')]);
      back();
      letGo();
      await bench.start();
      await finishes(asked);
    });

    it('gives its hosts back though its server was killed after its end, before it could', async () => {
      machine.before('find', 'while [ -e "$folder/home/hold" ]; do sleep 0.05; done');
      writeFileSync(machine.path('home/hold'), '');
      letGo();
      const asked = await bench.words.write('william', '/work demo');
      await bench.happens((event) => event.type === 'run_finished');
      const closed = machine.path('home/.changeover/closed');
      await until(() => existsSync(closed) && readdirSync(closed).length === 1);
      bot.kill('SIGKILL');
      await bot.ended;
      await machine.killProcesses();
      expect(existsSync(machine.path('home/.changeover/lock'))).toBe(true);
      rmSync(machine.path('home/hold'));
      await bench.start();
      await until(() => !existsSync(machine.path('home/.changeover/lock')));
      await finishes(asked);
    });

    it('waits on at its prompt, which is asked once, and takes the answer in the next server', async () => {
      writeFileSync(machine.path('home/broken'), '');
      letGo();
      const asked = await bench.words.write('william', '/work demo');
      await bench.words.answerTo(asked, /answer to prompt `p1`/, /kind=prompt-p1/);
      bot.kill('SIGKILL');
      await bot.ended;
      await bench.start();
      await bench.words.write('william', '/rollback');
      const said = await bench.words.answerTo(asked, /kind=end/, /was rolled back after/, /Answered: `\/rollback`/);
      expect(said).not.toContain('p2');
      expect(lines()).toBe('first\nsecond begins\nunsecond\nunfirst\n');
      for (const kind of ['live', 'prompt-p1', 'end']) {
        expect(ofKind(bench.words.after(asked), kind)).toHaveLength(1);
      }
    });

    it('is not disturbed by a link that breaks in a step', async () => {
      const asked = await amidst();
      machine.sshd.killConnections();
      letGo();
      await finishes(asked);
    });
  });

  needs('sshd')('with two servers at its journal', () => {
    it('is started once by a comment of which both hear, and either takes the answer', async () => {
      const other = await bench.start();
      writeFileSync(machine.path('home/broken'), '');
      letGo();
      const { id } = await bench.writeUnheard('william', '/work demo');
      expect(await bench.deliverTo([bot, other], id)).toEqual([202, 202].map(() => expect.any(Number)));
      await bench.words.answerTo(id, /answer to prompt `p1`/, /kind=prompt-p1/);
      expect(bench.runs()).toHaveLength(1);
      const answer = await bench.writeUnheard('olivia', '/rollback');
      await bench.deliverTo([bot, other], answer.id);
      await bench.words.answerTo(id, /kind=end/, /was rolled back after/, /Answered: `\/rollback`/);
      expect(bench.runs()).toHaveLength(1);
      expect(lines()).toBe('first\nsecond begins\nunsecond\nunfirst\n');
      for (const kind of ['live', 'prompt-p1', 'end']) expect(ofKind(bench.words.after(id), kind)).toHaveLength(1);
      expect(bench.events().filter(({ type }) => type === 'decision_made')).toHaveLength(1);
    });
  });

  needs('sshd')('while GitHub fails', () => {
    it('goes on to its end, and its words are said once when GitHub is back', async () => {
      const asked = await amidst();
      // Made and lost, cut, put off, refused: whatever is written is not heard to have arrived.
      const { faults } = bench.github;
      const comments = /\/issues\/(?:\d+\/)?comments/;
      faults.add({ method: 'POST', path: comments, status: 502, applied: true });
      faults.add({
        method: 'PATCH',
        path: comments,
        status: 403,
        headers: { 'retry-after': '1' },
        body: LIMIT,
        times: 2,
      });
      faults.add({ method: 'PATCH', path: comments, dropConnection: true, applied: true, times: 1 });
      faults.add({ method: 'GET', path: comments, status: 502, times: 2 });
      letGo();
      await bench.happens(({ type }) => type === 'run_finished');
      await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      faults.clear();
      await finishes(asked);
    });

    it('does not need GitHub for anything that it does, not even for a while', async () => {
      const asked = await amidst();
      const back = bench.github.faults.add({ path: /./, status: 503, times: Number.POSITIVE_INFINITY });
      letGo();
      await bench.happens(({ type }) => type === 'run_finished');
      expect(ofKind(bench.words.after(asked), 'end')).toEqual([]);
      back();
      await finishes(asked);
    });

    it('is picked up by a new server as soon as GitHub says which plan it was', async () => {
      const asked = await amidst();
      bot.kill('SIGKILL');
      await bot.ended;
      letGo();
      const back = bench.github.faults.add({ path: /./, status: 403, body: LIMIT, times: Number.POSITIVE_INFINITY });
      const next = await bench.start();
      await next.says(/could not be taken up yet/);
      back();
      await finishes(asked);
    });
  });
});
