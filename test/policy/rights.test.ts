import { describe, expect, it } from '@jest/globals';
import { mayDo, type Need, type Right, rightOf } from '../../src/policy/rights.ts';

const RIGHTS: readonly Right[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];
const allowed = (need: Need): readonly Right[] => RIGHTS.filter((right) => mayDo(need, right).kind === 'ok');

describe('who may do what', () => {
  it('lets readers ask and look, and nobody without a right', () => {
    expect(allowed('ask')).toEqual(['read', 'triage', 'write', 'maintain', 'admin']);
    expect(allowed('dryrun')).toEqual(['read', 'triage', 'write', 'maintain', 'admin']);
  });

  it('lets writers and above run and decide', () => {
    expect(allowed('run')).toEqual(['write', 'maintain', 'admin']);
    expect(allowed('decide')).toEqual(['write', 'maintain', 'admin']);
    expect(allowed('lock')).toEqual(['write', 'maintain', 'admin']);
  });

  it('says what is missing and what can be done instead', () => {
    expect(mayDo('run', 'triage')).toEqual({
      kind: 'refused',
      text: expect.stringMatching(/"write" is needed; yours is "triage".*Add the word dryrun/s),
    });
    expect(mayDo('decide', 'read')).toEqual({ kind: 'refused', text: expect.stringContaining('/status') });
  });
});

describe('the right that GitHub names', () => {
  it.each(RIGHTS)('knows %s', (right) => {
    expect(rightOf(right)).toBe(right);
  });

  it('takes a role of the organisation for what it is based on', () => {
    expect(rightOf('release-captain', 'write')).toBe('write');
  });

  it('takes what it does not know for no right at all', () => {
    expect(rightOf('release-captain')).toBe('none');
    expect(rightOf(undefined, 'owner')).toBe('none');
    expect(rightOf('Admin')).toBe('none');
    expect(rightOf('constructor')).toBe('none');
  });
});
