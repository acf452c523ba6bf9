import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { readComment, list, type CommentText } from '../../src/playground/page/boundary.ts';
import { differences, snapshot } from '../../src/playground/local-hosts/snapshot.ts';
import { startApp } from '../../src/playground/start-app.ts';
import {
  startPlayground,
  type AppEnvironment,
  type Playground,
  type PlaygroundOptions,
} from '../../src/playground/start.ts';

const procedures = new URL('../../procedures/', import.meta.url);
let page: string;
const running: Playground[] = [];

beforeAll(async () => {
  page = await mkdtemp(join(tmpdir(), 'page-'));
  for (const name of ['index.html', 'main.js', 'main.css']) await writeFile(join(page, name), `this is ${name}`);
});

afterEach(async () => {
  for (const playground of running.splice(0)) await playground.close();
});

afterAll(async () => {
  await rm(page, { recursive: true });
});

/** A playground whose app hears nothing, unless told otherwise. */
const startQuietly = (options: Partial<PlaygroundOptions> = {}): Promise<Playground> =>
  startPlayground({
    port: 0,
    page: pathToFileURL(`${page}/`),
    procedures,
    startApp: async () => ({ url: 'http://127.0.0.1:9', stop: async () => undefined }),
    ...options,
  });

/** The same, ended after the test. */
async function start(options: Partial<PlaygroundOptions> = {}): Promise<Playground> {
  const playground = await startQuietly(options);
  running.push(playground);
  return playground;
}

const get = async ({ url }: Playground, path: string, init: RequestInit = {}) => {
  const answer = await fetch(`${url}${path}`, init);
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};

const post = (playground: Playground, path: string, body: unknown) =>
  get(playground, path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });

const thread = '/repos/acme/ops/issues/1/comments';

async function comment({ url }: Playground, login: string, body: string): Promise<number> {
  const headers = { authorization: `token ${login}` };
  const answer = await fetch(`${url}${thread}`, { method: 'POST', headers, body: JSON.stringify({ body }) });
  expect(answer.status).toBe(201);
  return readComment(await answer.json()).id;
}

async function comments({ url }: Playground): Promise<readonly CommentText[]> {
  const answer = await fetch(`${url}${thread}?per_page=100`, { headers: { authorization: 'token rita' } });
  return list(await answer.json(), readComment);
}

/** The bot's words after a comment, as soon as they hold what is waited for. */
async function answerTo(playground: Playground, after: number, wanted: RegExp): Promise<string> {
  let words = '';
  const isSaid = async (): Promise<boolean> => {
    words = (await comments(playground))
      .flatMap(({ id, isBot, body }) => (isBot && id > after ? [body] : []))
      .join('\n\n');
    return wanted.test(words);
  };
  await until(isSaid, () => `Changeover never said ${String(wanted)}, but:\n${words}`);
  return words;
}

/** Waits longer than a whole upgrade takes on a busy machine. */
async function until(holds: () => boolean | Promise<boolean>, otherwise: () => string): Promise<void> {
  for (const end = Date.now() + 90_000; !(await holds());) {
    if (Date.now() > end) throw new Error(otherwise());
    await sleep(100);
  }
}

describe('the playground with the real app', () => {
  it('does what the three comments say', async () => {
    const playground = await start({ startApp });
    const { host } = playground;
    const root = () => readlink(join(host.folder, 'var/pryv'));
    const before = await snapshot(host.folder);
    const changes = async () => differences(before, await snapshot(host.folder));

    const dry = await answerTo(
      playground,
      await comment(playground, 'rita', '/upgrade pryv 1.6 dryrun'),
      /Nothing was changed/,
    );
    expect(dry).toContain('Restore the dump into the new version');
    expect(dry).toContain('`pryv`');
    expect(await changes()).toEqual([]);

    await post(playground, '/_playground/faults', { name: 'mongorestore', on: true });
    const broken = await comment(playground, 'william', '/upgrade pryv 1.6');
    expect(await answerTo(playground, broken, /`\/rollback`/)).toContain('stand-in mongorestore: Failed');
    expect(await changes()).not.toEqual([]);
    expect((await host.faults()).filter(({ on }) => on)).toEqual([]);

    await answerTo(playground, await comment(playground, 'olivia', '/rollback'), /was rolled back/);
    // The procedure leaves these: they do no harm there, and the next try has less to copy.
    const left = (await changes()).filter((line) => !line.includes(' var/pryv1.6/pryv/core/data'));
    expect(left).toEqual([]);
    expect(await root()).toMatch(/pryv1\.5$/);

    await answerTo(playground, await comment(playground, 'olivia', '/upgrade pryv 1.6'), /kind=end[^]*succeeded/);
    expect(await root()).toMatch(/pryv1\.6$/);
    expect(playground.github.unknownRequests).toEqual([]);
  }, 240_000);

  it('goes on while GitHub is down, which the page is not, and says it all afterwards', async () => {
    const playground = await start({ startApp });
    const { host, github } = playground;
    const turn = (name: string, on: boolean) => post(playground, '/_playground/faults', { name, on });
    const asked = await comment(playground, 'william', '/upgrade pryv 1.6');
    await answerTo(playground, asked, /kind=live/);
    await turn('github-down', true);
    const isSwitched = async () => (await readlink(join(host.folder, 'var/pryv'))).endsWith('1.6');
    await until(isSwitched, () => 'the run did not go on');
    await until(
      () => github.troubles.met('github-down') >= 3,
      () => 'nobody asked while GitHub was down',
    );
    // Whoever reads and writes here is not struck, and is heard once GitHub is back.
    const status = await comment(playground, 'rita', '/status');
    expect((await comments(playground)).some(({ body }) => body.includes('kind=end'))).toBe(false);
    await turn('github-down', false);
    await answerTo(playground, asked, /kind=end[^]*succeeded/);
    await answerTo(playground, status, new RegExp(`reply=${String(status)}[^]*upgrade pryv 1.6`));
    const kinds = (await comments(playground)).flatMap(({ body }) => / kind=(\S+) /.exec(body)?.[1] ?? []);
    expect(kinds).toEqual([...new Set(kinds)]);
  }, 240_000);

  it('lets nobody run anything who may only read', async () => {
    const playground = await start({ startApp });
    const before = await snapshot(playground.host.folder);
    await answerTo(playground, await comment(playground, 'rita', '/upgrade pryv 1.6'), /write/);
    expect(differences(before, await snapshot(playground.host.folder))).toEqual([]);
  });
});

describe('stopping the playground', () => {
  it('ends in the middle of a run, with what runs on its hosts', async () => {
    const playground = await start({ startApp });
    await post(playground, '/_playground/faults', { name: 'command-hangs', on: true });
    const asked = await comment(playground, 'william', '/upgrade pryv 1.6');
    await answerTo(playground, asked, /▶️ running/);
    await until(
      async () => (await playground.host.processes()).length > 0,
      () => 'nothing ran on the host',
    );
    await playground.close();
    expect(await playground.host.processes()).toEqual([]);
    expect(existsSync(playground.folder)).toBe(false);
  });
});

describe('what the playground serves', () => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await startQuietly();
  });
  afterAll(async () => {
    await playground.close();
  });

  it('keeps inventory and shipped procedures on the default branch', async () => {
    const raw = { headers: { authorization: 'token rita', accept: 'application/vnd.github.raw+json' } };
    const { text } = await get(playground, '/repos/acme/ops/contents/inventory.yml', raw);
    expect(text).toContain(`port: ${String(playground.host.port)}`);
    expect(text).toContain(`root: ${playground.host.folder}/var/pryv`);
    const upgrade = await get(playground, '/repos/acme/ops/contents/procedures/pryv/upgrade.yml', raw);
    expect(upgrade.text).toContain('mongorestore');
    expect(text).toMatch(/^groups:\n {2}nbhosting:\n {4}- thurst\n {4}- thermals$/m);
  });

  it('hands out the page, at the addresses of issues too, and lets it run nothing of others', async () => {
    for (const path of ['/', '/?x=1', '/acme/ops/issues', '/acme/ops/issues/2']) {
      const { text, headers } = await get(playground, path);
      expect(text).toBe('this is index.html');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    }
    expect((await get(playground, '/main.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect((await get(playground, '/main.css')).text).toBe('this is main.css');
    expect(playground.github.unknownRequests).toEqual([]);
  });

  it('says who may log in and where the files are', async () => {
    const state: unknown = JSON.parse((await get(playground, '/_playground/state')).text);
    expect(state).toMatchObject({
      repository: { owner: 'acme', name: 'ops' },
      logins: [
        { login: 'olivia', role: 'admin' },
        { login: 'william', role: 'write' },
        { login: 'rita', role: 'read' },
      ],
      folder: playground.folder,
      hosts: [{ name: 'pryv', folder: playground.host.folder }, { name: 'thurst' }, { name: 'thermals' }],
    });
  });

  it('lists and throws the fault switches, and names them when asked for another', async () => {
    const listed = async () =>
      JSON.parse((await get(playground, '/_playground/faults')).text) as { name: string; on: boolean }[];
    expect((await listed()).filter(({ on }) => on)).toEqual([]);
    const form = new URLSearchParams({ name: 'mongodump-fails', on: 'true' });
    expect((await get(playground, '/_playground/faults', { method: 'POST', body: form })).status).toBe(200);
    await post(playground, '/_playground/faults', { name: 'mongorestore-fails', on: true });
    await post(playground, '/_playground/faults', { name: 'mongodump-fails', on: false });
    expect((await listed()).filter(({ on }) => on).map(({ name }) => name)).toEqual(['mongorestore-fails']);
    const wrong = await post(playground, '/_playground/faults', { name: 'coffee', on: true });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('mongorestore-fails');
    expect((await get(playground, '/_playground/faults', { method: 'DELETE' })).status).toBe(405);
    expect((await get(playground, '/_playground/coffee')).status).toBe(404);
  });

  it('has the same switches for GitHub, of which one is on at most', async () => {
    const on = async () =>
      (JSON.parse((await get(playground, '/_playground/faults')).text) as { name: string; on: boolean; of: string }[])
        .filter((fault) => fault.on)
        .map(({ name, of }) => `${of} ${name}`);
    const turn = (name: string, is: boolean) => post(playground, '/_playground/faults', { name, on: is });
    await turn('mongorestore-fails', false);
    expect((await turn('github-down', true)).status).toBe(200);
    expect(await on()).toEqual(['github github-down']);
    expect(playground.github.troubles.now()).toBe('github-down');
    await turn('github-hangs', true);
    await turn('github-down', false);
    expect(await on()).toEqual(['github github-hangs']);
    await turn('mongodump-fails', true);
    expect(await on()).toEqual(['host mongodump-fails', 'github github-hangs']);
    await turn('github-hangs', false);
    await turn('mongodump-fails', false);
    expect(await on()).toEqual([]);
    expect((await turn('github', true)).text).toContain('github-down or github-errors');
  });

  it.each(['/', '/main.js', '/_playground/state', '/_playground/events', '/_playground/faults'])(
    'refuses foreign hosts and origins at %s',
    async (path) => {
      const method = path.endsWith('faults') ? 'POST' : 'GET';
      const status = (headers: Record<string, string>) =>
        new Promise((resolve, reject) => {
          const asked = request(`${playground.url}${path}`, { method, headers }, (answer) => {
            answer.resume();
            resolve(answer.statusCode);
          });
          asked.on('error', reject);
          asked.end(method === 'POST' ? 'name=host-down&on=true' : undefined);
        });
      expect(await status({ host: 'evil.example' })).toBe(403);
      expect(await status({ origin: 'http://evil.example' })).toBe(403);
      expect((await playground.host.faults()).find(({ name }) => name === 'host-down')).toMatchObject({ on: false });
    },
  );
});

describe('a playground of its own', () => {
  it('gives the app a secret, a key and a journal of its own, each time anew', async () => {
    const seen: AppEnvironment[] = [];
    const listen = async (environment: AppEnvironment) => {
      seen.push(environment);
      return { url: 'http://127.0.0.1:9', stop: async () => undefined };
    };
    const { folder, url } = await start({ startApp: listen });
    await start({ startApp: listen });
    const [one, other] = seen;
    expect(one).toMatchObject({ GITHUB_API_URL: url, CHANGEOVER_JOURNAL: join(folder, 'journal'), HOST: '127.0.0.1' });
    expect(one?.['WEBHOOK_SECRET']).toMatch(/^[0-9a-f]{64}$/);
    expect(one?.['PRIVATE_KEY']).toContain('PRIVATE KEY');
    for (const name of ['WEBHOOK_SECRET', 'PRIVATE_KEY']) expect(one?.[name]).not.toBe(other?.[name]);
  });

  it('tells an open page what changed', async () => {
    const playground = await start();
    const events = await fetch(`${playground.url}/_playground/events`);
    expect(events.headers.get('content-type')).toContain('text/event-stream');
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    const hears = async (words: string) => {
      while (!heard.includes(words)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`The feed ended after ${heard}`);
        heard += value;
      }
    };
    await hears('retry:');
    await comment(playground, 'olivia', 'hello');
    await hears('{"kind":"thread","issue":1}');
    await post(playground, '/_playground/faults', { name: 'host-down', on: true });
    await hears('{"kind":"faults"}');
    await playground.close();
    await expect(hears('more')).rejects.toThrow();
  });

  it('leaves nothing behind, neither files nor processes', async () => {
    const playground = await start();
    await playground.close();
    expect(existsSync(playground.folder)).toBe(false);
    expect(await playground.host.processes()).toEqual([]);
    await expect(fetch(playground.url)).rejects.toThrow('fetch failed');
  });

  it('leaves the files where it is told to', async () => {
    const playground = await start({ keep: true });
    await playground.close();
    expect(existsSync(join(playground.host.folder, 'var/pryv1.5'))).toBe(true);
    await rm(playground.folder, { recursive: true });
  });

  it('says what to type when the port is taken', async () => {
    const { github } = await start();
    await expect(start({ port: github.port })).rejects.toThrow(`--port ${String(github.port + 1)}`);
  });

  it('does not start without procedures, and removes what it had begun', async () => {
    let stopped = false;
    await expect(start({ procedures: new URL('../none/', procedures) })).rejects.toThrow('There are no procedures in');
    const failing = start({
      startApp: async ({ CHANGEOVER_JOURNAL }) => {
        stopped = true;
        throw new Error(`no app for ${String(CHANGEOVER_JOURNAL)}`);
      },
    });
    const message = await failing.then(
      () => '',
      (error: unknown) => String(error),
    );
    expect(stopped).toBe(true);
    const folder = /no app for (.*)\/journal$/.exec(message)?.[1] ?? '';
    expect(folder).not.toBe('');
    expect(existsSync(folder)).toBe(false);
  });
});
