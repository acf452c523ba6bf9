import { describe, expect, it } from '@jest/globals';
import type { JobWork } from '../../src/actions/types.ts';
import { withDoneWhen } from '../../src/plan/done-when.ts';
import { spawnSync } from '../support/run-sync.ts';

const RUN: JobWork = {
  kind: 'job',
  env: {},
  apply: { shell: 'sh', text: 'true' },
  needs: [],
  touches: { paths: [], units: [] },
};

describe.each(['dash', 'bash'])('done_when as a script, in %s', (shell) => {
  const ask = (text: string, work: JobWork = RUN, chosen: 'sh' | 'bash' = 'sh'): number | null => {
    const made = withDoneWhen(work, { shell: chosen, text });
    expect(made.env).toMatchObject({ CO_DONE_WHEN: { lit: text } });
    const env = { PATH: process.env['PATH'], CO_DONE_WHEN: text };
    return spawnSync(shell, ['-euc', made.probe?.text ?? ''], { env, stdio: ['ignore', 'ignore', 'ignore'] }).status;
  };

  it.each([
    ['true', 0],
    ['false', 1],
    ['grep -q x /nonexistent', 1],
    ['false; true', 1],
    ['exit 125', 1],
    ['exit 126', 126],
    ['no-such-program', 127],
    ['if true; then', 126],
    ['kill -9 $$', 137],
  ])('%s exits %i', (text, code) => {
    expect(ask(text)).toBe(code);
  });

  it('asks the action’s own probe where it does not hold', () => {
    const own = (code: number): JobWork => ({ ...RUN, probe: { shell: 'sh', text: `exit ${code}\n` } });
    expect(ask('true', own(1))).toBe(0);
    expect(ask('false', own(1))).toBe(1);
    expect(ask('false', own(0))).toBe(0);
    expect(ask('false', own(2))).toBe(2);
  });

  it('runs in the shell that it names', () => {
    expect(ask('false | true; [[ a == a ]]', RUN, 'bash')).toBe(1);
    expect(ask('[[ a == a ]]', RUN, 'bash')).toBe(0);
    expect(withDoneWhen(RUN, { shell: 'bash', text: 'true' }).needs).toEqual(['bash']);
  });
});
