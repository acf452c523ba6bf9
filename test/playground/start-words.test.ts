import { describe, expect, it } from '@jest/globals';

import { readArguments } from '../../src/playground/start-words.ts';

describe('the words after npm start --', () => {
  it('start on port 3000 unless told', () => {
    expect(readArguments([])).toEqual({ kind: 'start', port: 3000, keep: false });
    expect(readArguments(['--port', '0', '--keep'])).toEqual({ kind: 'start', port: 0, keep: true });
    expect(readArguments(['--port=4000'])).toEqual({ kind: 'start', port: 4000, keep: false });
    expect(readArguments(['--help'])).toEqual({ kind: 'help' });
  });

  it.each([
    ['--port', '70000'],
    ['--port', 'x'],
    ['--port', '-1'],
    ['--port', '1e3'],
    ['--port'],
    ['--prot', '1'],
    ['here'],
  ])('refuse what they cannot mean: %s %s', (...words) => {
    expect(readArguments(words).kind).toBe('wrong');
  });
});
