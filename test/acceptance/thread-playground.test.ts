import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { differences, snapshot } from '../../src/playground/local-hosts/snapshot.ts';
import { needs } from '../support/needs.ts';
import { type Running, startBuilt } from './support/thread-process.ts';
import { until } from './workplace.ts';
import { spawnSync } from '../support/run-sync.ts';

let playground: Running;
let url: string;
let folder: string;

/** What its comments are to whoever reads them over the API. */
interface Said {
  readonly id: number;
  readonly body: string;
  readonly user: { readonly login: string };
}

async function api(login: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `token ${login}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${await answer.text()}`);
  return answer.json();
}

const THREAD = '/repos/acme/ops/issues/1/comments';
const SWAP = '/swap nbhosting thurst thermals f27 f29';

/** Writes a comment and waits until the bot has said all that. */
const ask = (login: string, body: string, ...wanted: readonly RegExp[]): Promise<string> =>
  askIn(THREAD, login, body, ...wanted);

async function askIn(thread: string, login: string, body: string, ...wanted: readonly RegExp[]): Promise<string> {
  const { id } = (await api(login, 'POST', thread, { body })) as Said;
  let said = '';
  const saysAll = async (): Promise<boolean> => {
    const all = (await api('rita', 'GET', `${thread}?per_page=100`)) as readonly Said[];
    said = all
      .filter((each) => each.id > id && each.user.login === 'changeover[bot]')
      .map((each) => each.body)
      .join('\n\n');
    return wanted.every((each) => each.test(said));
  };
  // A box that has restarted is waited for until it has been there for a minute; who asks too often is refused for an hour.
  for (let tries = 0; tries < 800; tries += 1) {
    if (await saysAll()) return said;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`The bot has not said ${wanted.join(' ')}, but:\n${said}`);
}

/** Processes of the stand-in host: their home is in its folder. */
const hostProcesses = (): readonly string[] =>
  readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && ofProcess(pid, 'environ').includes(`HOME=${folder}/pryv/home`),
  );

const hangs = (pid: string): boolean => ofProcess(pid, 'cmdline').startsWith('sleep\u0000');

/** Nothing where the process has just ended. */
function ofProcess(pid: string, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'latin1');
  } catch {
    return '';
  }
}

const canMount = userInfo().uid === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;
const onDisk = canMount ? it : it.skip;
if (!canMount) process.stderr.write('skipped: temporary files in memory (run as root)\n');

async function begin(by: readonly string[] = []): Promise<void> {
  playground = startBuilt('playground.js', ['--port', '0'], { HOME: '/nonexistent' }, by);
  [, url = ''] = await playground.says(/The playground runs: (http:\/\/127\.0\.0\.1:\d+)\//);
  [, folder = ''] = await playground.says(/Files: +(\/\S+) \(removed when this stops\)/);
}

beforeEach(() => begin());
afterEach(async () => {
  playground.kill('SIGTERM');
  await playground.ended;
});

needs(
  'rsync',
  'ssh',
  'unshare',
)('the playground', () => {
  it('does what the three comments say, when a step is made to fail', async () => {
    expect(playground.said()).toMatch(/Stand-ins: [^]*as you/);
    for (const line of ['/upgrade pryv 1.6 dryrun', '/upgrade pryv 1.6', '/rollback']) {
      expect(playground.said()).toMatch(new RegExp(`^ {2}${line} {2,}\\w`, 'm'));
    }
    const before = await snapshot(`${folder}/pryv`);
    const changes = async (): Promise<readonly string[]> => differences(before, await snapshot(`${folder}/pryv`));
    expect(await ask('rita', '/upgrade pryv 1.6 dryrun', /Nothing was changed/)).toContain('35 steps');
    expect(await changes()).toEqual([]);

    await api('rita', 'POST', '/_playground/faults', { name: 'mongorestore', on: true });
    await ask('william', '/upgrade pryv 1.6', /kind=prompt-p1/, /stand-in mongorestore: Failed/);
    expect(await changes()).not.toEqual([]);
    await ask('olivia', '/rollback', /kind=end/, /was rolled back/);
    expect((await changes()).filter((line) => !/^\+ var\/pryv1\.6\/pryv\/core\/data[/:]/.test(line))).toEqual([]);
    await ask('william', '/upgrade pryv 1.6', /kind=end/, /succeeded/);

    const runs = readdirSync(`${folder}/journal/runs`).map((name) => name.replace('.jsonl', ''));
    expect(runs).toHaveLength(3);
    for (const run of runs) {
      const env = { HOME: '/nonexistent', GITHUB_TOKEN: 'rita', GITHUB_API_URL: url };
      const words = ['verify', run, '--strict', '--journal', `${folder}/journal`];
      expect(await startBuilt('cli.js', words, env).ended).toMatchObject({
        code: 0,
        said: expect.stringMatching(/is intact: .* and [1-5] comments? in its thread/),
      });
    }
  });

  it('has the nbhosting boxes in issue 2: reported on, shown what a swap would do, and swapped by it', async () => {
    const nbhosting = (login: string, body: string, ...wanted: readonly RegExp[]): Promise<string> =>
      askIn('/repos/acme/ops/issues/2/comments', login, body, ...wanted);
    const box = (name: string): Promise<ReadonlyMap<string, string>> => snapshot(`${folder}/${name}`);
    const data = async (name: string): Promise<readonly string[]> =>
      [...(await box(name))].flatMap(([path, what]) =>
        /^nbhosting\/(?:students|raw)\//.test(path) ? [`${path} ${what}`] : [],
      );
    const before = [await box('thurst'), await box('thermals')] as const;
    const held = await data('thurst');
    const reads = (name: string, fact: string, found: string): RegExp =>
      new RegExp(`\`${name}\` \\| \`${fact}\` \\| any \\| ✅ \`${found}\``);
    const production = reads('thurst', 'function', 'production');
    await nbhosting('william', '/report nbhosting', /kind=end/, production, /nbhosting\/students/);
    const swap = await nbhosting('rita', `${SWAP} dryrun`, /Nothing was changed/);
    expect(swap).toContain('**78 steps**');
    expect(differences(before[0], await box('thurst'))).toEqual([]);
    expect(differences(before[1], await box('thermals'))).toEqual([]);
    await nbhosting('william', '/handover nbhosting thermals thurst', /thurst holds production/);

    // A stand-in box is a part of the machine that it runs on: its restart is simulated, where something can be mounted.
    const restarts = existsSync(`${folder}/thermals/sbin/restart`);
    if (canMount) expect(restarts).toBe(true);
    if (restarts) {
      await nbhosting('william', SWAP, /kind=prompt-p1/, /make a branch f29 and get nbhosting to work there/);
      const said = await nbhosting('olivia', '/continue', /kind=end/, /f29` succeeded/);
      expect(said.match(/nbhosting is back, on \w+/g)).toEqual([
        'nbhosting is back, on thermals',
        'nbhosting is back, on thurst',
      ]);
    } else {
      await nbhosting('william', '/handover nbhosting thurst thermals', /kind=end/, /thermals` succeeded/);
      await nbhosting('william', '/handover nbhosting thermals thurst', /kind=end/, /thurst` succeeded/);
      await nbhosting('william', '/upgrade-box nbhosting thermals f29', /kind=prompt-p1/, /cannot be restarted/);
      await nbhosting('olivia', '/rollback', /kind=end/);
    }
    for (const name of ['thurst', 'thermals']) expect(await data(name)).toEqual(held);
    const monitor = reads('thurst', 'nbh_monitor', 'active, enabled');
    await nbhosting('william', '/epilogue nbhosting thermals keep=false', /kind=end/, /keep=false` succeeded/, monitor);
    expect(await data('thermals')).toEqual(held);
    expect([...(await box('thermals')).keys()].filter((path) => path.includes('.prod'))).toEqual([]);
    const release = restarts ? 'f29' : 'f27';
    await nbhosting(
      'william',
      '/report nbhosting',
      /kind=end/,
      ...[production, reads('thermals', 'function', 'development')],
      ...[reads('thurst', 'release', release), reads('thermals', 'release', release)],
    );
  }, 400_000);

  it('answers its own page only, and no other place', async () => {
    const status = (path: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const asked = request(`${url}${path}`, { headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        asked.on('error', reject);
        asked.end();
      });
    expect(await status('/', {})).toBe(200);
    for (const path of ['/', '/_playground/state', '/_playground/faults', THREAD]) {
      expect(await status(path, { host: 'evil.example' })).toBe(403);
      expect(await status(path, { origin: 'http://evil.example', authorization: 'token olivia' })).toBe(403);
    }
  });

  onDisk(
    'has its hosts on a disk, also where temporary files are in memory, since they refuse to keep their state there',
    async () => {
      playground.kill('SIGTERM');
      await playground.ended;
      const memory = mkdtempSync(join(tmpdir(), 'changeover-memory-'));
      try {
        const mount = 'mount -t tmpfs none "$TMPDIR" && exec "$@"';
        await begin(['env', `TMPDIR=${memory}`, 'unshare', '--mount', 'sh', '-c', mount, 'sh']);
        expect(folder).toMatch(/^\/var\/tmp\//);
        await ask('rita', '/upgrade pryv 1.6 dryrun', /Nothing was changed/, /\*\*35 steps\*\*/);
      } finally {
        rmSync(memory, { recursive: true });
      }
    },
  );

  it('leaves no process and no file when it is told to stop in the middle of a step', async () => {
    await api('rita', 'POST', '/_playground/faults', { name: 'command-hangs', on: true });
    await ask('william', '/upgrade pryv 1.6', /is running/);
    await until(() => hostProcesses().some(hangs));
    playground.kill('SIGTERM');
    expect(await playground.ended).toMatchObject({ code: 0 });
    expect(existsSync(folder)).toBe(false);
    expect(hostProcesses()).toEqual([]);
  });
});

describe('a playground that cannot start', () => {
  it('says what to type instead, and leaves nothing', async () => {
    const port = new URL(url).port;
    const second = await startBuilt('playground.js', ['--port', port], {}).ended;
    expect([second.code, second.said]).toEqual([1, expect.stringContaining(`--port ${String(Number(port) + 1)}`)]);
    const wrong = await startBuilt('playground.js', ['--prot', '1'], {}).ended;
    expect([wrong.code, wrong.said]).toEqual([2, expect.stringContaining('Usage: npm start')]);
  });
});
