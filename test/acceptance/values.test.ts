import { existsSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { bench, RUN } from './bench.ts';
import { needs } from '../support/needs.ts';

const { machine, work, steps } = bench();

const HOSTILE = [
  '1.6; rm -rf /',
  '$(reboot)',
  '`touch ~/pwned`',
  "'; touch ~/pwned; '",
  '"; touch ~/pwned; "',
  '|| touch ~/pwned #',
  '\\',
  '*',
  '~',
  '-n',
  '${{ params.word }}',
  'é€😀',
];

/** A param without a pattern. */
const FREE = 'params: {word: {description: anything, type: string, required: true}}\nhosts: [one]';

needs('sshd', 'bash')('a value', () => {
  it.each(['1.6; rm -rf /', '$(reboot)'])('%s is refused by the pattern, and nothing is started', async (value) => {
    steps(
      '- {id: one, run: echo "$word" >~/word, on_rollback: {leave: a test}}',
      [
        'params: {word: {description: a version, type: string, pattern: "^\\\\d+\\\\.\\\\d+$", required: true}}',
        'hosts: [one]',
      ].join('\n'),
    );
    const { code, err, out } = await work().changeover(...RUN, value);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`\`${value}\` does not match`);
    expect(err).toContain('changeover run try demo <word>');
    expect(work().runs()).toEqual([]);
    expect(existsSync(machine().path('home/.changeover'))).toBe(false);
  });

  it.each(HOSTILE)('%j is harmless data where there is no pattern, in sh and bash', async (value) => {
    steps(
      `
      - id: posix
        run: printf '%s' "$word" >~/posix
        verify: {run: '[ "$(cat ~/posix; echo x)" = "\${word}x" ]'}
        on_rollback: {run: rm ~/posix}
      - id: bash
        shell: bash
        run: printf '%s' "$word" >~/bash
        env: {again: '\${{ params.word }}'}
        on_rollback: {run: rm ~/bash}
      - id: env
        run: printf '%s' "$again" >~/env
        env: {again: 'v\${{ params.word }}'}
        on_rollback: {run: rm ~/env}
      - id: file
        file: {path: '${machine().path('home')}/file', content: '\${{ params.word }}'}
      - assert: {run: '[ "$again" = "v$word" ]'}
        env: {again: 'v\${{ params.word }}'}
      - wait_for: {run: '[ "$again" = "$(cat ~/env)" ]'}
        env: {again: 'v\${{ params.word }}'}
      - id: say
        comment: 'it is \${{ params.word }}'
    `,
      FREE,
    );
    const planned = await work().changeover('plan', 'try', 'demo', `word=${value}`);
    expect([planned.code, planned.err]).toEqual([0, '']);
    const { code, err } = await work().changeover(...RUN, `word=${value}`);
    expect([code, err]).toEqual([0, '']);
    const seen = ['posix', 'bash', 'env', 'file'].map((name) => machine().content(`home/${name}`));
    expect(seen).toEqual([value, value, `v${value}`, value]);
    expect(existsSync(machine().path('home/pwned'))).toBe(false);
  });

  it('that holds what a reader cannot see is refused', async () => {
    steps('- {id: one, run: echo "$word" >~/word, on_rollback: {leave: a test}}', FREE);
    for (const value of ['a\ntouch ~/pwned', 'a\u200bb', 'a\u202eb']) {
      const { code, err } = await work().changeover(...RUN, `word=${value}`);
      expect([code, err]).toEqual([2, expect.stringContaining('which a reader cannot see')]);
    }
    expect(work().runs()).toEqual([]);
  });
});
