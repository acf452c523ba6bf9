import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Journal } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createFileJournal } from '../../src/journal/file.ts';
import type { LocalGitHub, LocalGitHubOptions } from '../../src/playground/local-github/server.ts';
import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { answers, type Bot, finished, obedientHosts, startBot, stopBots, until, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();
const MINUTE = 60_000;
/** A look every second: the bots' clock is twenty times faster. */
const LOOK = { lookMs: 20_000 };

let dir: string;
let journal: Journal;
/** How far GitHub's clock has gone on meanwhile. */
let passed = 0;

const withTime: LocalGitHubOptions = { ...withDemo, clock: () => Date.now() + passed };

/** Writes a comment of which no webhook tells. */
async function unheard(github: LocalGitHub, login: string, body: string, issue = 1): Promise<number> {
  github.webhooks.setTarget(undefined);
  const path = `/repos/acme/ops/issues/${String(issue)}/comments`;
  const made = await speaker(github, login)('POST', path, { body });
  expect(made.status).toBe(201);
  return (made.body as { readonly id: number }).id;
}

const replies = async (github: LocalGitHub): Promise<readonly string[]> =>
  (await answers(github)).filter((body) => body.includes('changeover:reply='));

const repliedTo = async (github: LocalGitHub): Promise<readonly number[]> =>
  (await replies(github)).map((body) => Number(/reply=(\d+)/.exec(body)?.[1]));

const ends = async (github: LocalGitHub): Promise<number> =>
  (await answers(github)).filter((body) => body.includes('kind=end')).length;

/** A bot that has looked through all comments once, so that it knows from when on it listens. */
async function listening(github: LocalGitHub, options: Parameters<typeof startBot>[1] = {}): Promise<Bot> {
  const bot = await startBot(github, { journal, ...LOOK, ...options });
  await until(async () => (await journal.cursor('acme/ops')) !== undefined);
  return bot;
}

describeWith(openApi)('a command of which no webhook tells', (checker) => {
  const start = localGitHubs(checker);
  stopBots();
  beforeEach(() => {
    passed = 0;
    dir = mkdtempSync(join(tmpdir(), 'found-'));
    journal = createFileJournal(dir, { clock: systemClock, worker: 'test' });
  });
  // Its clock is fast, so a bot that is busy is not waited for, and may still be noting something.
  afterEach(() => rm(dir, { recursive: true, maxRetries: 5 }));

  it('is found and followed as others are, and a webhook that comes later does nothing', async () => {
    const github = await start(withTime);
    const hosts = obedientHosts();
    const bot = await listening(github, { hosts });
    const target = { url: `${bot.server.url}/api/github/webhooks`, secret: 'of the tests' };
    github.webhooks.setTarget({ ...target, url: 'http://127.0.0.1:9/' });
    const path = '/repos/acme/ops/issues/1/comments';
    await speaker(github, 'william')('POST', path, { body: '/upgrade demo 1.6' });
    await github.webhooks.idle();
    await until(async () => (await ends(github)) === 1);
    const [lost] = github.webhooks.log();
    github.webhooks.setTarget(target);
    await github.webhooks.deliver(lost?.id ?? '');
    await bot.quiet();
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1']);
    expect(await journal.runs()).toHaveLength(1);
    expect(await replies(github)).toEqual([]);
  });

  it('is not looked for from before the first start', async () => {
    const github = await start(withTime);
    passed = -MINUTE;
    await unheard(github, 'william', '/status');
    passed = 0;
    await listening(github);
    const id = await unheard(github, 'william', '/status');
    await until(async () => (await replies(github)).length > 0);
    expect(await repliedTo(github)).toEqual([id]);
  });

  it('is answered in its turn, where several were written while no server was there', async () => {
    const github = await start(withTime);
    const first = await listening(github);
    await first.server.stop();
    const ids = [];
    for (const body of ['/procedures', '/upgrade demo one', '/nonsense'])
      ids.push(await unheard(github, 'william', body));
    await unheard(github, 'william', 'Thank you, /all of you.');
    ids.push(await unheard(github, 'rita', '/upgrade demo 1.6', 2));
    await listening(github);
    await until(async () => (await replies(github)).length === 3 && (await answers(github, 2)).length === 1);
    expect(await repliedTo(github)).toEqual(ids.slice(0, 3));
    expect((await answers(github, 2))[0]).toContain('the right "write" is needed');
    expect(await journal.runs()).toEqual([]);
  });

  it('is asked about instead of acted on where it is older than a quarter of an hour; questions are answered', async () => {
    const github = await start(withTime);
    const hosts = obedientHosts();
    const first = await listening(github, { hosts });
    await first.server.stop();
    for (const body of ['/upgrade demo 1.6', '/abort', '/procedures', '/upgrade demo 1.6 dryrun'])
      await unheard(github, 'william', body);
    passed = 20 * MINUTE;
    await listening(github, { hosts });
    await until(async () => (await replies(github)).length === 3 && (await answers(github)).length === 4);
    const [run, abort, procedures] = await replies(github);
    expect(run).toMatch(
      /Nothing was started: this was written 20 minutes ago[^]*type it again[^]*`\/upgrade demo 1\.6`/,
    );
    expect(abort).toMatch(/Nothing was decided: this was written 20 minutes ago[^]*`\/abort`/);
    expect(procedures).toContain('Upgrade the demo');
    expect(hosts.jobs).toEqual([]);
    expect(await journal.runs()).toHaveLength(1);
  });

  it('is not acted on either where its webhook comes so late', async () => {
    const github = await start(withTime);
    const hosts = obedientHosts();
    const bot = await listening(github, { hosts, lookMs: 3_600_000 });
    const target = { url: `${bot.server.url}/api/github/webhooks`, secret: 'of the tests' };
    github.webhooks.setTarget({ ...target, url: 'http://127.0.0.1:9/' });
    const path = '/repos/acme/ops/issues/1/comments';
    await speaker(github, 'william')('POST', path, { body: '/upgrade demo 1.6' });
    await github.webhooks.idle();
    passed = 3 * 60 * MINUTE;
    github.webhooks.setTarget(target);
    await github.webhooks.deliver(github.webhooks.log()[0]?.id ?? '');
    await bot.quiet();
    expect(await replies(github)).toEqual([expect.stringContaining('written 3 hours ago')]);
    expect(hosts.jobs).toEqual([]);
  });

  it('is no answer to a prompt that was opened after it', async () => {
    const github = await start(withTime);
    const hosts = obedientHosts(({ job }) => finished(job.step === 'fetch' ? 'failed' : 'done'));
    const rare = { hosts, lookMs: 3_600_000 };
    const first = await listening(github, rare);
    await first.say('william', '/upgrade demo 1.6');
    // The first server does not come to see it, however long the run takes.
    const unseen = github.faults.add({ path: /\/issues\/comments$/, by: 'app', status: 503, times: Infinity });
    const late = await unheard(github, 'william', '/retry');
    github.webhooks.setTarget({ url: `${first.server.url}/api/github/webhooks`, secret: 'of the tests' });
    await first.say('olivia', '/retry p1');
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply fetch 2']);
    await first.server.stop();
    unseen();
    passed = 10 * MINUTE;
    await listening(github, rare);
    await until(async () => (await repliedTo(github)).includes(late));
    expect((await replies(github)).at(-1)).toContain('p2');
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply fetch 2']);
  });

  it('stops no run that was asked for after it', async () => {
    const github = await start(withTime);
    const hosts = obedientHosts(({ job }) => finished(job.step === 'fetch' ? 'failed' : 'done'));
    const rare = { hosts, lookMs: 3_600_000 };
    const first = await listening(github, rare);
    const late = await unheard(github, 'william', '/abort');
    github.webhooks.setTarget({ url: `${first.server.url}/api/github/webhooks`, secret: 'of the tests' });
    await first.say('william', '/upgrade demo 1.6');
    await first.server.stop();
    await listening(github, rare);
    await until(async () => (await repliedTo(github)).includes(late));
    expect((await replies(github)).join()).toContain('No run of this issue waits');
    expect(await ends(github)).toBe(0);
  });

  it('is heard while a run is under way: /abort within seconds', async () => {
    const github = await start(withTime);
    let killed = false;
    const obedient = obedientHosts(async () => {
      await until(() => killed);
      return finished('failed');
    });
    const hosts = {
      ...obedient,
      host: (host: Parameters<typeof obedient.host>[0]) => ({
        ...obedient.host(host),
        kill: () => {
          killed = true;
          return Promise.resolve({ kind: 'ok', value: { killed } } as const);
        },
      }),
    };
    // It looks afresh once an hour; what finds this is the looking on.
    const bot = await listening(github, { hosts, lookMs: 3_600_000 });
    await bot.write('william', '/upgrade demo 1.6');
    await until(() => obedient.jobs.length === 1);
    await unheard(github, 'william', '/abort');
    await until(async () => (await ends(github)) === 1);
    expect(obedient.jobs).toEqual(['apply fetch 1']);
  });

  it('is not passed over because GitHub could not be asked for a while', async () => {
    const github = await start(withTime);
    const first = await listening(github);
    await first.server.stop();
    const id = await unheard(github, 'william', '/status');
    github.faults.add({ path: /\/app\/installations$/, status: 503, times: 2 });
    github.faults.add({ path: /\/issues\/comments$/, status: 502, times: 2 });
    await startBot(github, { journal, ...LOOK });
    await until(async () => (await replies(github)).length > 0);
    expect(await repliedTo(github)).toEqual([id]);
  });

  it('is taken for what was written at first: edited meanwhile it is not acted on, and that is said', async () => {
    const github = await start(withTime);
    const hosts = obedientHosts();
    const first = await listening(github, { hosts });
    await first.server.stop();
    const id = await unheard(github, 'rita', '/upgrade demo 1.6 dryrun');
    passed = 2_000;
    const edit = { body: '/upgrade demo 1.7 dryrun' };
    await speaker(github, 'olivia')('PATCH', `/repos/acme/ops/issues/comments/${String(id)}`, edit);
    await listening(github, { hosts });
    await until(async () => (await replies(github)).length > 0);
    expect(await replies(github)).toEqual([expect.stringContaining('edited before I came to it')]);
  });
});

describeWith(openApi)('a run whose record is damaged', (checker) => {
  const start = localGitHubs(checker);
  stopBots();
  beforeEach(() => {
    passed = 0;
    dir = mkdtempSync(join(tmpdir(), 'damaged-'));
    journal = createFileJournal(dir, { clock: systemClock, worker: 'test' });
  });
  afterEach(() => rm(dir, { recursive: true, maxRetries: 5 }));

  it('is named once in its thread when the server starts, and by /status and answers', async () => {
    const github = await start(withTime);
    const hosts = obedientHosts(({ job }) => finished(job.step === 'switch' ? 'failed' : 'done'));
    const first = await listening(github, { hosts });
    await first.say('william', '/upgrade demo 1.6');
    await first.server.stop();
    const [run = ''] = await journal.runs();
    const path = join(dir, 'runs', `${run}.jsonl`);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"epoch":1', '"epoch":9'));
    for (let turn = 0; turn < 2; turn += 1) {
      const bot = await listening(github, { hosts });
      await until(async () => (await replies(github)).length > 0);
      await bot.quiet();
      await bot.server.stop();
    }
    const told = `The journal of run ${run} is damaged`;
    expect(await replies(github)).toEqual([expect.stringContaining(told)]);
    const bot = await listening(github, { hosts });
    for (const body of ['/status', `/status ${run}`, '/retry', `/abort ${run}`]) {
      await bot.say('william', body);
      expect((await replies(github)).at(-1)).toContain(told);
    }
    await bot.say('william', '/status', 2);
    expect((await answers(github, 2)).join()).not.toContain('damaged');
    // Put back, it goes on.
    writeFileSync(path, text);
    await bot.say('william', '/abort');
    expect(await ends(github)).toBe(1);
    expect(readdirSync(join(dir, 'runs'))).toHaveLength(1);
  });

  it('and does not even tell whose it is can be asked about by its name', async () => {
    const github = await start(withTime);
    const first = await listening(github);
    await first.say('william', '/upgrade demo 1.6');
    await first.server.stop();
    const [run = ''] = await journal.runs();
    writeFileSync(join(dir, 'runs', `${run}.jsonl`), 'nothing but this\n');
    const bot = await listening(github);
    await bot.say('rita', '/status');
    expect((await replies(github)).at(-1)).toContain('no run in this issue yet');
    await bot.say('rita', `/status ${run}`);
    expect((await replies(github)).at(-1)).toContain(`The journal of run ${run} is damaged`);
  });
});
