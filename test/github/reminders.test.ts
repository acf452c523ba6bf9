import { expect, it } from '@jest/globals';
import type { Clock } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import { localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { answers, finished, obedientHosts, startBot, stopBots, thread, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(10);
}

const reminders = async (github: LocalGitHub): Promise<readonly string[]> =>
  (await answers(github)).filter((body) => body.includes('### ⏰'));

const HOUR_MS = 3_600_000;

/** A clock that goes on as the machine's does and when it is told to, and whose sleeps are short. */
function heldTime(): { readonly clock: Clock; pass(ms: number): void; looks(): number } {
  let [passed, looks] = [0, 0];
  return {
    clock: {
      now: () => new Date(Date.parse(systemClock.now()) + passed).toISOString(),
      sleep: (ms, signal) => {
        // So long it is between two looks for reminders.
        if (ms === 300_000) looks += 1;
        return systemClock.sleep(Math.min(ms, 20), signal);
      },
    },
    pass: (ms) => {
      passed += ms;
    },
    looks: () => looks,
  };
}

describeWith(openApi)('a run that nobody answers', (checker) => {
  const start = localGitHubs(checker);
  stopBots();
  // It runs twenty times as fast: a twentieth of a second.
  const SOON = 1_000;
  const failing = () => obedientHosts(() => finished('failed'));

  it('is told of once, however many processes look, with the way to its prompt', async () => {
    const github = await start(withDemo);
    const journal = createMemoryJournal({ clock: systemClock, worker: 'test' });
    const options = { journal, remindAfterMs: SOON };
    const first = await startBot(github, { journal, hosts: failing() });
    await first.write('william', '/upgrade demo 1.6');
    await until(async () => (await answers(github)).some((body) => body.includes('kind=prompt-p1')));
    const bot = await startBot(github, { ...options, hosts: failing() });
    await startBot(github, { ...options, hosts: failing() });
    await until(async () => (await reminders(github)).length > 0);
    // Twenty more looks of each.
    await systemClock.sleep(1_000);
    const told = await reminders(github);
    const prompt = (await thread(github)).find(({ body }) => body.includes('kind=prompt-p1'));
    expect(told).toEqual([
      expect.stringContaining(`[here](${github.url}/acme/ops/issues/1#issuecomment-${String(prompt?.id)})`),
    ]);
    expect(told[0]).toMatch(/^<!-- changeover:reply=\d+ about=p1-1 -->\n/);
    await bot.write('olivia', '/abort');
    await until(async () => (await answers(github)).some((body) => body.includes('kind=end')));
    await systemClock.sleep(500);
    expect(await reminders(github)).toEqual(told);
  });

  it('is not told of where that is switched off', async () => {
    const github = await start(withDemo);
    const bot = await startBot(github, { hosts: failing() });
    await bot.write('william', '/upgrade demo 1.6');
    await until(async () => (await answers(github)).some((body) => body.includes('kind=prompt-p1')));
    await systemClock.sleep(1_000);
    expect(await reminders(github)).toEqual([]);
  });

  it('is told of once GitHub can be asked again, and then once', async () => {
    const github = await start(withDemo);
    const time = heldTime();
    const bot = await startBot(github, { hosts: failing(), clock: time.clock, remindAfterMs: HOUR_MS });
    await bot.write('william', '/upgrade demo 1.6');
    await until(async () => (await answers(github)).some((body) => body.includes('kind=prompt-p1')));
    const back = github.faults.add({ path: /./, by: 'app', status: 503, times: Number.POSITIVE_INFINITY });
    // Before this nothing can have been due.
    time.pass(2 * HOUR_MS);
    const refused = (): number =>
      github.requests.filter(({ path, status }) => path === '/repos/acme/ops/issues/1/comments' && status === 503)
        .length;
    await until(() => refused() >= 3);
    expect(await reminders(github)).toEqual([]);
    back();
    await until(async () => (await reminders(github)).length > 0);
    const looks = time.looks();
    await until(() => time.looks() >= looks + 5);
    expect(await reminders(github)).toHaveLength(1);
  });
});
