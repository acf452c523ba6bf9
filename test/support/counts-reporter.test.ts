import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from './run-sync.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'counts-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs Jest, with this reporter, over these files alone; its last line (both streams in one, as on a terminal). */
function runJest(
  tests: Record<string, string>,
  CI: string,
  more: Record<string, string> = {},
): { lastLine: string | undefined; status: number | null } {
  for (const [name, code] of Object.entries(tests)) writeFileSync(join(folder, name), code);
  writeFileSync(join(folder, 'package.json'), '{}');
  const config = { rootDir: folder, reporters: ['default', join(root, 'test/support/counts-reporter.js')] };
  writeFileSync(join(folder, 'jest.config.json'), JSON.stringify(config));
  const command = `exec "$NODE" "$JEST" --config jest.config.json 2>&1`;
  const env = {
    ...process.env,
    CI,
    NODE: process.execPath,
    JEST: join(root, 'node_modules/jest/bin/jest.js'),
    ...more,
  };
  const options = { cwd: folder, env, encoding: 'utf8', timeout: 100_000 } as const;
  const { stdout, status } = spawnSync('sh', ['-c', command], options);
  return { lastLine: stdout.trimEnd().split('\n').at(-1), status };
}

describe('the counts of a test run', () => {
  it('end the output, and a skipped test is allowed on a person’s machine', () => {
    const tests = { 'a.test.js': `it('a', () => {}); it('b', () => {}); it.skip('c', () => {});` };
    expect(runJest(tests, 'false')).toEqual({ lastLine: '2 passed, 0 failed, 1 skipped', status: 0 });
  });

  it('fail the run where something was skipped and CI=true', () => {
    const tests = { 'a.test.js': `it('a', () => {}); it.skip('c', () => {});` };
    expect(runJest(tests, 'true')).toEqual({ lastLine: '1 passed, 0 failed, 1 skipped', status: 1 });
  });

  it('take a file that does not load for a failure', () => {
    const tests = {
      'a.test.js': `it('a', () => { throw new Error('no'); });`,
      'b.test.js': 'this is no JavaScript',
    };
    expect(runJest(tests, 'false')).toEqual({ lastLine: '0 passed, 2 failed, 0 skipped', status: 1 });
  });

  it('come although something that a test started does not end, and fail the run', () => {
    const tests = { 'a.test.js': `it('a', () => { require('node:net').createServer().listen(0); });` };
    expect(runJest(tests, 'false', { CHANGEOVER_LAST_WAIT_MS: '2000' })).toEqual({
      lastLine: '1 passed, 0 failed, 0 skipped',
      status: 1,
    });
  });
});
