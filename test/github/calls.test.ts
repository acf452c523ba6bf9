import { expect, it } from '@jest/globals';
import { systemClock } from '../../src/engine/system-clock.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import { localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { type Bot, FILES, finished, obedientHosts, startBot, stopBots, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();
/** A step takes so long: eleven stay under a minute. */
const STEP_MS = 4_000;
const STEPS = 11;
/** And so long where the run is to take some minutes. */
const LONGER_MS = 20_000;

const PROCEDURE = `description: Upgrade the demo in many steps
hosts: [alpha]
steps:
${Array.from(
  { length: STEPS },
  (_, index) => `  - id: step-${String(index + 1)}
    run: "true"
    on_rollback: {run: "true"}`,
).join('\n')}
`;

const options = { ...withDemo, seed: { files: { ...FILES, 'procedures/demo/steps.yml': PROCEDURE } } };

/** How many times faster than the machine's the bots' clock is. */
const FASTER = 20;

/** Steps that take their time, by the bots' clock; the last one fails as often as it is told to. */
const slow = (failures = 0, stepMs = STEP_MS) => {
  let left = failures;
  return obedientHosts(async ({ job }) => {
    await systemClock.sleep(stepMs / FASTER);
    if (job.phase === 'undo' || job.step !== `step-${String(STEPS)}` || left === 0) return finished('done');
    left -= 1;
    return finished('failed');
  });
};

/** What the bot asked for: all but what cost nothing. Its token is asked for once an hour. */
const counted = (github: LocalGitHub, from: number) =>
  github.requests.slice(from).filter(({ login, status }) => login === 'changeover[bot]' && status !== 304);

function bySort(made: ReturnType<typeof counted>): string {
  const times = new Map<string, number>();
  for (const { method, path } of made) {
    const sort = `${method} ${path.replace(/\d{3,}/g, '…').replace('/repos/acme/ops', '')}`;
    times.set(sort, (times.get(sort) ?? 0) + 1);
  }
  return [...times].map(([sort, count]) => `${String(count)} ${sort}`).join(', ');
}

describeWith(openApi)('the calls of a command, 304s apart', (checker) => {
  const start = localGitHubs(checker);
  stopBots();

  async function ask(what: string, atMost: number, hosts: ReturnType<typeof slow>, words: readonly [string, string][]) {
    const github = await start(options);
    const bot: Bot = await startBot(github, { hosts });
    // The first look asks for where it is installed, and for GitHub's time.
    while (github.requests.filter(({ path }) => path.endsWith('/issues/comments')).length < 2)
      await systemClock.sleep(5);
    const from = github.requests.length;
    for (const [login, body] of words) await bot.say(login, body);
    const calls = counted(github, from);
    process.stdout.write(`${what}: ${String(calls.length)} calls (${bySort(calls)})\n`);
    expect(calls.length).toBeLessThanOrEqual(atMost);
    return github;
  }

  it('are at most 15 for a run of eleven steps in under a minute', async () => {
    await ask('a run that succeeds', 15, slow(), [['william', '/steps demo']]);
  });

  it('are at most 4 a minute more for a run that takes longer', async () => {
    const minutes = (STEPS * LONGER_MS) / 60_000;
    await ask('a run of some minutes', 15 + Math.ceil(4 * minutes), slow(0, LONGER_MS), [['william', '/steps demo']]);
  });

  it('are at most 15 for its dry run', async () => {
    await ask('a dry run', 15, slow(), [['william', '/steps demo dryrun']]);
  });

  it('are at most 15 a minute for one that fails and is rolled back', async () => {
    await ask('a run that fails and is rolled back', 30, slow(1), [
      ['william', '/steps demo'],
      ['olivia', '/rollback'],
    ]);
  });

  it('are three for who may not: who asks, the comment, the answer', async () => {
    await ask('a command of who may not', 3, slow(), [['rita', '/steps demo']]);
  });
});
