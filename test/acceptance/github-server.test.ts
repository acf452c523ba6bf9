import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hasLooked } from '../support/local-github.ts';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import {
  atEnd,
  type Bench,
  type Bot,
  deliver,
  endAfterAll,
  endAfterEach,
  inventoryOf,
  openBench,
  SECRET,
} from './support/thread-bench.ts';
import { startBuilt } from './support/thread-process.ts';
import { ofKind } from './support/thread-words.ts';
import { until } from './workplace.ts';

/** Eleven steps, some of which take long enough to be shown while they run; the fifth fails where it is told to. */
const ELEVEN = procedure(
  Array.from(
    { length: 11 },
    (_, index) => `
  - id: step-${String(index + 1)}
    run: |
      sleep 0.4
      ${index === 4 ? '[ ! -e ~/broken ]' : `echo ${String(index + 1)}`}
    on_rollback: {run: 'true'}`,
  ).join(''),
);

const openApi = await loadOpenApi();

describe('the server', () => {
  it('does not start without what it needs, and names all of it at once', async () => {
    const ended = await startBuilt('server.js', [], { PORT: 'many', LOG_LEVEL: 'loud' }).ended;
    expect(ended.code).toBe(2);
    for (const name of ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET', 'PORT', 'LOG_LEVEL']) {
      expect(ended.said).toMatch(new RegExp(`^ {2}${name}: .`, 'm'));
    }
    expect(ended.said).toContain('without it anybody could send commands');
  });

  it('does not start without a webhook secret, or with an empty one', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const secret of [undefined, '', ' ']) {
      const env = { APP_ID: '7001', PRIVATE_KEY: key, PORT: '0', WEBHOOK_SECRET: secret };
      const ended = await startBuilt('server.js', [], env).ended;
      expect([ended.code, ended.said.trim().split('\n').slice(1)]).toEqual([
        2,
        [expect.stringContaining('WEBHOOK_SECRET')],
      ]);
    }
  });

  it('does not start with a key that is none', async () => {
    const env = { APP_ID: '7001', PRIVATE_KEY: 'not a key', PORT: '0', WEBHOOK_SECRET: SECRET };
    const ended = await startBuilt('server.js', [], env).ended;
    expect([ended.code, ended.said]).toEqual([1, expect.stringContaining('PRIVATE_KEY holds no private key')]);
    const lost = await startBuilt('server.js', [], { ...env, PRIVATE_KEY: '', PRIVATE_KEY_PATH: '/no/such.pem' }).ended;
    expect([lost.code, lost.said]).toEqual([
      1,
      expect.stringMatching(/^changeover: The file \/no\/such.pem.* cannot be read: ENOENT/),
    ]);
  });
});

let bench: Bench;
let bot: Bot;

/** Of an event what is forged here. */
interface Told {
  readonly issue: { readonly number: number };
  readonly comment: { readonly body: string; readonly user: { readonly login: string; readonly id: number } };
}

describeWith(openApi)('a server that listens', (checker) => {
  endAfterAll();
  beforeAll(async () => {
    bench = await openBench(checker, { 'inventory.yml': 'hosts: {}\n' });
    bot = await bench.start();
    await until(() => hasLooked(bench.github));
  });

  it('believes signed events only, with its own secret, never with the one that Probot would take', async () => {
    const { id } = await bench.writeUnheard('william', '/procedures');
    const payload = await bench.eventOf(id);
    for (const secret of ['development', 'another']) {
      expect(await deliver(bot.url, { id: 'forged', payload, secret })).toBe(400);
    }
    // What was signed for one comment is no signature of another.
    const other = payload.replace('/procedures', '/hosts');
    expect(await deliver(bot.url, { id: 'changed', payload: other, secret: SECRET, signed: payload })).toBe(400);
    expect(await deliver(bot.url, { id: 'unsigned', payload, secret: undefined })).toBe(400);
    await bench.words.reply('rita', '/hlep');
    expect(bench.words.after(id)).toHaveLength(1);
    expect(bot.said()).not.toContain(SECRET);
  });

  it('does what a delivery says once, whenever and under whichever id it is sent again', async () => {
    const { words } = bench;
    const id = await words.write('rita', '/procedures');
    await words.answerTo(id, /changeover:reply=/);
    const payload = await bench.eventOf(id);
    await bench.deliverAgain(id);
    expect(await deliver(bot.url, { id: 'another', payload, secret: SECRET })).toBe(202);
    bot.kill('SIGKILL');
    await bot.ended;
    bot = await bench.start();
    bench.pass(3_600_000);
    expect(await deliver(bot.url, { id: 'later', payload, secret: SECRET })).toBe(202);
    await words.reply('rita', '/hlep');
    expect(words.after(id).filter((body) => body.includes(`changeover:reply=${String(id)} `))).toHaveLength(1);
  });

  it('believes no event of who wrote a comment, of what it says and where, but what GitHub says now', async () => {
    const { words } = bench;
    const issue = await words.openIssue('another');
    const swaps: readonly ((event: Told) => Told)[] = [
      ({ comment, ...rest }) => ({ ...rest, comment: { ...comment, user: { ...comment.user, login: 'olivia' } } }),
      ({ comment, ...rest }) => ({
        ...rest,
        comment: { ...comment, user: { ...comment.user, login: 'olivia', id: 1001 } },
      }),
      ({ comment, ...rest }) => ({ ...rest, comment: { ...comment, body: '/hosts' } }),
      (event) => ({ ...event, issue: { ...event.issue, number: issue } }),
    ];
    for (const swap of swaps) {
      const { id } = await bench.writeUnheard('rita', '/lock one the disk is being replaced');
      const payload = JSON.stringify(swap(JSON.parse(await bench.eventOf(id)) as Told));
      expect(await deliver(bot.url, { id: 'forged', payload, secret: SECRET })).toBe(202);
      const reply = new RegExp(`changeover:reply=${String(id)} [^]*(?:the comment was edited|"write" is needed)`);
      await until(() => [...words.all(), ...words.all(issue)].some(({ body }) => reply.test(body)));
    }
    expect(await words.reply('rita', '/queue')).toContain('Nothing is locked');
  });

  it('lives on, and does nothing, for events that it does not know, garbage, and installations that are none of its', async () => {
    const { words } = bench;
    const { id } = await bench.writeUnheard('william', '/procedures');
    const event = JSON.parse(await bench.eventOf(id)) as Readonly<Record<string, object>>;
    const elsewhere = JSON.stringify({
      ...event,
      installation: { id: 999 },
      repository: { ...event['repository'], name: 'other', full_name: 'acme/other' },
    });
    const send = (payload: string, name?: string): Promise<number> =>
      deliver(bot.url, { id: 'x', payload, secret: SECRET, ...(name === undefined ? {} : { event: name }) });
    expect(await send(elsewhere)).toBe(202);
    // Nobody there is known to have a right, and nothing can be said there.
    await bot.says(/"repository":"acme\/other","msg":"GitHub does not take the words in issue 1/);
    const before = words.all().length;
    for (const name of ['nonsense', 'issue_comment.created', '__proto__', 'constructor', 'push'])
      expect([name, await send('{}', name)]).toEqual([name, expect.any(Number)]);
    for (const payload of ['', 'nonsense', '[]', 'null', '{"action":"created"}', '{"action":"__proto__"}'])
      expect([payload, await send(payload)]).toEqual([payload, expect.any(Number)]);
    expect(words.all()).toHaveLength(before);
    expect((await fetch(`${bot.url}/healthz`)).status).toBe(200);
    await words.reply('rita', '/hlep');
    expect(bot.said()).not.toContain('"level":60');
  });

  it('says that it lives, and nothing else to anybody', async () => {
    expect((await fetch(`${bot.url}/healthz`)).status).toBe(200);
    for (const path of ['/', '/api/github/webhooks', '/probot', '/ping', '/api/github/setup']) {
      expect((await fetch(`${bot.url}${path}`)).status).toBe(404);
    }
  });
});

let machine: Machine;

describeWith(openApi)('the number of calls to GitHub', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    bench = await openBench(checker, {
      'inventory.yml': inventoryOf({ one: machine }),
      'procedures/demo/eleven.yml': ELEVEN,
    });
    bot = await bench.start();
  });

  needs('sshd')('over SSH', () => {
    it('stays in its budget: fifteen for eleven steps, from the comment to the last word, beside the server’s start', async () => {
      // It looks around once when it starts, with the token that serves the first hour.
      await until(() => hasLooked(bench.github));
      // What is known already (304) is not counted by GitHub either.
      const all = (): number =>
        bench.github.requests.filter(({ login, status }) => login === 'changeover[bot]' && status !== 304).length;
      const flows: Record<string, number> = {};
      const count = async (name: string, flow: () => Promise<unknown>): Promise<void> => {
        const before = all();
        await flow();
        flows[name] = all() - before;
      };
      const { words } = bench;
      await count('refused', () => words.ask('rita', '/eleven demo', /"write" is needed/));
      await count('dry run', () => words.ask('rita', '/eleven demo dryrun', /Nothing was changed/));
      await count('run', async () => {
        await words.answerTo(await words.write('william', '/eleven demo'), /kind=end/, /succeeded after/);
      });
      writeFileSync(machine.path('home/broken'), '');
      await count('failure and rollback', async () => {
        const asked = await words.write('william', '/eleven demo');
        await words.answerTo(asked, /answer to prompt `p1`/, /kind=prompt-p1/);
        await words.write('william', '/rollback');
        await words.answerTo(asked, /kind=end/, /was rolled back after/, /Answered: `\/rollback`/);
      });
      process.stdout.write(
        `GitHub calls: ${Object.entries(flows)
          .map(([name, calls]) => `${name} ${String(calls)}`)
          .join(', ')}\n`,
      );
      expect(flows['refused']).toBeLessThanOrEqual(4);
      expect(flows['dry run']).toBeLessThanOrEqual(15);
      expect(flows['run']).toBeLessThanOrEqual(15);
      expect(flows['failure and rollback']).toBeLessThanOrEqual(22);
    });

    it('is three one after the other, at most, before the first visible answer', async () => {
      // The token is there, as it is in a server that has run for a moment.
      await bench.words.reply('rita', '/procedures');
      const before = bench.calls().length;
      const asked = await bench.words.write('william', '/eleven demo');
      await bench.words.answerTo(asked, /kind=live/);
      const calls = bench.calls().slice(before);
      // 👀 is the first that people see: it comes after right and comment, which are asked for side by side.
      const eyes = calls.findIndex((call) => call.includes('/reactions'));
      expect(eyes).toBe(2);
      // And before the run's first comment stand head and files, which are kept where they are known.
      const first = calls.findIndex((call) => call.startsWith('POST') && call.includes('/issues/1/comments'));
      expect(first).toBeGreaterThan(eyes);
      expect(first).toBeLessThanOrEqual(6);
      await bench.words.answerTo(asked, /kind=end/);
      expect(ofKind(bench.words.after(asked), 'end')).toHaveLength(1);
    });
  });
});
