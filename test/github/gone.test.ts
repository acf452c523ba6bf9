import { expect, it } from '@jest/globals';
import { systemClock } from '../../src/engine/system-clock.ts';
import type { Fault } from '../../src/playground/local-github/faults.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { answers, finished, obedientHosts, startBot, stopBots, thread, until, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();
const IN_ISSUE = /\/issues\/(?:1\/comments|comments\/\d+)$/;

const remove = (github: LocalGitHub, id: number) =>
  speaker(github, 'olivia')('DELETE', `/repos/acme/ops/issues/comments/${String(id)}`);

const idOf = async (github: LocalGitHub, kind: string): Promise<number> =>
  (await thread(github)).find(({ body }) => body.includes(` kind=${kind} `))?.id ?? 0;

const kinds = async (github: LocalGitHub): Promise<readonly (string | undefined)[]> =>
  (await answers(github)).map((body) => / kind=(\S+) /.exec(body)?.[1]);

describeWith(openApi)('a run', (checker) => {
  const start = localGitHubs(checker);
  stopBots();
  const failing = () =>
    obedientHosts(({ job }) => finished(job.step === 'switch' && job.phase === 'apply' ? 'failed' : 'done'));

  it('goes on though somebody deletes each of its comments, which come again when they have news', async () => {
    const github = await start(withDemo);
    const bot = await startBot(github, { hosts: failing() });
    const asked = await bot.say('william', '/upgrade demo 1.6');
    expect(await kinds(github)).toEqual(['live', 'prompt-p1']);
    for (const id of [asked, await idOf(github, 'live'), await idOf(github, 'prompt-p1')]) await remove(github, id);
    await bot.say('william', '/rollback');
    expect([...(await kinds(github))].sort()).toEqual(['end', 'live', 'prompt-p1']);
    expect((await answers(github)).join()).toContain('Answered: `/rollback`');
  });

  it('is told once: not again by the next server, even where somebody has deleted its end', async () => {
    const github = await start(withDemo);
    const journal = createMemoryJournal({ clock: systemClock, worker: 'test' });
    const bot = await startBot(github, { journal });
    await bot.say('william', '/upgrade demo 1.6');
    await bot.server.stop();
    await remove(github, await idOf(github, 'end'));
    const from = github.requests.length;
    const next = await startBot(github, { journal });
    await next.say('rita', '/help approve');
    expect(await kinds(github)).toEqual(['live', undefined]);
    // Nor does it ask GitHub what is said.
    expect(
      github.requests
        .slice(from)
        .filter(({ login, path, method }) => login !== 'rita' && method === 'GET' && path.endsWith('/1/comments')),
    ).toEqual([]);
  });

  it.each([
    ['was deleted', { status: 410, body: { message: 'This issue was deleted' } }],
    ['is not to be seen any more', { status: 404 }],
    [
      'was transferred',
      { status: 301, headers: { location: '/repos/acme/ops/issues/2/comments' }, body: { message: 'Moved' } },
    ],
  ] as const)('goes on to its next decision where its issue %s', async (_what, how) => {
    const github = await start(withDemo);
    const hosts = failing();
    const journal = createMemoryJournal({ clock: systemClock, worker: 'test' });
    const bot = await startBot(github, { hosts, journal });
    const back = github.faults.add({ path: IN_ISSUE, by: 'app', times: Infinity, method: 'POST', ...how });
    const edits = github.faults.add({ path: IN_ISSUE, by: 'app', times: Infinity, method: 'PATCH', ...how });
    await bot.say('william', '/upgrade demo 1.6');
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1']);
    const [run = ''] = await journal.runs();
    const { body } = await speaker(github, 'rita')('GET', '/repos/acme/ops/issues/1/comments');
    expect(body).toHaveLength(1);
    // Nothing is tried over and over.
    const before = github.requests.length;
    await systemClock.sleep(300);
    expect(github.requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
    back();
    edits();
    await bot.say('william', `/rollback ${run}`);
    expect(hosts.jobs.slice(2)).toEqual(['undo switch/undo-1 1']);
    expect((await kinds(github)).at(-1)).toBe('end');
  });

  it('goes on where its issue is locked, and says all of it in order once that is over', async () => {
    const github = await start(withDemo);
    const hosts = failing();
    const bot = await startBot(github, { hosts });
    const locked: Fault = { path: IN_ISSUE, by: 'app', method: 'POST', times: Infinity, status: 403 };
    const body = { message: 'Unable to create comment because issue is locked.' };
    const unlock = github.faults.add({ ...locked, body });
    await bot.write('william', '/upgrade demo 1.6');
    await until(() => hosts.jobs.length === 2);
    await until(() => github.requests.filter(({ status }) => status === 403).length >= 3);
    expect(await kinds(github)).toEqual([]);
    unlock();
    await until(async () => (await kinds(github)).length === 2);
    expect(await kinds(github)).toEqual(['live', 'prompt-p1']);
  });

  it('takes answers in the order in which they were written, whatever arrives first, twice or late', async () => {
    const github = await start(withDemo);
    const hosts = failing();
    const bot = await startBot(github, { hosts });
    const target = { url: `${bot.server.url}/api/github/webhooks`, secret: 'of the tests' };
    github.webhooks.setTarget({ ...target, url: 'http://127.0.0.1:9/' });
    const asked = await bot.write('william', '/upgrade demo 1.6');
    await bot.write('olivia', '/abort');
    await github.webhooks.idle();
    const [command, abort] = github.webhooks.log().map(({ id }) => id);
    github.webhooks.setTarget(target);
    // The abort arrives first: there is nothing yet to abort, and it does not stop what comes later.
    for (const id of [abort, command, command, abort]) {
      await github.webhooks.deliver(id ?? '');
      await bot.quiet();
    }
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1']);
    expect((await thread(github))[0]?.id).toBe(asked);
    const replies = (await answers(github)).filter((body) => body.includes('changeover:reply='));
    expect(replies).toEqual([expect.stringContaining('No run of this issue waits')]);
  });
});
