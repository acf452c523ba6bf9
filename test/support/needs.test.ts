import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findProgram, needs } from './needs.ts';
import { spawnSync } from './run-sync.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TESTS = `import { it } from '@jest/globals';
import { needs } from '../../test/support/needs.ts';
needs('sh', 'no-such-program')('some tests', () => { it('a', () => {}); it('b', () => {}); });
`;
const CONFIG = `import base from '../../jest.config.js';
const { globalSetup, globalTeardown, testSequencer, ...rest } = base;
export default {
  ...rest,
  testMatch: ['<rootDir>/*.test.ts'],
  reporters: ['default', '<rootDir>/../../test/support/counts-reporter.js'],
};
`;
let folder: string;

beforeEach(() => {
  // Within the repository, whose transform of TypeScript is wanted, and where no other run of Jest looks for tests.
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache/needs-'));
  writeFileSync(join(folder, 'jest.config.js'), CONFIG);
  writeFileSync(join(folder, 'scratch.test.ts'), TESTS);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function runJest(CI: string): { output: string; status: number | null } {
  const jest = ['--experimental-vm-modules', join(root, 'node_modules/jest/bin/jest.js')];
  const env = { ...process.env, CI };
  const options = { cwd: folder, env, encoding: 'utf8', timeout: 100_000 } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, jest, options);
  return { output: stdout + stderr, status };
}

describe('needs', () => {
  it('runs the tests where all programs are there', () => {
    expect(findProgram('sh')).toMatch(/\/sh$/);
    expect(needs('sh')).toBe(describe);
  });

  it('skips them with the reason where one is missing', () => {
    const { output, status } = runJest('false');
    expect(output).toContain('skipped: some tests (not on this machine: no-such-program)');
    expect(output).toContain('0 passed, 0 failed, 2 skipped');
    expect(status).toBe(0);
  });

  it('fails instead of skipping with CI=true', () => {
    const { output, status } = runJest('true');
    expect(output).toContain('not on this machine: no-such-program. Install them');
    expect(output).toContain('0 passed, 1 failed, 0 skipped');
    expect(status).toBe(1);
  });
});
