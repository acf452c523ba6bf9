import { expect, it } from '@jest/globals';
import type { Host, Hosts } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import type { JobReport, LockNote, NotedRun } from '../../src/run/types.ts';
import { wordsOf } from '../acceptance/support/thread-words.ts';
import { localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { fastClock } from './fake-time.ts';
import { type Bot, finished, obedientHosts, startBot, stopBots, until, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();

const INVENTORY = `hosts:
  alpha: {address: alpha.example.org, user: root}
  beta: {address: beta.example.org, user: root}
groups:
  both: [alpha, beta]
`;
const procedure = (hosts: string, more = ''): string => `description: Upgrade
hosts: [${hosts}]
${more}steps:
  - id: fetch
    run: fetch
    on_rollback: {leave: a test}
`;
const FILES = {
  'inventory.yml': INVENTORY,
  'procedures/demo/upgrade.yml': procedure('alpha'),
  'procedures/demo/widen.yml': procedure('alpha, beta', 'lock: customer\n'),
};

/** Hosts with locks, whose jobs end once they are let go. */
function lockable(): { readonly hosts: Hosts; readonly letGo: () => void; readonly ran: () => readonly string[] } {
  const locks = new Map<string, NotedRun>();
  const ran: string[] = [];
  const ends: (() => void)[] = [];
  const base = obedientHosts();
  const ok = <T>(value: T) => Promise.resolve({ kind: 'ok', value } as const);
  const held = (name: string, run?: string) => {
    const by = locks.get(name);
    return ok(by === undefined || by.run === run ? {} : { held: `run ${by.run}`, by });
  };
  const hostOf = (name: string): Host => ({
    ...base.host({ name, address: name, port: 22, user: 'root', vars: {} }),
    preflight: () => ok({ troubles: [], machine_id: name, boot_id: 'b', login_user: 'root' }),
    lock: (run: string, note: LockNote) => {
      if (!locks.has(name)) locks.set(name, { run, note });
      return held(name, run);
    },
    holder: () => held(name),
    closeRun: (run: string) => {
      if (locks.get(name)?.run === run) locks.delete(name);
      return ok(null);
    },
    ensureJob: (order, _sink, started) => {
      ran.push(order.run);
      started({ pid: 4, bootId: 'b' });
      return new Promise<JobReport>((resolve) =>
        ends.push(() => {
          resolve(finished('done'));
        }),
      );
    },
  });
  return {
    hosts: { host: ({ name }) => hostOf(name), end: () => Promise.resolve() },
    letGo: () => {
      for (const end of ends.splice(0)) end();
    },
    ran: () => ran,
  };
}

describeWith(openApi)('what is locked and who waits, in an issue', (checker) => {
  const open = localGitHubs(checker);
  stopBots();

  async function begin() {
    const github = await open({ ...withDemo, seed: { files: FILES } });
    const clock = fastClock(20);
    const journal = createMemoryJournal({ clock, worker: 'test' });
    const world = lockable();
    const bot: Bot = await startBot(github, { hosts: world.hosts, journal, clock });
    const words = wordsOf(github);
    const all = (): string =>
      words
        .all()
        .filter(({ login }) => login === 'changeover[bot]')
        .map(({ body }) => body)
        .join('\n\n');
    const says = async (wanted: RegExp): Promise<void> => {
      for (let tries = 0; tries < 2_000 && !wanted.test(all()); tries += 1) await systemClock.sleep(10);
      expect(all()).toMatch(wanted);
    };
    const ask = (login: string, body: string): Promise<string> => words.reply(login, body);
    const runs = async (): Promise<readonly string[]> => (await journal.runs()).toReversed();
    return { bot, world, all, says, ask, runs, words };
  }

  it('a run that a person’s lock holds up begins once it is taken back, and says by whom and why it waited', async () => {
    const { bot, world, says, ask, all, words } = await begin();
    expect(await ask('rita', '/lock alpha I say so')).toContain('the right "write" is needed');
    expect(await ask('william', '/lock alpha')).toContain('Why?');
    expect(await ask('william', '/lock aplha it burns')).toContain('Did you mean `alpha`?');
    expect(await ask('william', '/queue')).toBe('Nothing is locked, and no run waits.');
    expect(await ask('william', '/lock alpha the disk is being replaced')).toMatch(
      /^🔒 `alpha` is locked by william: the disk is being replaced\. No run that wants it begins until somebody types `\/unlock alpha`\.$/,
    );
    expect(await ask('olivia', '/lock both a move')).toMatch(
      /^🔒 `beta` is locked by olivia: a move\.[^]*`alpha` was locked already, by william since [^]*: the disk is being replaced \(\[acme\/ops#&#8203;1\]\(http[^)]*#issuecomment-\d+\)\)\. That lock stays as it is\.$/,
    );
    await bot.write('william', '/upgrade demo');
    await says(/waits for a host: alpha: locked by william since [^]*: the disk is being replaced/);
    expect(await ask('rita', '/queue')).toMatch(
      /\| `alpha` \| 🔒 william since [^|]*: the disk is being replaced[^|]*\| 1\. `\S+`/,
    );
    expect(await ask('rita', '/hosts')).toMatch(/\| `alpha` [^\n]*locked by william: the disk is being replaced/);
    expect(world.ran()).toEqual([]);
    expect(await ask('olivia', '/unlock alpha')).toMatch(
      /^🔓 olivia has unlocked `alpha`, which was locked by william since /,
    );
    await until(() => world.ran().length === 1);
    expect(await ask('william', '/unlock alpha')).toMatch(
      /^`alpha` is held by run `\S+` \(`\/upgrade demo`\), which is running\. Nobody takes it away from a run\. It gives it back when it ends; to end it now, type `\/abort \S+` in its issue\.$/,
    );
    expect(await ask('william', '/lock alpha once it is through')).toMatch(/has it already and goes on/);
    world.letGo();
    await says(/succeeded after/);
    expect(await ask('william', '/unlock alpha')).toMatch(/^🔓 william has unlocked/);
    expect(await ask('william', '/unlock customer')).toMatch(/^`customer` is not locked/);
    expect(all()).not.toContain('undefined');
    words.expectWellFormed();
  });

  it('runs wait in the order in which they were asked for, each knows its place, and one that has not begun can be dropped', async () => {
    const { bot, world, says, ask, runs, all, words } = await begin();
    await bot.write('william', '/upgrade demo');
    await until(() => world.ran().length === 1);
    const commands = ['/upgrade demo', '/widen demo', '/upgrade demo'];
    for (const [index, command] of commands.entries()) {
      await bot.write('olivia', command);
      await until(async () => (await runs()).length === index + 2);
      await says(
        index === 0
          ? /It comes next for alpha/
          : new RegExp(`It is number ${String(index + 1)} of those who wait for alpha`),
      );
    }
    const [first = '', second = '', third = '', fourth = ''] = await runs();
    const queue = await ask('rita', '/queue');
    expect(queue).toMatch(
      new RegExp(
        `\\| \`alpha\` \\| \`${first}\` is running[^|]*\\| 1\\. \`${second}\`[^|]*<br>2\\. \`${third}\`[^|]*<br>3\\. \`${fourth}\``,
      ),
    );
    expect(queue).toMatch(new RegExp(`\\| \`customer\` \\| \`${third}\` waits for a host`));
    expect(await ask('william', `/cancel ${first}`)).toMatch(/has begun, so it is in no queue any more[^]*`\/abort /);
    expect(await ask('william', '/cancel 20260101-aaaa')).toContain('There is no run `20260101-aaaa` in this issue.');
    await bot.write('william', `/cancel ${third}`);
    await says(new RegExp(`run=${third} kind=end[^]*was aborted[^]*aborted by william`));
    for (const run of [first, second, fourth]) {
      await until(() => world.ran().at(-1) === run);
      world.letGo();
      await says(new RegExp(`run=${run} kind=end`));
    }
    expect(world.ran()).toEqual([first, second, fourth]);
    expect(await ask('rita', '/queue')).toBe('Nothing is locked, and no run waits.');
    expect(all()).not.toContain('undefined');
    words.expectWellFormed();
  });
});
