import { describe, expect, it } from '@jest/globals';
import { problemsText, withProblems } from '../../src/github/problems-text.ts';
import { worded } from '../../src/github/worded.ts';

describe('words of other rooms in a comment', () => {
  it('keep what is to be typed as code', () => {
    expect(worded(['Type `/upgrade demo` or `/help`.'])).toBe('Type `/upgrade demo` or `/help`.');
  });

  it('let nothing that was typed act in the thread', () => {
    const text = worded(['"@everyone <img src=x> [x](y)" is no version. Type `/upgrade demo @here`']);
    expect(text).not.toMatch(/@everyone|<img|\[x\]\(y\)/);
    expect(text).toContain('`/upgrade demo @here`');
  });

  it('list what is more than one', () => {
    expect(worded(['one', 'two'])).toBe('- one\n- two');
  });

  it('show problems with their place, and count those that would be too many', () => {
    const place = { file: 'procedures/a/b.yml', line: 3, column: 5 };
    const text = problemsText(Array.from({ length: 60 }, () => ({ place, message: 'write `hosts:`' })));
    expect(text).toContain('- `procedures/a/b.yml:3:5`: write `hosts:`');
    expect(text).toContain('- and 10 more');
  });

  it('show as many problems under an answer as a comment has room for', () => {
    const place = { file: 'procedures/a/b.yml', line: 3, column: 5 };
    const problems = Array.from({ length: 60 }, () => ({ place, message: `${'*'.repeat(800)} is wrong` }));
    for (const length of [0, 30_000, 59_000, 60_000]) {
      const answer = 'x'.repeat(length);
      const text = withProblems(answer, problems);
      expect(text.length).toBeLessThan(65_536);
      expect(text.startsWith(answer)).toBe(true);
      const shown = text.split('\n').filter((line) => line.startsWith('- `procedures/')).length;
      expect(text).toContain(`${String(60 - shown)} more`);
    }
    expect(withProblems('All is well.', [])).toBe('All is well.');
  });
});
