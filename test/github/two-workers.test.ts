import { expect, it } from '@jest/globals';
import type { Host, Journal } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import { hasLooked, localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import {
  answers,
  type Bot,
  eyesOn,
  finished,
  obedientHosts,
  SECRET,
  startBot,
  stopBots,
  until,
  withDemo,
} from './workbench.ts';

const openApi = await loadOpenApi();

const ended = async (github: LocalGitHub): Promise<string | undefined> =>
  (await answers(github)).find((body) => body.includes('kind=end'));

/** A job there ends only once it is killed. */
function endless(): ReturnType<typeof obedientHosts> {
  let kill = (): void => undefined;
  const killed = new Promise<void>((resolve) => {
    kill = resolve;
  });
  const hosts = obedientHosts(() => killed.then(() => finished('failed')));
  const die: Host['kill'] = () => {
    kill();
    return Promise.resolve({ kind: 'ok', value: { killed: true } });
  };
  return { ...hosts, host: (host) => ({ ...hosts.host(host), kill: die }) };
}

describeWith(openApi)('two servers at one journal', (checker) => {
  const start = localGitHubs(checker);
  stopBots();

  /** One works on a run of issue 1; the webhooks of all that is written from then on go to the other alone. */
  async function heardByTheOther(github: LocalGitHub, journal: Journal): Promise<Bot> {
    const hosts = endless();
    const other = await startBot(github, { hosts: obedientHosts(), journal });
    const one = await startBot(github, { hosts, journal });
    await until(() => hasLooked(github));
    await one.write('william', '/upgrade demo 1.6');
    await until(() => hosts.jobs.length === 1);
    await github.webhooks.idle();
    github.webhooks.setTarget({ url: `${other.server.url}/api/github/webhooks`, secret: SECRET });
    return other;
  }

  it.each(['/abort', '/cancel RUN', '/pause'])('leave %s to the one that works on the run', async (words) => {
    const github = await start(withDemo);
    const journal = createMemoryJournal({ clock: systemClock, worker: 'test' });
    const other = await heardByTheOther(github, journal);
    const [run = ''] = await journal.runs();
    const asked = await other.write('william', words.replace('RUN', run));
    await until(() => journal.isAccepted(`comment-${String(asked)}`));
    await until(async () => (await eyesOn(github, asked)) === 1);
    expect((await answers(github)).join()).not.toContain('is being worked on by');
    if (words !== '/abort') return;
    await until(async () => (await ended(github)) !== undefined);
    expect(await ended(github)).toContain('was aborted');
  });

  it('says who works on a run where that one does not take its answer', async () => {
    const github = await start(withDemo);
    const journal = createMemoryJournal({ clock: systemClock, worker: 'somebody at a terminal' });
    const hosts = obedientHosts(() => finished('failed'));
    const bot = await startBot(github, { hosts, journal });
    await bot.say('william', '/upgrade demo 1.6');
    const [run = ''] = await journal.runs();
    // Whoever looks at no comments: a terminal, or a process that has been stopped.
    expect(await journal.claim(run)).toMatchObject({ kind: 'claimed' });
    await bot.say('william', '/retry');
    expect((await answers(github)).at(-1)).toMatch(
      /is being worked on by somebody at a terminal[^.]*\. `\/status \S+` shows how it stands\. .*type it again\.$/,
    );
    expect(hosts.jobs).toHaveLength(1);
  });

  it('answer for the other once that has given the run back', async () => {
    const github = await start(withDemo);
    const journal = createMemoryJournal({ clock: systemClock, worker: 'test' });
    const hosts = obedientHosts(() => finished('failed'));
    const bot = await startBot(github, { hosts, journal });
    await bot.say('william', '/upgrade demo 1.6');
    const [run = ''] = await journal.runs();
    const claim = await journal.claim(run);
    const asked = await bot.write('william', '/abort');
    await github.webhooks.idle();
    expect(await journal.isAccepted(`comment-${String(asked)}`)).toBe(false);
    if (claim.kind === 'claimed') await claim.writer.release();
    await bot.quiet();
    expect(await ended(github)).toContain('was aborted');
    expect((await answers(github)).join()).not.toContain('is being worked on by');
  });
});
