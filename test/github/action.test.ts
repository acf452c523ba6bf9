import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createSecrets } from '../../src/host/secrets.ts';
import type { Hosts } from '../../src/engine/ports.ts';
import { runAction } from '../../src/github/run-action.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { fastClock } from './fake-time.ts';
import { answers, finished, memoryLogs, obedientHosts, until, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();
const clock = fastClock(20);

describeWith(openApi)('the action', (checker) => {
  const start = localGitHubs(checker);
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'changeover-action-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  /** A job for one comment, with GitHub's event of it. */
  const NEVER = new Promise<void>(() => undefined);

  async function job(
    github: LocalGitHub,
    body: string,
    hosts: Hosts,
    journal = memory(),
    by = clock,
    told = NEVER,
  ): Promise<number> {
    let payload = '';
    const events = github.onChange((change) => {
      if (change.kind !== 'comment' || change.by.kind !== 'user') return;
      const { comment, issue } = change;
      const user = { id: comment.author.id, login: comment.author.login, type: comment.author.type };
      payload = JSON.stringify({
        action: change.action,
        issue: { number: issue.number },
        comment: {
          id: comment.id,
          body: comment.body,
          user,
          created_at: comment.createdAt,
          updated_at: comment.updatedAt,
        },
        repository: { name: 'ops', owner: { login: 'acme' } },
        sender: user,
      });
    });
    await speaker(github, 'william')('POST', '/repos/acme/ops/issues/1/comments', { body });
    events();
    return (await act(github, 'issue_comment', payload, hosts, journal, by, told)).code;
  }

  /** A job for an event of whatever kind. */
  async function act(
    github: LocalGitHub,
    eventName: 'issue_comment' | 'schedule',
    payload: string,
    hosts: Hosts,
    journal = memory(),
    by = clock,
    told = NEVER,
  ): ReturnType<typeof runAction> {
    const eventPath = join(folder, 'event.json');
    await writeFile(eventPath, payload);
    const settings = {
      eventName,
      eventPath,
      journal: '/nowhere',
      pace: 'none',
      id: '1',
      part: 'all',
      layout: { inventory: 'inventory.yml', procedures: 'procedures' },
    } as const;
    return runAction(
      {
        ...settings,
        token: 'changeover[bot]',
        apiUrl: github.url,
        login: 'changeover[bot]',
        remindAfterMs: 0,
        attempt: 1,
        triggeredBy: undefined,
        url: undefined,
        place: { owner: 'acme', repo: 'ops' },
        logLevel: 'fatal',
      },
      { hosts, journal, logs: memoryLogs(), secrets: createSecrets({}), clock: by, worker: 'test' },
      told,
    );
  }

  const memory = () => createMemoryJournal({ clock, worker: 'test' });

  it('works until the run is over, and says all of it', async () => {
    const github = await start(withDemo);
    const hosts = obedientHosts();
    expect(await job(github, '/upgrade demo 1.6', hosts)).toBe(0);
    expect(hosts.jobs).toHaveLength(2);
    expect((await answers(github)).at(-1)).toContain('kind=end');
  });

  it('ends where a person must decide, and goes on in the next job', async () => {
    const github = await start(withDemo);
    const journal = memory();
    const hosts = obedientHosts(({ job: { step, attempt } }) =>
      finished(step === 'switch' && attempt === 1 ? 'failed' : 'done'),
    );
    expect(await job(github, '/upgrade demo 1.6', hosts, journal)).toBe(0);
    expect((await answers(github)).at(-1)).toContain('kind=prompt-p1');
    expect(await job(github, '/retry', hosts, journal)).toBe(0);
    expect(hosts.jobs).toEqual(['apply fetch 1', 'apply switch 1', 'apply switch 2']);
    expect(await answers(github)).toHaveLength(3);
  });

  it('is green where there was nothing to do, and red where it could not do its work', async () => {
    const github = await start(withDemo);
    expect(await job(github, 'Hello', obedientHosts())).toBe(0);
    github.faults.add({ path: /\/permission$/, status: 403, body: { message: 'no' } });
    expect(await job(github, '/upgrade demo 1.6', obedientHosts())).toBe(1);
    expect((await answers(github)).at(-1)).toContain('Nothing was done');
  });

  it('waits for a GitHub that does not take its words, and ends red where it never does', async () => {
    const github = await start(withDemo);
    const away = { method: 'POST', path: /\/issues\/1\/comments$/, status: 503 } as const;
    // As the bot alone; the comment itself is written.
    const writes = (times: number) => {
      const written = github.onChange(({ kind }) => {
        if (kind !== 'comment') return;
        written();
        github.faults.add({ ...away, times });
      });
    };
    writes(8);
    expect(await job(github, '/procedures', obedientHosts())).toBe(0);
    expect(await answers(github)).toHaveLength(1);
    writes(1_000);
    expect(await job(github, '/procedures', obedientHosts())).toBe(1);
    expect(await answers(github)).toHaveLength(1);
  });

  it('says what an earlier job could not say before it had to end', async () => {
    const github = await start(withDemo);
    const journal = memory();
    const hosts = obedientHosts(({ job: { step } }) => finished(step === 'switch' ? 'failed' : 'done'));
    const post = { method: 'POST', path: /\/issues\/1\/comments$/, by: 'app' } as const;
    const back = github.faults.add({ ...post, status: 503, times: Infinity });
    expect(await job(github, '/upgrade demo 1.6', hosts, journal)).toBe(1);
    back();
    expect(await answers(github)).toEqual([]);
    // Another job may still be at it, for as long as one waits for its words.
    const later = (minutes: number) => ({
      ...clock,
      now: () => new Date(Date.parse(clock.now()) + minutes * 60_000).toISOString(),
    });
    expect(await job(github, '/help approve', hosts, journal, later(1))).toBe(0);
    expect(await answers(github)).toHaveLength(1);
    expect(await job(github, '/help approve', hosts, journal, later(11))).toBe(0);
    const said = await answers(github);
    expect(said).toHaveLength(4);
    expect(said.filter((body) => body.includes('kind=prompt-p1'))).toHaveLength(1);
  });

  const LISTED = { method: 'GET', path: /^\/repos\/acme\/ops\/issues\/comments$/ } as const;

  it('is red where the clock has started it and GitHub does not let it look through comments', async () => {
    const github = await start(withDemo);
    const sweep = () => act(github, 'schedule', '{}', obedientHosts(), memory(), fastClock(200));
    expect(await sweep()).toEqual({ code: 0, words: [], more: false });
    for (const [status, times, code, error] of [
      [500, 3, 0, undefined],
      [500, Infinity, 1, /could not be looked through .*\(500 .*The next job looks through them again/],
      [403, Infinity, 1, /could not be looked through .*\(403 .*`permissions: issues: write`/],
    ] as const) {
      const heal = github.faults.add({ ...LISTED, status, times, body: { message: 'no' } });
      const acted = await sweep();
      heal();
      expect([status, acted.code, acted.error ?? '']).toEqual([status, code, expect.stringMatching(error ?? /^$/)]);
    }
  });

  it('is green where a look failed while it worked, and a later one has found all there was', async () => {
    const github = await start(withDemo);
    const journal = memory();
    github.faults.add({ method: 'GET', path: /\/issues\/1\/comments$/, status: 500, times: 2, by: 'app' });
    expect(await job(github, '/procedures', obedientHosts(), journal)).toBe(0);
    const asked = github.requests.filter(({ method, path }) => method === 'GET' && path.endsWith('/issues/1/comments'));
    expect(asked.map(({ status }) => status)).toEqual([500, 500, 200]);
  });

  it('goes on looking while it works on a run that its last look has brought', async () => {
    const github = await start(withDemo);
    const journal = memory();
    let [begun, aborted] = [false, false];
    const hosts = obedientHosts(async ({ job: { step, attempt } }) => {
      if (step !== 'switch') return finished('done');
      if (attempt === 1) return finished('failed');
      begun = true;
      await until(() => aborted);
      return finished('failed');
    });
    expect(await act(github, 'schedule', '{}', hosts, journal)).toMatchObject({ code: 0 });
    expect(await job(github, '/upgrade demo 1.6', hosts, journal)).toBe(0);
    const say = (body: string) => speaker(github, 'william')('POST', '/repos/acme/ops/issues/1/comments', { body });
    await say('/retry');
    const sweep = act(github, 'schedule', '{}', hosts, journal);
    await until(() => begun);
    await say('/abort');
    await until(async () => {
      const [run = ''] = await journal.runs();
      const read = await journal.read(run);
      return (
        read.kind === 'ok' && read.events.some((each) => each.type === 'decision_made' && each.decision === 'abort')
      );
    });
    aborted = true;
    expect(await sweep).toMatchObject({ code: 0 });
    expect((await answers(github)).at(-1)).toContain('was aborted');
  });
});
