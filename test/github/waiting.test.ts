import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Clock, Journal } from '../../src/engine/ports.ts';
import { createFileJournal } from '../../src/journal/file.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import { localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { fastClock } from './fake-time.ts';
import { answers, obedientHosts, startBot, stopBots, until, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();
const MINUTE = 60_000;
/** A quarter of a minute for a quarter of an hour. */
const FASTER = 60;

let dir: string;
let clock: Clock;
let journal: Journal;
/** How far GitHub's clock is ahead of the bot's. */
let ahead = 0;

const isOver = async (github: LocalGitHub): Promise<boolean> =>
  (await answers(github)).some((body) => body.includes('kind=end'));

const told = async (github: LocalGitHub): Promise<readonly string[]> =>
  (await answers(github)).map((body) => body.replace(/^<!--.*-->\n/, ''));

describeWith(openApi)('a command, while GitHub is in trouble,', (checker) => {
  const start = localGitHubs(checker);
  stopBots();
  beforeEach(() => {
    ahead = 0;
    dir = mkdtempSync(join(tmpdir(), 'waiting-'));
    clock = fastClock(FASTER);
    journal = createFileJournal(dir, { clock, worker: 'test' });
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });
  /** GitHub's clock and the bot's go alike. */
  const begin = () => start({ ...withDemo, clock: () => Date.parse(clock.now()) + ahead });
  const bot = (github: LocalGitHub, hosts = obedientHosts()) => startBot(github, { journal, clock, hosts });
  const down = { by: 'app', status: 503, times: Infinity } as const;

  it.each([
    ['who asks', /\/permission$/],
    ['what it says', /\/issues\/comments\/\d+$/],
    ['the newest commit', /\/commits\/HEAD$/],
    ['its procedure', /upgrade\.yml$/],
    ['the hosts', /inventory\.yml$/],
  ] as const)('waits until GitHub says %s', async (_what, path) => {
    const github = await begin();
    const hosts = obedientHosts();
    const server = await bot(github, hosts);
    const back = github.faults.add({ ...down, path });
    await server.write('william', '/upgrade demo 1.6');
    await until(
      () => github.requests.filter(({ path: asked, status }) => path.test(asked) && status === 503).length >= 3,
    );
    expect(await answers(github)).toEqual([]);
    back();
    await until(() => isOver(github));
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1']);
    expect((await answers(github)).filter((body) => body.includes('reply='))).toEqual([]);
  });

  it('is told that nothing was done where GitHub does not say who asks until it is ten minutes old', async () => {
    const github = await begin();
    ahead = -11 * MINUTE;
    const server = await bot(github);
    github.faults.add({ ...down, path: /\/permission$/, body: { message: 'Unicorn' } });
    await server.say('william', '/upgrade demo 1.6');
    expect(await told(github)).toEqual([
      'Nothing was done: GitHub did not answer when I looked up who asks (503 Unicorn). Write the command once more, in a new comment.',
    ]);
    expect(await journal.runs()).toEqual([]);
  });

  it('is told the same where its files cannot be read for five minutes', async () => {
    const github = await begin();
    const server = await bot(github);
    github.faults.add({ ...down, path: /upgrade\.yml$/, body: { message: 'Unicorn' } });
    await server.say('william', '/upgrade demo 1.6');
    expect(await told(github)).toEqual([
      'Nothing was done: GitHub did not answer when I read the files of the procedure (503 Unicorn). Write the command once more, in a new comment.',
    ]);
    expect(await journal.runs()).toEqual([]);
  });

  it('is left to the next server where this one stops before it knows who asks', async () => {
    const github = await begin();
    const hosts = obedientHosts();
    const first = await bot(github, hosts);
    await until(async () => (await journal.cursor('acme/ops')) !== undefined);
    github.faults.add({ ...down, path: /\/permission$/ });
    await first.write('william', '/upgrade demo 1.6');
    await until(() => github.requests.some(({ path }) => path.endsWith('/permission')));
    await first.server.stop();
    expect(await answers(github)).toEqual([]);
    github.faults.clear();
    await bot(github, hosts);
    await until(() => isOver(github));
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1']);
    expect((await answers(github)).filter((body) => body.includes('reply='))).toEqual([]);
  });
});
