import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { matchesInTime } from '../../src/engine/in-time.ts';
import { planCall } from '../../src/engine/request.ts';
import type { Source } from '../../src/engine/ports.ts';

const PROCEDURE = String.raw`description: A test
params:
  version: {pattern: '(\d+\.?)+'}
hosts: [alpha]
steps:
  - assert: {run: 'true'}
`;
const FILES: Readonly<Record<string, string>> = {
  'procedures/demo/upgrade.yml': PROCEDURE,
  'inventory.yml': 'hosts:\n  alpha: {address: alpha.example.org, user: root}\n',
};
const source: Source = {
  head: () => Promise.resolve('c1'),
  read: (_commit, path) => Promise.resolve(FILES[path]),
  list: () => Promise.resolve(Object.keys(FILES)),
};
const call = (version: string) =>
  planCall({ source }, { verb: 'upgrade', system: 'demo', positional: [version], named: [] });

describe('a pattern', () => {
  it('matches the whole value or does not', () => {
    expect([matchesInTime('a|b', 'b'), matchesInTime('a|b', 'ab'), matchesInTime(String.raw`\p{L}+`, 'é')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('that would be tried for years is given up, and the answer says what to do', async () => {
    expect(matchesInTime('(a+)+b', 'a'.repeat(4096))).toBeUndefined();
    expect(await call('1.6')).toMatchObject({ kind: 'planned' });
    expect(await call(`${'1'.repeat(60)}x`)).toMatchObject({
      kind: 'refused',
      texts: [expect.stringMatching(/takes too long.*make the pattern simpler.*Type: `\/upgrade demo <version>`/s)],
    });
  });

  it('is not given up because the machine is busy with something else', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const script = fileURLToPath(new URL('./matcher.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', './scripts/ts.js', script], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      const said = text(child.stdout);
      await once(child.stdout, 'data');
      // As where others have the processor: time passes, and nothing is done in it.
      for (let times = 0; times < 5; times += 1) {
        child.kill('SIGSTOP');
        await new Promise((resolve) => setTimeout(resolve, 250));
        child.kill('SIGCONT');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      child.stdin.end();
      expect((await said).trim().split('\n').at(-1)).toBe('false');
    } finally {
      child.kill('SIGKILL');
    }
  });
});
