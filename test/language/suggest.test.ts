import { describe, expect, it } from '@jest/globals';
import { didYouMean, nearest } from '../../src/language/suggest.ts';

describe('nearest', () => {
  it('finds what was meant by a slip of the finger', () => {
    expect(nearest('upgarde', ['rollback', 'upgrade'])).toBe('upgrade');
    expect(nearest('prot', ['host', 'port'])).toBe('port');
    expect(nearest('rnu', ['run'])).toBe('run');
    expect(nearest('on-rollbak', ['on_rollback'])).toBe('on_rollback');
    expect(nearest('RUN', ['run'])).toBe('run');
  });

  it('guesses nothing where nothing is near', () => {
    expect(nearest('xyz', ['run', 'file'])).toBeUndefined();
    expect(nearest('d', ['a', 'b'])).toBeUndefined();
    expect(nearest('run', ['run'])).toBeUndefined();
    expect(nearest('x'.repeat(100_000), ['x'])).toBeUndefined();
    expect(didYouMean('xyz', ['run'])).toBe('');
  });

  it('takes the first of equally near ones', () => {
    expect(didYouMean('web9', ['web1', 'web2'])).toBe('; did you mean "web1"?');
  });
});
