import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { blocks, section } from '../docs/pages.ts';
import { hasLooked } from '../support/local-github.ts';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { atEnd, type Bench, endAfterEach, openBench } from './support/thread-bench.ts';
import { type Running, startProgram } from './support/thread-process.ts';
import { until } from './workplace.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = 'docs/server.md';

const shown = (language: string, under: string): readonly string[] =>
  blocks(PAGE, language).flatMap((block) => (block.under === under ? [block.text] : []));

/** The commands of a page's part, those of root and of others, with continued lines put together. */
const commandsOf = (under: string): readonly string[] =>
  shown('console', under).flatMap((text) =>
    text
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .flatMap((line) => (/^[#$] /.test(line) ? [line.slice(2)] : [])),
  );

/** `NAME=value` lines, as systemd and Docker read them. */
const settingsIn = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.replace(/=.*/, ''), line.replace(/^\w+=/, '')]),
  );

const openApi = await loadOpenApi();
let folder = '';
let bench: Bench;
let port = '';

/** Where the page's places are on the machine of the tests. */
const here = (text: string): string =>
  text.replaceAll(/\/(etc|var\/lib)\/changeover/g, `${folder}/$1/changeover`).replaceAll(':3000', `:${port}`);

function sh(command: string, env: Readonly<Record<string, string>> = {}): string {
  const done = spawnSync('sh', ['-c', command], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin`, ...env },
  });
  expect([command, done.status, done.stderr]).toEqual([command, 0, '']);
  return done.stdout;
}

const freePort = (): Promise<string> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(String(typeof address === 'object' ? address?.port : address));
      });
    });
  });

async function serves(server: Running): Promise<void> {
  atEnd(async () => {
    server.kill('SIGKILL');
    await server.ended;
  });
  await server.says(/Changeover listens/);
  await until(() => hasLooked(bench.github));
}

describeWith(openApi)('the server, installed as its page says', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-install-'));
    atEnd(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    for (const path of ['etc', 'var/lib']) mkdirSync(join(folder, path), { recursive: true });
    port = await freePort();
    bench = await openBench(checker, { 'inventory.yml': 'hosts: {}\n' });
    writeFileSync(join(folder, 'changeover.private-key.pem'), bench.env['PRIVATE_KEY'] ?? '');
    const [settings = ''] = shown('sh', 'Install it').filter((text) => text.includes('APP_ID='));
    writeFileSync(join(folder, 'changeover.env'), here(settings).replace('12345', '7001'));
    // What is not the page's: GitHub is a local one.
    appendFileSync(
      join(folder, 'changeover.env'),
      `\nGITHUB_API_URL=${bench.github.url}\nCHANGEOVER_PACE=none\nPORT=${port}\n`,
    );
  });

  needs(
    'curl',
    'useradd',
    'systemd-analyze',
  )('command by command', () => {
    it('has its user, its folders and its files, works as a service, and answers', async () => {
      const commands = commandsOf('Install it');
      for (const name of ['passwd', 'group', 'shadow', 'gshadow']) writeFileSync(join(folder, 'etc', name), '');
      const setUp = commands.filter((command) => /^(useradd|install) /.test(command));
      expect(setUp).toHaveLength(5);
      for (const command of setUp) {
        // The user is made in a list of users of the test's own, so that no file can be given to it.
        sh(
          here(command)
            .replace(/^useradd /, `useradd --prefix ${folder} `)
            .replace('-o changeover -g changeover ', ''),
        );
      }
      expect(readFileSync(join(folder, 'etc/passwd'), 'utf8')).toMatch(/^changeover:.*:\/usr\/sbin\/nologin$/m);
      const mode = (path: string): string => (statSync(join(folder, path)).mode & 0o777).toString(8);
      expect(['etc/changeover/app.pem', 'etc/changeover/server.env', 'var/lib/changeover'].map(mode)).toEqual([
        '600',
        '600',
        '700',
      ]);

      const [unit = ''] = shown('ini', 'Install it');
      const path = join(folder, 'changeover.service');
      writeFileSync(path, unit.replace('/opt/changeover', ROOT).replace('/usr/bin/node', process.execPath));
      expect(sh(`systemd-analyze verify ${path} 2>&1`)).toBe('');
      const service = settingsIn(unit);
      const credentials = join(folder, 'credentials');
      mkdirSync(credentials);
      const [name = '', source = ''] = here(service['LoadCredential'] ?? '').split(':');
      writeFileSync(join(credentials, name), readFileSync(source));
      const env = {
        HOME: folder,
        ...settingsIn(readFileSync(here(service['EnvironmentFile'] ?? ''), 'utf8')),
        ...settingsIn((service['Environment'] ?? '').replace('%d', credentials)),
      };
      const [program = '', ...words] = (service['ExecStart'] ?? '').split(' ');
      expect(program).toBe('/usr/bin/node');
      const server = startProgram(process.execPath, words, env, ROOT);
      await serves(server);

      const asked = commands.filter((command) => command.startsWith('curl ')).map((command) => sh(here(command)));
      expect(asked).toEqual(['ok\n', expect.stringContaining('"ready":true')]);
      const [status = ''] = commandsOf('The journal folder');
      expect(sh(`cd ${ROOT} && ${here(status)}`, { HOME: folder })).toContain('no run');
      server.kill('SIGTERM');
      expect((await server.ended).code).toBe(0);
      // The rest is systemd's own.
      const rest = commands.filter((command) => !/^(useradd|install|curl|export|node) /.test(command));
      expect(rest).toEqual(['systemctl enable --now changeover']);
    });

    it('serves in a terminal, too', async () => {
      const typed = commandsOf('Install it').filter((command) => /^(export|node) /.test(command));
      expect(typed).toHaveLength(2);
      sh('install -d etc/changeover && install -m 600 changeover.private-key.pem etc/changeover/app.pem');
      const script = here(typed.join('\nexec ')).replace('12345', '7001').replace('…', 'a-secret');
      const env = { HOME: folder, ...settingsIn(readFileSync(join(folder, 'changeover.env'), 'utf8')) };
      const server = startProgram('sh', ['-euc', script], env, ROOT);
      await serves(server);
      server.kill('SIGTERM');
      expect((await server.ended).code).toBe(0);
    });
  });
});

describe('the words of the page', () => {
  it('run the image with the port, the folder and the user that it has', () => {
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    const of = (name: string): string => new RegExp(`^${name} (\\S+)$`, 'm').exec(dockerfile)?.[1] ?? '';
    const [build = '', run = '', ...rest] = commandsOf('In a container');
    expect([build, rest]).toEqual(['docker build -t changeover .', []]);
    expect(run).toContain(`--publish 127.0.0.1:3000:${of('EXPOSE')} `);
    expect(run).toContain(`--volume changeover:${of('VOLUME')} changeover`);
    expect(section(PAGE, 'In a container')).toContain(`as the user ${of('USER').split(':')[0] ?? ''}`);
    for (const word of ['--pid=host', '--hostname changeover', '--stop-timeout 60']) expect(run).toContain(word);
  });

  it('fill in GitHub’s page with what app.yml asks for, and no more', () => {
    const [address = ''] = shown('text', 'Register the App');
    const asked = new URL(address.trim()).searchParams;
    const manifest = parse(readFileSync(join(ROOT, 'app.yml'), 'utf8')) as {
      readonly name: string;
      readonly public: boolean;
      readonly default_permissions: Readonly<Record<string, string>>;
      readonly default_events: readonly string[];
    };
    const { name, public: isPublic, default_permissions: permissions, default_events: events } = manifest;
    const ours = new Set(['url', 'webhook_active', 'webhook_url', 'events[]', 'name', 'public']);
    expect([asked.get('name'), asked.get('public')]).toEqual([name, String(isPublic)]);
    expect(Object.fromEntries([...asked].filter(([key]) => !ours.has(key)))).toEqual(permissions);
    expect(asked.getAll('events[]')).toEqual(events);
    expect(asked.get('webhook_url')).toMatch(/^https:\/\/[^/]+\/api\/github\/webhooks$/);
  });
});
