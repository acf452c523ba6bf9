import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Journal } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createFileJournal } from '../../src/journal/file.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { answers, type Bot, obedientHosts, startBot, stopBots, until, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();
const MINUTE = 60_000;
/** A look every second: the bots' clock is twenty times faster. */
const LOOK = { lookMs: 20_000 };
const COMMENTS = '/repos/acme/ops/issues/comments';

let dir: string;
let journal: Journal;
let passed = 0;

async function write(github: LocalGitHub, login: string, body: string): Promise<number> {
  const made = await speaker(github, login)('POST', '/repos/acme/ops/issues/1/comments', { body });
  return (made.body as { readonly id: number }).id;
}

/** The comments that were answered, in the order of the answers, on whatever page these stand. */
async function repliedTo(github: LocalGitHub): Promise<readonly number[]> {
  const bodies: string[] = [];
  for (let page = 1; page <= 3; page += 1) {
    const query = `per_page=100&page=${String(page)}`;
    const { body } = await speaker(github, 'rita')('GET', `/repos/acme/ops/issues/1/comments?${query}`);
    bodies.push(...(body as readonly { readonly body: string }[]).map((each) => each.body));
  }
  return bodies.flatMap((body) => /reply=(\d+)/.exec(body)?.[1] ?? []).map(Number);
}

const looks = (github: LocalGitHub) => github.requests.filter(({ path }) => path === COMMENTS);

async function listening(github: LocalGitHub, hosts = obedientHosts()): Promise<Bot> {
  const bot = await startBot(github, { journal, hosts, ...LOOK });
  await until(async () => (await journal.cursor('acme/ops')) !== undefined);
  github.webhooks.setTarget(undefined);
  return bot;
}

describeWith(openApi)('comments of which no webhook tells', (checker) => {
  const start = localGitHubs(checker);
  stopBots();
  beforeEach(() => {
    passed = 0;
    dir = mkdtempSync(join(tmpdir(), 'found-many-'));
    journal = createFileJournal(dir, { clock: systemClock, worker: 'test' });
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });
  const withTime = { ...withDemo, clock: () => Date.now() + passed };

  it('are all found, though there are more than two pages of them', async () => {
    const github = await start(withTime);
    await (await listening(github)).server.stop();
    const asked: number[] = [];
    for (let index = 0; index < 230; index += 1) {
      const isCommand = [0, 98, 99, 100, 101, 199, 200, 229].includes(index);
      const id = await write(github, 'rita', isCommand ? '/help approve' : `Talk, the ${String(index)}th.`);
      if (isCommand) asked.push(id);
    }
    await listening(github);
    await until(async () => (await repliedTo(github)).length >= asked.length);
    expect(await repliedTo(github)).toEqual(asked);
  });

  it('are not followed where they were deleted, and hide no other one', async () => {
    const github = await start(withTime);
    const hosts = obedientHosts();
    await (await listening(github)).server.stop();
    const ids = [];
    for (const body of ['/upgrade demo 1.6', '/procedures', '/upgrade demo 1.7', '/help approve'])
      ids.push(await write(github, 'william', body));
    for (const id of [ids[0], ids[2]])
      await speaker(github, 'william')('DELETE', `/repos/acme/ops/issues/comments/${String(id)}`);
    await listening(github, hosts);
    await until(async () => (await repliedTo(github)).length === 2);
    expect(await repliedTo(github)).toEqual([ids[1], ids[3]]);
    expect(hosts.jobs).toEqual([]);
  });

  it('are asked about where they are old, whatever came after them and however it came', async () => {
    const github = await start(withTime);
    const hosts = obedientHosts();
    const bot = await listening(github, hosts);
    await bot.server.stop();
    const old = await write(github, 'william', '/upgrade demo 1.6');
    passed = 16 * MINUTE;
    const young = await write(github, 'rita', '/procedures');
    await listening(github, hosts);
    await until(async () => (await repliedTo(github)).length === 2);
    expect(await repliedTo(github)).toEqual([old, young]);
    expect((await answers(github))[0]).toContain('written 16 minutes ago');
    expect(hosts.jobs).toEqual([]);
  });

  it('cost nothing to look for while there are none', async () => {
    const github = await start(withTime);
    await listening(github);
    await until(() => looks(github).length >= 3);
    const from = github.requests.length;
    await until(() => github.requests.slice(from).filter(({ path }) => path === COMMENTS).length >= 4);
    const later = github.requests.slice(from).filter(({ login }) => login === 'changeover[bot]');
    process.stdout.write(`${String(later.length)} calls of looks that found nothing, all 304\n`);
    expect(later.filter(({ status }) => status !== 304)).toEqual([]);
  });
});
