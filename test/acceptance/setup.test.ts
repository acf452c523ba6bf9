import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { commandsOf } from '../docs/pages.ts';
import { hasLooked } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { atEnd, type Bench, endAfterEach, openBench } from './support/thread-bench.ts';
import { type Running, startProgram } from './support/thread-process.ts';
import { until } from './workplace.ts';

const ROOT = join(import.meta.dirname, '../..');
const SECRET = 'a-webhook-secret';

const openApi = await loadOpenApi();
let bench: Bench;
let folder: string;

const path = (name: string): string => join(folder, name);

function start(words: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Running {
  const [, , ...typed] = (commandsOf('docs/server.md', 'Register the App')[0] ?? '').split(' ');
  const given = [join(ROOT, 'dist/cli.js'), ...typed, ...words];
  const running = startProgram(
    process.execPath,
    given,
    { HOME: folder, GITHUB_API_URL: bench.github.url, ...env },
    folder,
  );
  atEnd(async () => {
    running.kill('SIGKILL');
    await running.ended;
  });
  return running;
}

const addressOf = async (running: Running): Promise<string> => (await running.says(/http:\/\/127\.\S+/))[0];

/** What a browser sees, its requests as they are written. */
function load(
  address: string,
  how: { readonly host?: string; readonly method?: string } = {},
): Promise<{ readonly status: number; readonly text: string; readonly policy: string }> {
  const [, own = '', asked = ''] = /^http:\/\/([^/]+)(.*)$/.exec(address) ?? [];
  const [host = '', port = ''] = own.split(':');
  const headers = { host: how.host ?? own };
  return new Promise((resolve, reject) => {
    request({ host, port, path: asked, method: how.method ?? 'GET', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      const policy = String(response.headers['content-security-policy']);
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, text, policy });
      });
    })
      .once('error', reject)
      .end();
  });
}

/** The form of the first page: where it goes, and the manifest that it takes there. */
async function formAt(
  address: string,
): Promise<{ readonly action: URL; readonly manifest: Readonly<Record<string, unknown>> }> {
  const { status, text, policy } = await load(address);
  expect([status, policy]).toEqual([200, expect.stringContaining("default-src 'none'")]);
  const of = (pattern: RegExp): string =>
    (pattern.exec(text)?.[1] ?? '').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
  const manifest = JSON.parse(of(/name="manifest" value="([^"]*)"/)) as Readonly<Record<string, unknown>>;
  return { action: new URL(of(/<form method="post" action="([^"]*)"/)), manifest };
}

/** Where GitHub sends the browser back, once somebody has confirmed what the form has brought. */
async function backFrom(running: Running, code?: string): Promise<string> {
  const { action, manifest } = await formAt(await addressOf(running));
  const key = bench.env['PRIVATE_KEY'] ?? '';
  const given = code ?? bench.github.registerApp({ name: 'Changeover of acme', key, webhookSecret: SECRET });
  return `${String(manifest['redirect_url'])}?code=${given}&state=${action.searchParams.get('state') ?? ''}`;
}

describeWith(openApi)('changeover setup', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    bench = await openBench(checker, { 'inventory.yml': 'hosts: {}\n' });
    folder = mkdtempSync(join(tmpdir(), 'changeover-setup-'));
    atEnd(() => {
      rmSync(folder, { recursive: true, force: true });
    });
  });

  it('registers what app.yml asks for, and writes the one file with which the server starts and is heard', async () => {
    const running = start(['--organization', 'acme']);
    const address = await addressOf(running);
    expect(running.said()).toContain(`will be written to ${path('.env')}`);
    const { action, manifest } = await formAt(address);
    expect([action.origin, action.pathname]).toEqual([bench.github.url, '/organizations/acme/settings/apps/new']);
    const own = {
      url: 'https://changeover.example.org',
      hook_attributes: { url: 'https://changeover.example.org/api/github/webhooks', active: true },
      redirect_url: `${new URL(address).origin}/registered`,
    };
    expect(manifest).toEqual({ ...(parse(readFileSync(join(ROOT, 'app.yml'), 'utf8')) as object), ...own });

    const { status, text } = await load(await backFrom(running));
    expect([status, text]).toEqual([200, expect.stringContaining('Changeover of acme is registered')]);
    expect(text).toContain(`href="${bench.github.url}/apps/changeover/installations/new"`);
    const { code, said } = await running.ended;
    expect([code, statSync(path('.env')).mode & 0o777]).toEqual([0, 0o600]);
    const lines = readFileSync(path('.env'), 'utf8').split('\n');
    expect(lines.map((line) => line.split('=')[0])).toEqual([
      expect.stringMatching(/^# The GitHub App "Changeover of acme"/),
      ...['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET', 'GITHUB_API_URL', ''],
    ]);
    expect(said).not.toContain(SECRET);
    expect(said).not.toContain('PRIVATE KEY');

    const [, typed = ''] = /^2\. Start the server: (.*)$/m.exec(said) ?? [];
    const env = {
      HOME: folder,
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      PORT: '0',
      CHANGEOVER_PACE: 'none',
    };
    const server = startProgram('sh', ['-c', `exec ${typed}`], env, folder);
    atEnd(async () => {
      server.kill('SIGTERM');
      await server.ended;
    });
    const [, url = ''] = await server.says(/"url":"(http[^"]+)".*Changeover listens/);
    await until(() => hasLooked(bench.github));
    bench.github.webhooks.setTarget({ url: `${url}/api/github/webhooks`, secret: SECRET });
    expect(await bench.words.reply('rita', '/procedures')).toContain('no procedure');
  });

  it('lets nobody in who does not know the address, nor a code that answers another question', async () => {
    const running = start();
    const address = await addressOf(running);
    const { origin, host } = new URL(address);
    const back = await backFrom(running);
    const strangers = [
      load(`${origin}/`),
      load(`${origin}/${'A'.repeat(32)}`),
      load(`${origin}//[`),
      load(address, { host: 'evil.example' }),
      load(address, { host: host.replace('127.0.0.1', 'localhost') }),
      load(back, { host: 'evil.example' }),
      load(back, { method: 'POST' }),
      load(back.replace(/state=.*/, 'state=')),
      load(back.replace(/state=.*/, `state=${'A'.repeat(32)}`)),
      load(back.replace(/code=[^&]*/, 'code=')),
    ];
    const answers = await Promise.all(strangers);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 403, 403, 403, 405, 403, 403, 400]);
    for (const { text } of answers) expect(text).not.toMatch(/<form|manifest|state=/);
    expect(bench.github.requests).toEqual([]);
    expect(readFileSync(path('.env'), 'utf8')).toBe('');
    // Who may is not held up by them.
    expect((await load(back)).status).toBe(200);
    expect((await running.ended).code).toBe(0);
  });

  it('can be tried again while GitHub is in trouble, and ends where the code is not taken', async () => {
    const running = start(['--file', "the app's.env"]);
    const back = await backFrom(running);
    for (const fault of [{ status: 503 }, { dropConnection: true }]) {
      bench.github.faults.add({ path: /conversions$/, ...fault });
      const { status, text } = await load(back);
      expect([status, text]).toEqual([503, expect.stringContaining('Load this page again')]);
    }
    expect((await load(back)).status).toBe(200);
    const { code, said } = await running.ended;
    expect([code, said.match(/did not answer/g)?.length, existsSync(path("the app's.env"))]).toEqual([0, 2, true]);

    expect(said).toContain(`node '--env-file=the app'\\''s.env' `);

    const refused = start();
    const { status, text } = await load(await backFrom(refused, 'used-before'));
    expect([status, text]).toEqual([502, expect.stringContaining('404')]);
    const end = await refused.ended;
    expect([end.code, end.err]).toEqual([1, expect.stringMatching(/did not take the code: 404.*changeover setup/)]);
    expect(existsSync(path('.env'))).toBe(false);
  });

  it('says what is in its way before anything is registered, and leaves nothing where it is stopped', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    atEnd(() => {
      taken.close();
    });
    await until(() => taken.listening);
    const address = taken.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    writeFileSync(path('there'), 'mine');
    for (const [words, told] of [
      [['--file', 'there'], /there is there already, and nothing is overwritten.*--file/],
      [['--file', 'no/such'], /no\/such cannot be written: ENOENT.*--file/],
      [['--port', port], /the port is taken.*--port/],
      [
        ['--port', 'x', '--organization', 'a/b', '--url', 'changeover.example.org'],
        /--url.*\n--organization.*\n--port/,
      ],
    ] as const) {
      const { code, err } = await start(words).ended;
      expect([code, err]).toEqual([2, expect.stringMatching(told)]);
    }
    expect([readFileSync(path('there'), 'utf8'), existsSync(path('.env'))]).toEqual(['mine', false]);

    const enterprise = start([], { GITHUB_API_URL: 'https://github.example.com/api/v3' });
    const { action } = await formAt(await addressOf(enterprise));
    expect(`${action.origin}${action.pathname}`).toBe('https://github.example.com/settings/apps/new');
    expect(existsSync(path('.env'))).toBe(true);
    enterprise.kill('SIGINT');
    const { code, err } = await enterprise.ended;
    expect([code, err, existsSync(path('.env'))]).toEqual([1, expect.stringContaining('nothing was written'), false]);
  });
});
