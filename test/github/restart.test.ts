import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Clock, Journal } from '../../src/engine/ports.ts';
import { planDigest } from '../../src/plan/digest.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createFileJournal } from '../../src/journal/file.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import { FIRST } from '../journal/requests.ts';
import { taker } from '../journal/takers.ts';
import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { answers, obedientHosts, startBot, stopBots, thread, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();
let dir: string;
let journal: Journal;

const accepted = (): readonly string[] => (existsSync(join(dir, 'accepted')) ? readdirSync(join(dir, 'accepted')) : []);
const marks = (): readonly string[] => accepted().filter((name) => name.endsWith('.settled'));
const ask = (login: string, body: string, github: LocalGitHub) =>
  speaker(github, login)('POST', '/repos/acme/ops/issues/1/comments', { body });

/** A comment that nobody hears. */
async function unheard(github: LocalGitHub, body: string): Promise<number> {
  await ask('william', body, github);
  return (await thread(github)).at(-1)?.id ?? 0;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(10);
}

/** Where a process has been killed, another may follow; this one still lives. */
function asIfKilled(): void {
  for (const name of accepted().filter((each) => /^[0-9a-f]{64}$/.test(each))) {
    const path = join(dir, 'accepted', name);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"pid":\d+/, '"pid":999999999'));
  }
}

describeWith(openApi)('after the process was killed', (checker) => {
  const start = localGitHubs(checker);
  stopBots();
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'restart-'));
    journal = createFileJournal(dir, { clock: systemClock, worker: 'test' });
  });
  afterEach(() => {
    // Whoever has answered may still be noting it.
    rmSync(dir, { recursive: true, maxRetries: 10 });
  });

  it('answers once what was taken up and not acted on, and does not act on it', async () => {
    const github = await start(withDemo);
    const comment = await unheard(github, '/upgrade demo 1.6');
    await (await taker(dir, comment, systemClock.now())).kill();
    const hosts = obedientHosts();
    const bot = await startBot(github, { hosts, journal });
    await until(() => marks().length === 1);
    await bot.server.stop();
    const again = await startBot(github, { hosts, journal });
    await again.say('william', '/status');
    const said = await answers(github);
    expect(said).toHaveLength(2);
    expect(said[0]).toContain(`changeover:reply=${String(comment)} `);
    expect(said[0]).toContain('stopped before it acted on this. Nothing was started');
    expect(hosts.jobs).toEqual([]);
    expect(await journal.runs()).toEqual([]);
  });

  it('keeps quiet about what was answered before, though that was not noted any more', async () => {
    const github = await start(withDemo);
    const bot = await startBot(github, { journal });
    await bot.say('william', '/procedures');
    await bot.server.stop();
    const [mark = ''] = marks();
    rmSync(join(dir, 'accepted', mark));
    asIfKilled();
    await startBot(github, { journal });
    await until(() => marks().length === 1);
    expect(await answers(github)).toHaveLength(1);
  });

  it('takes a run that began, and a decision that a run records, for acted on', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts(({ job }) => ({
      kind: 'finished',
      reached: 'apply',
      exitCode: 1,
      end: job.phase === 'apply' ? 'failed' : 'done',
      durationMs: 1,
      bytes: { out: 0, err: 0 },
      survivors: 0,
      cut: false,
    }));
    const bot = await startBot(github, { hosts, journal });
    await bot.say('william', '/upgrade demo 1.6');
    await bot.say('william', '/retry');
    await bot.server.stop();
    expect(marks()).toHaveLength(2);
    for (const mark of marks()) rmSync(join(dir, 'accepted', mark));
    asIfKilled();
    const before = (await answers(github)).length;
    await startBot(github, { hosts, journal });
    await until(() => marks().length === 2);
    expect(await answers(github)).toHaveLength(before);
  });

  it('says what it had to answer while GitHub was down, in its own words, and once', async () => {
    const github = await start(withDemo);
    const bot = await startBot(github, { journal });
    github.faults.add({ method: 'POST', path: /\/issues\/1\/comments$/, by: 'app', status: 503, times: Infinity });
    for (const body of ['/procedures', '/nonsense']) await bot.write('william', body);
    await until(() => accepted().filter((name) => name.endsWith('.answer')).length === 2);
    await bot.server.stop();
    github.faults.clear();
    expect(marks()).toEqual([]);
    asIfKilled();
    for (let turn = 0; turn < 2; turn += 1) {
      const next = await startBot(github, { journal });
      await until(() => marks().length === 2);
      await next.quiet();
      await next.server.stop();
    }
    const said = await answers(github);
    expect(said).toHaveLength(2);
    expect(said[0]).toContain('Upgrade the demo');
    expect(said[1]).toContain('/nonsense');
    expect(accepted().filter((name) => name.endsWith('.answer'))).toEqual([]);
  });

  it('says days later what it had to say of a run that ended while GitHub was down', async () => {
    const github = await start(withDemo);
    const bot = await startBot(github, { journal });
    await bot.say('rita', '/help approve');
    const isOver = async (): Promise<boolean> => {
      const [run = ''] = await journal.runs();
      const read = await journal.read(run);
      return read.kind === 'ok' && read.events.at(-1)?.type === 'run_finished';
    };
    github.faults.add({ method: 'POST', path: /\/issues\/1\/comments$/, by: 'app', status: 503, times: Infinity });
    await bot.write('william', '/upgrade demo 1.6');
    await until(isOver);
    await bot.server.stop();
    github.faults.clear();
    expect(await answers(github)).toHaveLength(1);
    const DAY = 86_400_000;
    const later = (days: number): Clock => ({
      now: () => new Date(Date.now() + days * DAY).toISOString(),
      sleep: (ms, signal) => systemClock.sleep(ms / 20, signal),
    });
    const tooLate = await startBot(github, { journal, clock: later(8) });
    await tooLate.quiet();
    await tooLate.server.stop();
    expect(await answers(github)).toHaveLength(1);
    await startBot(github, { journal, clock: later(6) });
    await until(async () => (await answers(github)).length === 3);
    expect((await answers(github)).slice(1)).toEqual(
      [/kind=live/, /kind=end/].map((kind) => expect.stringMatching(kind)),
    );
  });

  it('does not say twice what came through though the process died before it heard so', async () => {
    const github = await start(withDemo);
    const bot = await startBot(github, { journal });
    const post = { method: 'POST', path: /\/issues\/1\/comments$/, by: 'app' } as const;
    github.faults.add({ ...post, dropConnection: true, applied: true });
    github.faults.add({ method: 'GET', path: /\/issues\/1\/comments$/, by: 'app', status: 503, times: Infinity });
    await bot.write('william', '/procedures');
    await until(async () => (await answers(github)).length === 1);
    await bot.server.stop();
    github.faults.clear();
    expect(marks()).toEqual([]);
    asIfKilled();
    await startBot(github, { journal });
    await until(() => marks().length === 1);
    expect(await answers(github)).toHaveLength(1);
  });

  it('keeps until it is said that hosts stay locked, which no record tells', async () => {
    const github = await start(withDemo);
    const obedient = obedientHosts();
    const hosts = {
      ...obedient,
      host: (host: Parameters<typeof obedient.host>[0]) => ({
        ...obedient.host(host),
        closeRun: () => Promise.resolve({ kind: 'unreachable', why: 'no route to it' } as const),
      }),
    };
    const bot = await startBot(github, { journal, hosts });
    const isOver = async (): Promise<boolean> => {
      const [run = ''] = await journal.runs();
      const read = await journal.read(run);
      return read.kind === 'ok' && read.events.some(({ type }) => type === 'job_finished');
    };
    await bot.write('william', '/upgrade demo 1.6');
    await until(isOver);
    github.faults.add({ method: 'POST', path: /\/issues\/1\/comments$/, by: 'app', status: 503, times: Infinity });
    await until(() => accepted().some((name) => name.endsWith('.answer')));
    await bot.server.stop();
    github.faults.clear();
    asIfKilled();
    for (let turn = 0; turn < 2; turn += 1) {
      const next = await startBot(github, { journal, hosts });
      await until(async () => (await answers(github)).some((body) => body.includes('stay locked')));
      await next.quiet();
      await next.server.stop();
    }
    expect((await answers(github)).filter((body) => body.includes('stay locked'))).toHaveLength(1);
  });

  it('notes of everything that it was asked that it was done or answered', async () => {
    const github = await start(withDemo);
    const bot = await startBot(github, { journal });
    for (const body of ['/upgrade demo 1.6', '/upgrade demo x', '/nonsense', '/status', '/retry', '/help approve'])
      await bot.say('william', body);
    await bot.say('rita', '/upgrade demo 1.6');
    // And of the run that is over, that all is said of it.
    await until(() => accepted().length === 15);
    expect(marks()).toHaveLength(8);
  });

  it('says once, in the thread, which run it could not take up again and why', async () => {
    const github = await start(withDemo);
    const comment = await unheard(github, '/upgrade demo 1.6');
    const where = { kind: 'issue', owner: 'acme', repo: 'ops', issue: 1, comment } as const;
    const commit = github.commit({ 'README.md': 'Of late.\n' }, 'Say so');
    const plan = { ...FIRST.plan, commit, plan_digest: planDigest(FIRST.plan) };
    const { writer } = await journal.create({ ...FIRST, where, plan }, systemClock.now());
    await writer.release();
    for (let turn = 0; turn < 2; turn += 1) {
      const bot = await startBot(github, { journal });
      await until(async () => (await answers(github)).some((body) => body.includes('could not take up')));
      await bot.quiet();
      await bot.server.stop();
    }
    const told = (await answers(github)).filter((body) => body.includes(`could not take up run ${writer.run}`));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('has changed since run');
    expect(told[0]).toContain(`changeover resume ${writer.run}`);
  });
});
