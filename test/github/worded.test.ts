import { describe, expect, it } from '@jest/globals';
import { problemsText } from '../../src/github/problems-text.ts';
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
});
