import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { hasLooked } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { atEnd, endAfterEach, openBench } from './support/thread-bench.ts';
import { startProgram } from './support/thread-process.ts';
import { until } from './workplace.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Instruction {
  readonly name: string;
  readonly words: string;
}

/** Instructions as they stand, comments left out and continued lines put together. */
const INSTRUCTIONS: readonly Instruction[] = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => ({ name: line.replace(/ .*/, ''), words: line.replace(/^\S+ /, '') }));

const stages = (): readonly (readonly Instruction[])[] => {
  const starts = INSTRUCTIONS.flatMap(({ name }, index) => (name === 'FROM' ? [index] : []));
  return starts.map((start, index) => INSTRUCTIONS.slice(start, starts[index + 1]));
};
const [build = [], last = []] = stages();

const wordsOf = (stage: readonly Instruction[], name: string): readonly string[] =>
  stage.filter((each) => each.name === name).map(({ words }) => words);

/** `NAME=value` pairs. */
const env = (): Readonly<Record<string, string>> =>
  Object.fromEntries(wordsOf(last, 'ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('=')))) as Record<
    string,
    string
  >;

const programOf = (words: string | undefined): readonly string[] => {
  const program: unknown = JSON.parse(words ?? '[]');
  expect(program).toEqual(expect.arrayContaining([expect.any(String)]));
  return program as readonly string[];
};
const healthCheck = (): readonly string[] => programOf(/CMD (.*)$/.exec(wordsOf(last, 'HEALTHCHECK')[0] ?? '')?.[1]);

it('begins both of its stages with one base that is named by its tag', () => {
  const [base = ''] = wordsOf(INSTRUCTIONS, 'ARG');
  expect(base).toMatch(/^BASE=docker\.io\/library\/node:\d+\.\d+\.\d+-bookworm-slim$/);
  expect(wordsOf(INSTRUCTIONS, 'FROM')).toEqual(['${BASE} AS build', '${BASE}']);
});

it('runs as a user that is not root, with a health check, and takes nothing but what the first stage has built', () => {
  expect(wordsOf(last, 'USER')).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
  expect(last.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(
    last.findLastIndex(({ name }) => name === 'RUN'),
  );
  expect(wordsOf(last, 'COPY').filter((words) => !words.startsWith('--from=build '))).toEqual([]);
  expect(wordsOf(INSTRUCTIONS, 'ADD')).toEqual([]);
  expect(healthCheck()[0]).toBe('node');
  expect(wordsOf(last, 'VOLUME')).toEqual([env()['CHANGEOVER_JOURNAL']]);
  // What is set while an image is built can be read out of it.
  expect(Object.keys(env()).filter((name) => /KEY|SECRET|TOKEN|PASS|APP_ID/.test(name))).toEqual([]);
});

/** Copies what `.dockerignore` lets through, as the build would get it. */
function copyContext(to: string): void {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  const rules = lines.filter((line) => line !== '' && !line.startsWith('#'));
  expect(rules[0]).toBe('*');
  for (const rule of rules.slice(1)) {
    expect(rule).toMatch(/^![\w.-]+$/);
    cpSync(join(ROOT, rule.slice(1)), join(to, rule.slice(1)), { recursive: true });
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
      });
    });
  });

const openApi = await loadOpenApi();

describeWith(openApi)('its steps, done here in a folder', (checker) => {
  endAfterEach();

  it('build a server that starts from what the last stage holds, is found well, and ends as it is told', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-docker-'));
    atEnd(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const [context, app] = [join(folder, 'build'), join(folder, 'app')];
    for (const each of [context, app]) mkdirSync(each);
    copyContext(context);
    // In place of `npm ci`, which needs a registry.
    expect(wordsOf(build, 'RUN')[0]).toMatch(/^npm ci /);
    symlinkSync(join(ROOT, 'node_modules'), join(context, 'node_modules'));
    for (const step of wordsOf(build, 'RUN').slice(1)) {
      const done = spawnSync('sh', ['-c', step], { cwd: context, encoding: 'utf8' });
      expect([step, done.status, done.stderr]).toEqual([step, 0, '']);
    }
    for (const copied of wordsOf(last, 'COPY')) {
      const [, from = '', to = ''] = /^--from=build \/build\/(\S+) \.\/(\S*)$/.exec(copied) ?? [];
      expect(existsSync(join(context, from))).toBe(true);
      cpSync(join(context, from), join(app, to === '' ? from : to), { recursive: true });
    }

    const bench = await openBench(checker, { 'inventory.yml': 'hosts: {}\n' });
    const port = String(await freePort());
    const own = { ...env(), ...bench.env, HOST: '127.0.0.1', PORT: port };
    const check = (): number | null => {
      const [program = '', ...words] = healthCheck();
      return spawnSync(program, words, { cwd: app, env: { ...own, PATH: process.env['PATH'] } }).status;
    };
    expect(check()).toBe(1);
    const [program = '', ...words] = programOf(wordsOf(last, 'CMD')[0]);
    const server = startProgram(program, words, own, app);
    atEnd(async () => {
      server.kill('SIGKILL');
      await server.ended;
    });
    await server.says(/Changeover listens/);
    await until(() => hasLooked(bench.github));
    expect(check()).toBe(0);
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
    expect(check()).toBe(1);
  });
});
