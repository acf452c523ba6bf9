import { expect, it } from '@jest/globals';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { hasLooked, localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { type Bot, finished, obedientHosts, SECRET, startBot, stopBots, until, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();

interface Told {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ready({ server }: Bot): Promise<Told> {
  const answer = await fetch(`${server.url}/readyz`);
  return { status: answer.status, body: (await answer.json()) as Told['body'] };
}

/** The lines that tell numbers, as `name{labels}` and number. */
async function numbers({ server }: Bot): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`${server.url}/metrics`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')]);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line)?.[0])]));
}

describeWith(openApi)('the probes of a server', (checker) => {
  const start = localGitHubs(checker);
  stopBots();

  it('say that it is ready once GitHub has answered, and since when GitHub does not', async () => {
    const github = await start(withDemo);
    const bot = await startBot(github);
    await until(() => hasLooked(github));
    expect(await ready(bot)).toEqual({
      status: 200,
      body: { ready: true, journal: 'ok', github: 'ok', draining: false },
    });
    const back = github.faults.add({ path: /./, status: 503, times: Infinity, by: 'app' });
    await bot.write('rita', '/status');
    await until(async () => (await ready(bot)).status === 503);
    expect((await ready(bot)).body).toMatchObject({
      ready: false,
      github: expect.stringMatching(/^failed since \d{4}-\d\d-\d\dT/),
    });
    // It lives all the same: to start it anew would help nobody.
    expect((await fetch(`${bot.server.url}/healthz`)).status).toBe(200);
    back();
    await until(async () => (await ready(bot)).status === 200);
  });

  it('say that it is not ready where nothing can be written into the journal', async () => {
    const github = await start(withDemo);
    let isFull = false;
    const bot = await startBot(github, {
      tryToWrite: () => (isFull ? Promise.reject(new Error('ENOSPC: /var/secret/place')) : Promise.resolve()),
    });
    await until(async () => (await ready(bot)).status === 200);
    isFull = true;
    await until(async () => (await ready(bot)).status === 503);
    const { body } = await ready(bot);
    expect(body).toMatchObject({ ready: false, journal: 'cannot be written' });
    expect(JSON.stringify(body)).not.toContain('/var');
  });

  it('say that it is being stopped, while its last words are said, and take no webhook any more', async () => {
    const github = await start(withDemo);
    const bot = await startBot(github, { hosts: obedientHosts() });
    await until(async () => (await ready(bot)).status === 200);
    const back = github.faults.add({ method: 'POST', path: /\/comments$/, status: 503, times: Infinity, by: 'app' });
    await bot.write('rita', '/procedures');
    await github.webhooks.idle();
    const stopped = bot.server.stop();
    expect((await ready(bot)).body).toMatchObject({ ready: false, draining: true });
    const sent = await fetch(`${bot.server.url}/api/github/webhooks`, { method: 'POST', body: '{}' });
    expect(sent.status).toBe(503);
    back();
    await stopped;
    await expect(fetch(`${bot.server.url}/healthz`)).rejects.toThrow();
  });

  it('count runs, prompts, jobs, webhooks, calls and connections, and name nothing and nobody', async () => {
    const github = await start(withDemo);
    const journal = createMemoryJournal({ clock: systemClock, worker: 'test' });
    const hosts = obedientHosts(({ job: { step } }) => finished(step === 'switch' ? 'failed' : 'done'));
    const bot = await startBot(github, { hosts, journal });
    const before = await numbers(bot);
    expect(before.get('changeover_runs{status="waiting"}')).toBe(0);
    expect(before.get('changeover_webhooks_total{result="refused"}')).toBe(0);
    await bot.say('william', '/upgrade demo 1.6');
    github.webhooks.setTarget({ url: `${bot.server.url}/api/github/webhooks`, secret: 'another' });
    await bot.say('william', 'Well?');
    github.webhooks.setTarget({ url: `${bot.server.url}/api/github/webhooks`, secret: SECRET });
    const asked = await numbers(bot);
    expect(Object.fromEntries(asked)).toMatchObject({
      'changeover_runs{status="waiting"}': 1,
      'changeover_runs{status="aborted"}': 0,
      changeover_prompts_waiting: 1,
      'changeover_jobs_total{phase="apply",outcome="changed"}': 1,
      'changeover_jobs_total{phase="apply",outcome="failed"}': 1,
      'changeover_job_duration_seconds_count{phase="apply"}': 2,
      'changeover_events_total{type="prompt_opened"}': 1,
      'changeover_webhooks_total{result="refused"}': 1,
      'changeover_github_calls_total{result="unanswered"}': 0,
      changeover_commands_failed_total: 0,
      changeover_ssh_connections: 2,
      changeover_ssh_connections_made_total: 3,
      changeover_ssh_connections_failed_total: 1,
    });
    expect(asked.get('changeover_webhooks_total{result="taken"}')).toBeGreaterThan(0);
    expect(asked.get('changeover_github_calls_total{result="ok"}')).toBeGreaterThan(0);
    await bot.say('william', '/abort');
    expect(Object.fromEntries(await numbers(bot))).toMatchObject({
      'changeover_runs{status="waiting"}': 0,
      'changeover_runs{status="aborted"}': 1,
      changeover_prompts_waiting: 0,
    });
    const [run = ''] = await journal.runs();
    const text = await (await fetch(`${bot.server.url}/metrics`)).text();
    for (const word of [run, 'alpha', 'william', 'acme', 'demo', SECRET]) expect(text).not.toContain(word);
  });
});
