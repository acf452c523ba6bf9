import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Journal, Read } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createFileJournal } from '../../src/journal/file.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import type { Plan } from '../../src/plan/types.ts';
import type { Actor, EventBody, RunEvent } from '../../src/run/types.ts';
import { fastClock } from './fake-time.ts';
import { forge } from '../support/forge.ts';
import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { answers, type Bot, FILES, finished, obedientHosts, startBot, stopBots, until, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();

const APPROVED = `description: Upgrade the demo once others agree
hosts: [alpha]
steps:
  - id: agree
    approve: {by: [maintain]}
  - id: switch
    run: switch over
    on_rollback: {run: switch back}
`;
const files = { ...FILES, 'procedures/demo/agreed.yml': APPROVED };

const olivia: Actor = { kind: 'github', id: 1001, login: 'olivia', right: 'admin' };
const rita: Actor = { kind: 'github', id: 1003, login: 'rita', right: 'admin' };

let dir: string;
let journal: Journal;
/** An open journal is one that others can write to. */
let isOpen = false;
/** How far GitHub's clock has gone on meanwhile. */
let passed = 0;

/** Hosts on which the second step fails, and those of the server that comes after the first one. */
const failing = (): ReturnType<typeof obedientHosts> =>
  obedientHosts(({ job }) => finished(job.step === 'switch' ? 'failed' : 'done'));

type Forging = (events: readonly RunEvent[], comments: Ids) => readonly (RunEvent | EventBody)[];

/** Comments of which the record may speak. */
interface Ids {
  readonly asked: number;
  readonly retry: number;
  readonly other: number;
  /** The plan of `/upgrade demo 6.6`, as whoever knows the procedure can make it. */
  readonly other66: Plan;
}

describeWith(openApi)('a record that others have written', (checker) => {
  const start = localGitHubs(checker);
  stopBots();
  beforeEach(() => {
    isOpen = false;
    passed = 0;
    dir = mkdtempSync(join(tmpdir(), 'forged-'));
    journal = createFileJournal(dir, { clock: systemClock, worker: 'test' });
  });
  afterEach(async () => {
    // Whoever has answered may still be noting it, and Node looks into a folder but once.
    await until(() => {
      try {
        rmSync(dir, { recursive: true });
      } catch {
        return false;
      }
      return true;
    });
  });

  const edit = (github: LocalGitHub, id: number, body: string): ReturnType<ReturnType<typeof speaker>> =>
    speaker(github, 'olivia')('PATCH', `/repos/acme/ops/issues/comments/${String(id)}`, { body });

  async function stopped(asked = '/upgrade demo 1.6'): Promise<{
    readonly github: LocalGitHub;
    readonly ids: Ids;
    readonly file: string;
    readonly run: string;
  }> {
    const github = await start({ ...withDemo, seed: { files }, clock: () => Date.now() + passed });
    const bot = await startBot(github, { journal, hosts: failing() });
    // Whose plan could be put into the record of another run.
    await bot.say('rita', '/upgrade demo 6.6 dryrun', 2);
    const [look = ''] = await journal.runs();
    const ids = {
      other66: planIn(await journal.read(look)),
      asked: await bot.say('william', asked),
      other: await bot.say('olivia', 'Nice weather.'),
      retry: await bot.say('rita', '/retry'),
    };
    await bot.server.stop();
    const [run = ''] = await journal.runs();
    return { github, ids, run, file: join(dir, 'runs', `${run}.jsonl`) };
  }

  /** The next server; `hosts` tells what it has begun. */
  async function next(github: LocalGitHub): Promise<{ readonly bot: Bot; readonly hosts: ReturnType<typeof failing> }> {
    const hosts = failing();
    const bot = await startBot(github, { hosts, journal: isOpen ? { ...journal, open: true } : journal });
    await bot.quiet();
    return { bot, hosts };
  }

  const decided = (comment: number | undefined, by: Actor = olivia): EventBody => ({
    ...{ type: 'decision_made', decision: 'retry', prompt: 'p1', by },
    ...(comment === undefined ? {} : { comment }),
  });

  it.each<[string, Forging, RegExp]>([
    [
      'a comment that was never written',
      (all) => [...all, decided(1)],
      /olivia decided `\/retry` by comment 1, but that is not there/,
    ],
    ['no comment', (all) => [...all, decided(undefined)], /olivia decided `\/retry`, but names no comment/],
    [
      'a comment of somebody else',
      (all, { other }) => [...all, decided(other, rita)],
      /rita decided .*, but that is by olivia/,
    ],
    [
      'a comment that says something else',
      (all, { other }) => [...all, decided(other)],
      /olivia decided .*, but that says something else/,
    ],
    [
      'a comment of somebody who may not',
      (all, { retry }) => [...all, decided(retry, rita)],
      /rita decided .*, but rita has the right "read" here now/,
    ],
    ['the same comment twice', (all, { asked }) => [...all, decided(asked)], /that the record uses twice/],
    [
      'other values than were asked for',
      (all, { other66 }) => all.map((each) => withPlan(each, other66)),
      /william asked for it by comment \d+, but that says something else/,
    ],
    [
      'another who asked',
      (all) => all.map((each) => (each.type === 'run_requested' ? { ...each, by: olivia } : each)),
      /olivia asked for it by comment \d+, but that is by william/,
    ],
    [
      'another issue',
      (all) =>
        all.map((each) => (each.type === 'run_requested' ? { ...each, where: { ...each.where, issue: 2 } } : each)),
      /but that stands in another issue/,
    ],
  ])('by a word that is not there achieves nothing, and is told: %s', async (_, forging, wanted) => {
    const { github, ids, file, run } = await stopped();
    isOpen = true;
    forge(file, (events) => forging(events, ids));
    const { bot, hosts } = await next(github);
    // Where it waits still, it is taken up by an answer alone.
    await bot.say('olivia', `/retry ${run}`);
    await bot.say('olivia', `/retry ${run}`, 2);
    await bot.say('olivia', `/abort ${run}`);
    await bot.say('olivia', `/abort ${run}`, 2);
    const said = [...(await answers(github)), ...(await answers(github, 2))].join('\n');
    expect(said).toMatch(wanted);
    expect(said).toContain(`Run ${run} cannot go on`);
    expect(hosts.jobs).toEqual([]);
  });

  it('by a word at a terminal counts only where nobody else can write to the record', async () => {
    const { github, file, run } = await stopped();
    isOpen = true;
    forge(file, (all) => [...all, decided(undefined, { kind: 'terminal', user: 'root' })]);
    const refused = await next(github);
    expect((await answers(github)).join()).toContain('root decided `/retry` at a terminal, of which nothing');
    expect(refused.hosts.jobs).toEqual([]);
    await refused.bot.server.stop();
    isOpen = false;
    const { bot, hosts } = await next(github);
    await bot.quiet();
    expect(hosts.jobs).not.toEqual([]);
    expect(run).not.toBe('');
  });

  it('by a plan of a commit that is on no default branch achieves nothing', async () => {
    const { github, file, run } = await stopped();
    const evil = await commitAside(github);
    forge(file, (all) =>
      all.map((each) => (each.type === 'run_requested' ? { ...each, plan: { ...each.plan, commit: evil } } : each)),
    );
    const { bot, hosts } = await next(github);
    await bot.say('olivia', '/retry');
    expect((await answers(github)).join()).toContain(
      `planned from commit ${evil.slice(0, 8)}, which is not on the default`,
    );
    expect(hosts.jobs).toEqual([]);
    expect(run).not.toBe('');
  });

  it('by an agreement that nobody gave achieves nothing', async () => {
    const { github, file, ids } = await stopped('/agreed demo');
    const read = await journal.read((await journal.runs())[0] ?? '');
    const digest =
      read.kind === 'ok' && read.events[0]?.type === 'run_requested' ? read.events[0].plan.plan_digest : '';
    const said = await speaker(github, 'rita')('POST', '/repos/acme/ops/issues/1/comments', {
      body: `/approve ${digest.slice(0, 8)}`,
    });
    const comment = (said.body as { readonly id: number }).id;
    // She may only read; the record says otherwise.
    forge(file, (all) => [
      ...all,
      { type: 'run_approved', digest: digest.slice(0, 8), prompt: 'p1', by: rita, comment },
    ]);
    const { hosts } = await next(github);
    expect((await answers(github)).join()).toMatch(
      /rita agreed to it by comment \d+, but rita has the right "read" here now/,
    );
    expect(hosts.jobs).toEqual([]);
    expect(ids.asked).toBeLessThan(comment);
  });

  it('goes on where all of it was really said, though the default branch has moved on', async () => {
    const { github } = await stopped();
    github.commit({ 'README.md': 'Of late.\n' }, 'Say so');
    const { bot, hosts } = await next(github);
    await bot.say('olivia', '/retry');
    expect(hosts.jobs.length).toBeGreaterThan(0);
  });

  it('does not go on by a comment that was edited or deleted since, says which, and can be ended', async () => {
    const { github, ids } = await stopped();
    passed = 2_000;
    await edit(github, ids.asked, '/upgrade demo 1.7');
    const { bot, hosts } = await next(github);
    await bot.say('olivia', '/retry');
    expect((await answers(github)).at(-1)).toMatch(/william asked for it by comment \d+, but that was edited/);
    await speaker(github, 'olivia')('DELETE', `/repos/acme/ops/issues/comments/${String(ids.asked)}`);
    await bot.say('olivia', '/retry');
    expect((await answers(github)).at(-1)).toMatch(/but that is not there \(any more\)/);
    expect(hosts.jobs).toEqual([]);
    await bot.say('olivia', '/rollback');
    expect((await answers(github)).join()).toContain('kind=end');
    expect(hosts.jobs.every((job) => job.startsWith('undo'))).toBe(true);
  });

  it('is not gone on with once who asked may not any more, but may be ended by somebody who may', async () => {
    const { github, run } = await stopped();
    github.setRole('william', 'read');
    const { bot, hosts } = await next(github);
    await bot.say('olivia', '/retry');
    const said = (await answers(github)).at(-1);
    expect(said).toMatch(/william asked for it by comment \d+, but william has the right "read" here now/);
    expect(said).toContain(`\`/rollback ${run}\``);
    expect(hosts.jobs).toEqual([]);
    await bot.say('olivia', '/rollback');
    expect((await answers(github)).join()).toContain('kind=end');
    expect(hosts.jobs.every((job) => job.startsWith('undo'))).toBe(true);
  });
});

describeWith(openApi)('a run that waits to begin', (checker) => {
  const start = localGitHubs(checker);
  stopBots();

  it('does not begin once who asked for it may not any more, and says so', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    const clock = fastClock(100);
    const bot = await startBot(github, { hosts, clock });
    await bot.say('olivia', '/lock alpha the disk is being replaced');
    await bot.write('william', '/upgrade demo 1.6');
    await until(async () => (await answers(github)).some((body) => body.includes('waits for')));
    const queued = Date.parse(clock.now());
    github.setRole('william', 'read');
    await until(() => Date.parse(clock.now()) - queued > 120_000);
    await bot.say('olivia', '/unlock alpha');
    const said = (await answers(github)).find((body) => body.includes('kind=live'));
    expect(said).toContain('william, who asked for this run, has the right "read" here now, and "write" is needed');
    expect(said).toContain('Nothing was changed');
    expect(hosts.jobs).toEqual([]);
  });
});

function planIn(read: Read): Plan {
  const first = read.kind === 'ok' ? read.events[0] : undefined;
  if (first?.type !== 'run_requested') throw new Error('There is no such run.');
  return first.plan;
}

/** The record of another upgrade, whose plan is a right one for these values. */
const withPlan = (event: RunEvent, plan: Plan): RunEvent =>
  event.type === 'run_requested' ? { ...event, plan } : event;

/** A commit of a branch beside the default one, as any writer can push it. */
async function commitAside(github: LocalGitHub): Promise<string> {
  const ask = speaker(github, 'william');
  const head = (await ask('GET', '/repos/acme/ops/commits/HEAD')).body as {
    readonly sha: string;
    readonly commit: { readonly tree: { readonly sha: string } };
  };
  const made = await ask('POST', '/repos/acme/ops/git/commits', {
    message: 'Aside',
    tree: head.commit.tree.sha,
    parents: [head.sha],
  });
  expect(made.status).toBe(201);
  return (made.body as { readonly sha: string }).sha;
}
