import { describe, expect, it } from '@jest/globals';
import { createJobLog, type JobLog } from '../../src/github/job-log.ts';

function logOf(onRunner = true): { readonly log: JobLog; readonly lines: () => readonly string[] } {
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  return { log: createJobLog({ write, onRunner, token: 'end-it' }), lines: () => text.split('\n').slice(0, -1) };
}

describe("the job's log", () => {
  it('masks each line of a secret by itself, once, and no brace', () => {
    const { log, lines } = logOf();
    log.mask(['-----BEGIN KEY-----\r\nabcdef\n{\n  100% sure\n', 'hunter2', 'abc', 'hunter2', '']);
    expect(lines()).toEqual([
      '::add-mask::-----BEGIN KEY-----',
      '::add-mask::abcdef',
      '::add-mask::100%25 sure',
      '::add-mask::hunter2',
    ]);
  });

  it('folds what is printed, and lets nothing of it be a command but its own', async () => {
    const { log, lines } = logOf();
    await log.group('A\nB', () => {
      log.mask(['secret']);
    });
    log.error('one\ntwo');
    expect(lines()).toEqual([
      '::group::A%0AB',
      '::stop-commands::end-it',
      '::end-it::',
      '::add-mask::secret',
      '::stop-commands::end-it',
      '::end-it::',
      '::endgroup::',
      '::error title=Changeover::one%0Atwo',
    ]);
  });

  it('ends a group whose work fails', async () => {
    const { log, lines } = logOf();
    await expect(log.group('A', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(lines().slice(-2)).toEqual(['::end-it::', '::endgroup::']);
  });

  it('prints no secret where there is no runner to hide it', async () => {
    const { log, lines } = logOf(false);
    log.mask(['secret']);
    log.error('wrong');
    expect(await log.group('A', () => 7)).toBe(7);
    expect(lines()).toEqual(['changeover: wrong']);
  });
});
