/** docs/server.md without a service manager; test/lab/installing.test.ts has the rest of it on a real host. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { commandsOf, section, shown } from '../docs/pages.ts';
import { hasLooked } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { atEnd, endAfterEach, openBench } from './support/thread-bench.ts';
import { startProgram } from './support/thread-process.ts';
import { until } from './workplace.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = 'docs/server.md';

const openApi = await loadOpenApi();

describeWith(openApi)('the server', (checker) => {
  endAfterEach();

  it('is tried out in a terminal as its page says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-install-'));
    atEnd(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const bench = await openBench(checker, { 'inventory.yml': 'hosts: {}\n' });
    const key = join(folder, 'app.pem');
    writeFileSync(key, bench.env['PRIVATE_KEY'] ?? '');
    const typed = commandsOf(PAGE, 'Install it').filter((command) => /^(export|node) /.test(command));
    expect(typed).toHaveLength(2);
    const script = typed
      .join('\nexec ')
      .replace('/etc/changeover/app.pem', key)
      .replace('12345', '7001')
      .replace('…', 'a-secret');
    const { HOME, GITHUB_API_URL, CHANGEOVER_PACE } = bench.env;
    const server = startProgram('sh', ['-euc', script], { HOME, GITHUB_API_URL, CHANGEOVER_PACE, PORT: '0' }, ROOT);
    atEnd(async () => {
      server.kill('SIGKILL');
      await server.ended;
    });
    await server.says(/Changeover listens/);
    await until(() => hasLooked(bench.github));
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });
});

describe('the words of the page', () => {
  it('run the image with the port, the folder and the user that it has', () => {
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    const of = (name: string): string => new RegExp(`^${name} (\\S+)$`, 'm').exec(dockerfile)?.[1] ?? '';
    const [build = '', run = '', ...rest] = commandsOf(PAGE, 'In a container');
    expect([build, rest]).toEqual(['docker build -t changeover .', []]);
    expect(run).toContain(`--publish 127.0.0.1:3000:${of('EXPOSE')} `);
    expect(run).toContain(`--volume changeover:${of('VOLUME')} changeover`);
    expect(section(PAGE, 'In a container')).toContain(`as the user ${of('USER').split(':')[0] ?? ''}`);
    for (const word of ['--pid=host', '--hostname changeover', '--stop-timeout 60']) expect(run).toContain(word);
  });

  it('fill in GitHub’s page with what app.yml asks for, and no more', () => {
    const [address = ''] = shown(PAGE, 'text', 'Register the App');
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
