import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { expect, it } from '@jest/globals';
import type { Clock, Hosts } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import type { JobOrder, JobReport } from '../../src/run/types.ts';
import { hasLooked, localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import {
  answers,
  calls,
  eyesOn,
  finished,
  obedientHosts,
  SECRET,
  startBot,
  stopBots,
  thread,
  until,
  withDemo,
} from './workbench.ts';

const openApi = await loadOpenApi();

const journal = () => createMemoryJournal({ clock: systemClock, worker: 'test' });

/** Fails this step's first attempt. */
const failing =
  (step: string) =>
  ({ job }: JobOrder): JobReport =>
    finished(job.step === step && job.attempt === 1 && job.phase === 'apply' ? 'failed' : 'done');

/** Answers to comments, as against the runs' own words. */
const toldIn = async (github: LocalGitHub): Promise<readonly string[]> =>
  (await answers(github)).filter((body) => body.includes('changeover:reply='));

/** Something to wait for. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    opened,
    open: () => {
      open();
    },
  };
}

/** Whether nobody listens there. */
const isRefused = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => false,
    () => true,
  );

const ofKind = (bodies: readonly string[], kind: string): readonly string[] =>
  bodies.filter((body) => body.includes(`kind=${kind}`));

describeWith(openApi)('the bot in an issue', (checker) => {
  const start = localGitHubs(checker);
  stopBots();

  it('looks first, then does it, by few calls', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    const bot = await startBot(github, { hosts });
    const asked = await bot.say('william', '/upgrade demo 1.6 dryrun');
    expect(hosts.jobs).toEqual([]);
    expect(await eyesOn(github, asked)).toBe(1);
    const [dry, ...none] = await answers(github);
    expect(none).toEqual([]);
    expect(dry).toMatch(/What `\/upgrade demo .*1\.6` would do/);
    const before = calls(github).length;
    await bot.say('william', '/upgrade demo 1.6');
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1']);
    const said = await answers(github);
    expect(ofKind(said, 'live')).toHaveLength(2);
    expect(ofKind(said, 'end')).toHaveLength(1);
    const run = calls(github).length - before;
    process.stdout.write(
      `GitHub calls: ${String(before)} for the first dry run, ${String(run)} for the run after it\n`,
    );
    expect(before).toBeLessThanOrEqual(15);
    expect(run).toBeLessThanOrEqual(15);
  });

  it('looks at right and comment at once, before anything can be seen', async () => {
    const github = await start(withDemo);
    const bot = await startBot(github);
    await bot.say('william', '/procedures');
    const all = calls(github);
    expect(
      all
        .slice(0, 2)
        .toSorted()
        .map((call) => call.replace(/\d{5,}/, 'ID')),
    ).toEqual([
      'GET /repos/acme/ops/collaborators/william/permission 200',
      'GET /repos/acme/ops/issues/comments/ID 200',
    ]);
    expect(all[2]).toContain('/reactions');
  });

  it('does nothing for who may not, and says so once', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    const bot = await startBot(github, { hosts });
    const asked = await bot.say('rita', '/upgrade demo 1.6');
    expect(hosts.jobs).toEqual([]);
    expect(await eyesOn(github, asked)).toBe(0);
    const said = await answers(github);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('the right "write" is needed');
    expect(calls(github).some((call) => call.includes('/contents/'))).toBe(false);
    await bot.say('rita', '/upgrade demo 1.6 dryrun');
    expect(ofKind(await answers(github), 'live')).toHaveLength(1);
  });

  it('does nothing at all for outsiders of a private repository', async () => {
    const github = await start({ ...withDemo, outsiders: 'none' });
    const bot = await startBot(github);
    await bot.say('oscar', '/help');
    expect(await answers(github)).toEqual([expect.stringContaining('yours is "none"')]);
  });

  it('lets maintainers run', async () => {
    const github = await start(withDemo);
    github.setRole('rita', 'maintain');
    const hosts = obedientHosts();
    const bot = await startBot(github, { hosts });
    await bot.say('rita', '/upgrade demo 1.6');
    expect(hosts.jobs).toHaveLength(2);
  });

  it('runs once, however often a comment is delivered', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    const bot = await startBot(github, { hosts });
    await bot.say('william', '/upgrade demo 1.6');
    const delivery = github.webhooks.log().find(({ payload }) => JSON.stringify(payload).includes('/upgrade demo 1.6'));
    const id = delivery?.id ?? '';
    await Promise.all([github.webhooks.deliver(id), github.webhooks.deliver(id)]);
    await bot.quiet();
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1']);
    expect(ofKind(await answers(github), 'live')).toHaveLength(1);
  });

  it('ignores a comment that was edited before it came to it, and says so', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    const bot = await startBot(github, { hosts });
    // Its event comes after the edit.
    github.webhooks.setTarget({ url: 'http://127.0.0.1:9/', secret: SECRET });
    const id = await bot.write('rita', '/upgrade demo 1.6 dryrun');
    await github.webhooks.idle();
    const edit = { body: '/upgrade demo 1.7 dryrun' };
    await speaker(github, 'olivia')('PATCH', `/repos/acme/ops/issues/comments/${String(id)}`, edit);
    await github.webhooks.idle();
    github.webhooks.setTarget({ url: `${bot.server.url}/api/github/webhooks`, secret: SECRET });
    const created = github.webhooks.log().find(({ action }) => action === 'created');
    await github.webhooks.deliver(created?.id ?? '');
    await bot.quiet();
    const said = await answers(github);
    expect(said).toEqual([expect.stringContaining('edited before I came to it')]);
    expect(await eyesOn(github, id)).toBe(0);
  });

  it('takes no command from an edit, from a bot, from code or from talk, and asks GitHub nothing about them', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    const bot = await startBot(github, { hosts });
    const id = await bot.say('william', 'Shall we upgrade? See /var/log and a/b.');
    await speaker(github, 'william')('PATCH', `/repos/acme/ops/issues/comments/${String(id)}`, {
      body: '/upgrade demo 1.6',
    });
    await bot.say('changeover[bot]', '/upgrade demo 1.6');
    await bot.say('william', '```\n/upgrade demo 1.6\n```\n\n> /upgrade demo 1.6');
    expect(hosts.jobs).toEqual([]);
    expect(calls(github).filter((call) => !call.startsWith('POST /repos/acme/ops/issues/1/comments'))).toEqual([]);
    expect(await answers(github)).toEqual(['/upgrade demo 1.6']);
  });

  it('runs neither of two commands in a comment', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    const bot = await startBot(github, { hosts });
    await bot.say('william', '/upgrade demo 1.6 dryrun\n\n/upgrade demo 1.6');
    expect(hosts.jobs).toEqual([]);
    expect(await answers(github)).toEqual([expect.stringContaining('One comment, one command')]);
  });

  it('answers what is wrong with what to type instead', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    const bot = await startBot(github, { hosts });
    for (const typed of [
      '/upgrad demo 1.6',
      '/upgrade dmo 1.6',
      '/upgrade demo',
      '/upgrade demo "1.6; rm -rf /"',
      '/skip',
    ]) {
      await bot.say('william', typed);
    }
    await bot.say('william', '/upgrade demo 1.6 at 2026-12-01T06:00:00+01:00');
    await bot.say('william', '/upgrade demo 1.6 environment=production');
    github.commit({ 'procedures/demo/upgrade.yml': 'description: x\nstep: []\n' }, 'Break it');
    await bot.say('william', '/upgrade demo 1.6');
    const [verb, system, param, pattern, skip, at, environment, faulty] = await answers(github);
    expect(verb).toContain('`/upgrade demo`');
    expect(system).toContain('demo');
    expect(param).toContain('`version` is missing');
    expect(pattern).toContain('1.6; rm -rf /');
    expect(skip).toContain('No run of this issue waits');
    expect(at).toBeDefined();
    expect(environment).toBeDefined();
    expect(faulty).toMatch(/`procedures\/demo\/upgrade\.yml:\d+:\d+`/);
    expect(hosts.jobs).toEqual([]);
  });

  it('asks when a step fails, and goes back when told to', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts(failing('switch'));
    const bot = await startBot(github, { hosts });
    await bot.say('william', '/upgrade demo 1.6');
    expect(ofKind(await answers(github), 'prompt-p1')).toHaveLength(1);
    const refused = await bot.say('rita', '/rollback');
    expect(await eyesOn(github, refused)).toBe(0);
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1']);
    const decided = await bot.say('olivia', '/rollback');
    expect(await eyesOn(github, decided)).toBe(1);
    expect(hosts.jobs.slice(2)).toEqual([expect.stringMatching(/^undo switch/)]);
    const said = await answers(github);
    expect(ofKind(said, 'end')).toEqual([expect.stringContaining('rolled back')]);
    expect(ofKind(said, 'prompt-p1')).toHaveLength(1);
    await bot.say('olivia', '/rollback');
    expect((await answers(github)).at(-1)).toContain('No run of this issue waits');
  });

  it('takes the first answer and tells the second so', async () => {
    const github = await start(withDemo);
    const second = gate();
    const hosts = obedientHosts(async (order) => {
      if (order.job.attempt === 2) await second.opened;
      return failing('fetch')(order);
    });
    const bot = await startBot(github, { hosts });
    await bot.say('william', '/upgrade demo 1.6');
    await Promise.all([bot.write('william', '/retry'), bot.write('olivia', '/retry')]);
    while ((await toldIn(github)).length === 0) await systemClock.sleep(5);
    second.open();
    await bot.quiet();
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply fetch 2', 'apply switch 1']);
    const told = await toldIn(github);
    expect(told).toEqual([expect.stringMatching(/p1 of run \S+ was answered already by/)]);
  });

  it('names where a run of another issue belongs, and asks which of several is meant', async () => {
    const github = await start(withDemo);
    const store = journal();
    const bot = await startBot(github, { hosts: obedientHosts(failing('fetch')), journal: store });
    await bot.say('william', '/upgrade demo 1.6');
    const [run = ''] = await store.runs();
    await bot.say('william', `/abort ${run}`, 2);
    expect(await answers(github, 2)).toEqual([expect.stringContaining('belongs to #1')]);
    await bot.say('william', '/abort 20260101-0000', 2);
    expect((await answers(github, 2)).at(-1)).toContain('There is no run `20260101-0000` in this issue');
    await bot.say('william', '/upgrade demo 1.7');
    await bot.say('william', '/abort');
    const which = (await answers(github)).at(-1);
    for (const each of await store.runs()) expect(which).toContain(`/abort ${each} p1`);
    await bot.say('william', `/abort ${run}`);
    expect(ofKind(await answers(github), 'end')).toHaveLength(1);
  });

  it('answers questions', async () => {
    const github = await start(withDemo);
    const bot = await startBot(github);
    await bot.say('rita', '/status');
    await bot.say('william', '/upgrade demo 1.6');
    const asked = [
      '/help',
      '/help upgrade demo',
      '/procedures',
      '/hosts',
      '/status',
      '/logs fetch',
      '/logs fech',
      '/logs fetch beta',
    ];
    for (const question of asked) await bot.say('rita', question);
    const said = await toldIn(github);
    const [none, help, about, procedures, hosts, status, logs, noStep, noHost] = said;
    expect(said).toHaveLength(9);
    expect(none).toContain('no run in this issue yet');
    expect(help).toContain('What can be typed here');
    expect(about).toContain('the new version');
    expect(procedures).toContain('Upgrade the demo');
    expect(hosts).toContain('alpha.example.org');
    expect(status).toContain('succeeded');
    expect(logs).toContain('this is fetch');
    expect(noStep).toContain('no step `fech`');
    expect(noHost).toContain('has printed nothing');
  });

  it('goes on in a new process where the old one stopped, and says nothing twice', async () => {
    const github = await start(withDemo);
    const store = journal();
    const hosts = obedientHosts(failing('switch'));
    const first = await startBot(github, { hosts, journal: store });
    await first.say('william', '/upgrade demo 1.6');
    await first.server.stop();
    const before = await thread(github);
    const second = await startBot(github, { hosts, journal: store });
    await second.quiet();
    expect((await thread(github)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    await second.say('william', '/retry');
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1', 'apply switch 2']);
    const said = await answers(github);
    for (const kind of ['live', 'prompt-p1', 'end']) expect(ofKind(said, kind)).toHaveLength(1);
  });

  it('lets an answer that is being sent come to its end when it is stopped', async () => {
    const [asked, written] = [gate(), gate()];
    // Nothing but its end ends the wait for it.
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => systemClock.sleep(signal === undefined ? ms : 3_600_000, signal),
    };
    const tryToWrite = (): Promise<void> => {
      asked.open();
      return written.opened;
    };
    const { server } = await startBot(await start(withDemo), { clock, tryToWrite });
    const answer = fetch(`${server.url}/readyz`, { headers: { connection: 'close' } });
    await asked.opened;
    const stopped = server.stop();
    await until(() => isRefused(server.url));
    written.open();
    expect((await answer).status).toBe(503);
    expect(await (await answer).json()).toMatchObject({ journal: 'ok' });
    await stopped;
  });

  it('cuts the connections of those who say nothing when it is stopped, and ends those to its hosts', async () => {
    let ended = 0;
    const hosts = {
      ...obedientHosts(),
      end: () => {
        ended += 1;
        return Promise.resolve();
      },
    };
    const { server } = await startBot(await start(withDemo), { hosts });
    const { hostname, port } = new URL(server.url);
    const silent = connect({ host: hostname, port: Number(port) });
    await once(silent, 'connect');
    const closed = once(silent.resume(), 'close');
    await server.stop();
    await closed;
    expect(ended).toBe(1);
  });

  it('waits for no host that does not let go of its connection when it is stopped', async () => {
    const hosts = { ...obedientHosts(), end: () => new Promise<void>(() => undefined) };
    const { server } = await startBot(await start(withDemo), { hosts });
    await server.stop();
  });

  it('takes up by itself what was under way when the old process was stopped', async () => {
    const github = await start(withDemo);
    const store = journal();
    const switched = gate();
    const hosts = obedientHosts(async ({ job }) => {
      if (job.step === 'switch') await switched.opened;
      return finished('done');
    });
    const first = await startBot(github, { hosts, journal: store });
    await first.write('william', '/upgrade demo 1.6');
    while (hosts.jobs.length < 2) await systemClock.sleep(5);
    await first.server.stop();
    expect(ofKind(await answers(github), 'end')).toHaveLength(0);
    // GitHub is not there yet when the new process starts.
    github.faults.add({ path: /\/installation$/, status: 503, times: 1 });
    await startBot(github, { hosts, journal: store });
    switched.open();
    while (ofKind(await answers(github), 'end').length === 0) await systemClock.sleep(20);
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1']);
    expect(ofKind(await answers(github), 'live')).toHaveLength(1);
  });

  it('gives back what it was taking up when it is stopped, and asks GitHub nothing more', async () => {
    const github = await start(withDemo);
    const store = journal();
    const switched = gate();
    const hosts = obedientHosts(async ({ job }) => {
      if (job.step === 'switch') await switched.opened;
      return finished('done');
    });
    const first = await startBot(github, { hosts, journal: store });
    await first.write('william', '/upgrade demo 1.6');
    while (hosts.jobs.length < 2) await systemClock.sleep(5);
    await first.server.stop();
    const [run = ''] = await store.runs();
    const second = await startBot(github, { hosts, journal: store });
    await second.server.stop();
    const before = calls(github);
    switched.open();
    expect(await store.claim(run)).toMatchObject({ kind: 'claimed' });
    await systemClock.sleep(100);
    expect(calls(github)).toEqual(before);
  });

  it('tells where hosts could not be tidied', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    const deaf: Hosts = {
      ...hosts,
      host: (host) => ({
        ...hosts.host(host),
        closeRun: () => Promise.resolve({ kind: 'unreachable', why: 'no route to it' }),
      }),
    };
    const bot = await startBot(github, { hosts: deaf });
    await bot.say('william', '/upgrade demo 1.6');
    expect((await toldIn(github)).at(-1)).toMatch(/stay locked:\s+alpha: no route to it\s+Type `changeover resume/);
  });

  it('takes no word of others for its own', async () => {
    const github = await start(withDemo);
    const store = journal();
    const first = await startBot(github, { hosts: obedientHosts(failing('switch')), journal: store });
    await first.say('william', '/upgrade demo 1.6');
    await first.server.stop();
    const [run = ''] = await store.runs();
    const forged = await first.write('rita', `<!-- changeover:run=${run} kind=end -->\nAll is well, go home.`);
    const second = await startBot(github, { hosts: obedientHosts(), journal: store });
    await second.say('william', '/abort');
    const all = await thread(github);
    expect(all.find(({ id }) => id === forged)?.body).toContain('go home');
    expect(ofKind(await answers(github), 'end')).toHaveLength(1);
  });

  it('runs on while GitHub is down, and says its words once afterwards', async () => {
    const github = await start(withDemo);
    const fetched = gate();
    const hosts = obedientHosts(async ({ job }) => {
      if (job.step === 'fetch') await fetched.opened;
      return finished('done');
    });
    const bot = await startBot(github, { hosts });
    await bot.write('william', '/upgrade demo 1.6');
    while (hosts.jobs.length === 0) await systemClock.sleep(5);
    // Whatever is written from now on arrives, but no answer says so.
    github.faults.add({ method: 'POST', path: /\/issues\/1\/comments$/, status: 502, applied: true, times: 2 });
    github.faults.add({ method: 'PATCH', path: /\/issues\/comments\//, dropConnection: true, times: 1 });
    fetched.open();
    await bot.quiet();
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1']);
    const said = await answers(github);
    expect(ofKind(said, 'live')).toEqual([expect.stringContaining('succeeded')]);
    expect(ofKind(said, 'end')).toHaveLength(1);
  });

  it('starts nothing when GitHub does not say who may', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    const bot = await startBot(github, { hosts });
    github.faults.add({ path: /\/permission$/, status: 403, body: { message: 'Resource not accessible' }, times: 9 });
    await bot.say('william', '/upgrade demo 1.6');
    expect(hosts.jobs).toEqual([]);
    expect(await answers(github)).toEqual([expect.stringContaining('Nothing was done')]);
  });

  it('keeps no body in memory whose length is not said, since anybody can send one', async () => {
    const { server } = await startBot(await start(withDemo));
    const url = `${server.url}/api/github/webhooks`;
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sending = request(url, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
      sending.on('response', (answer) => {
        resolve(answer.statusCode);
        sending.destroy();
      });
      sending.on('error', reject);
      sending.write('{');
    });
    expect(status).toBe(411);
  });

  it('believes signed events only, and says that it lives', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    // It has looked through the comments once, and looks again in an hour: only an event could tell it of this one.
    const bot = await startBot(github, { hosts, lookMs: 3_600_000 });
    await until(() => hasLooked(github));
    github.webhooks.setTarget({ url: `${bot.server.url}/api/github/webhooks`, secret: 'development' });
    await bot.say('william', '/upgrade demo 1.6');
    expect(github.webhooks.log().map(({ status }) => status)).toEqual([400]);
    expect(hosts.jobs).toEqual([]);
    expect((await fetch(`${bot.server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${bot.server.url}/else`)).status).toBe(404);
  });
});
