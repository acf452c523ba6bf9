import { describe, expect, it } from '@jest/globals';
import { parse, told, toldOfProcedure } from './told.ts';

/** A procedure with two secrets, whose steps are the given lines, which begin in line 5. */
const withSecrets = (...lines: readonly string[]): string =>
  ['description: Tries something', 'hosts: [web]', 'secrets: [PASSWORD, KEY]', 'steps:', ...lines, ''].join('\n');

const USES_KEY = '- {id: key, secrets: [KEY], run: use-key, on_rollback: {leave: a test}}';
const step = (...lines: readonly string[]): string =>
  withSecrets(USES_KEY, '- id: one', ...lines.map((line) => `  ${line}`), '  on_rollback: {leave: a test}');
const script = (...lines: readonly string[]): string =>
  step('secrets: [PASSWORD]', 'run: |', ...lines.map((line) => `  ${line}`));

describe('the secrets of a procedure', () => {
  it('are read, and asked for step by step', () => {
    const parsed = parse(step('secrets: [PASSWORD]', 'no_log: true', 'run: login'));
    expect(told(parsed)).toEqual([]);
    expect(parsed).toMatchObject({
      value: { secrets: ['PASSWORD', 'KEY'], steps: [{ secrets: ['KEY'] }, { secrets: ['PASSWORD'], noLog: true }] },
    });
    expect(parsed.ok && parsed.value.steps[0]).not.toHaveProperty('noLog');
  });

  it.each([
    ['PATH', '"PATH" would change the shell itself'],
    ['CO_X', "names that begin with CO_ are Changeover's own"],
    ['root', 'a param or var is called "root" already'],
  ])('may not be called %s', (name, message) => {
    const text = [
      ...['description: A', 'hosts: [web]', 'vars: {root: /x}', `secrets: [${name}]`, 'steps:'],
      `- {id: one, secrets: [${name}], run: x, reversible: false}`,
    ].join('\n');
    expect(toldOfProcedure(text)).toEqual([expect.stringMatching(`^4:11 ${message}`)]);
  });

  it.each<[string, string, string]>([
    [
      'asked for and not named',
      step('secrets: [PASWORD, PASSWORD]', 'run: x'),
      '7:13 the procedure names no secret "PASWORD"; did you mean "PASSWORD"?',
    ],
    ['asked for twice', step('secrets: [PASSWORD, PASSWORD]', 'run: x'), '7:23 the secret "PASSWORD" is named already'],
    ['named and not asked for', withSecrets(USES_KEY), '3:11 no step asks for the secret "PASSWORD"'],
    [
      'used and not asked for',
      step('secrets: [PASSWORD]', 'run: use "$KEY"'),
      '8:13 this step does not ask for the secret "KEY"',
    ],
    [
      'given by env',
      step('secrets: [PASSWORD]', 'env: {KEY: x}', 'run: x'),
      '8:9 "KEY" is a secret: take it out of env',
    ],
    [
      'asked for by another action',
      step('secrets: [PASSWORD]', 'file: {path: /x, content: x}'),
      '7:3 only the script of run gets secrets',
    ],
    [
      'used in a condition',
      step('secrets: [PASSWORD]', 'run: x', 'verify: {run: \'try "$PASSWORD"\'}'),
      '9:23 "PASSWORD" is a secret, and a condition gets none',
    ],
    [
      'used in an expression',
      step('secrets: [PASSWORD]', "env: {X: '${{ secrets.PASSWORD }}'}", 'run: x'),
      '8:17 a secret stands in no expression',
    ],
    ['no list', step('secrets: PASSWORD', 'run: x'), '7:12 a list of names is wanted here'],
    ['an empty list', step('secrets: []', 'run: x'), '7:12 the list is empty'],
  ])('%s: told with its place', (_what, text, message) => {
    expect(toldOfProcedure(text)).toContainEqual(
      expect.stringMatching(RegExp(`^${message.replaceAll(/[.?()${}]/g, String.raw`\$&`)}`)),
    );
  });

  it.each([
    'echo "$PASSWORD"',
    'echo $PASSWORD',
    'printf "%s" "x${PASSWORD}x"',
    'true && { echo "${PASSWORD%x}"; }',
    'if true; then echo "$PASSWORD" >&2; fi',
    'ls | echo "$PASSWORD"',
  ])('would be printed by %s', (line) => {
    const [first, ...more] = toldOfProcedure(script('set -u', line));
    expect([first?.replace(/^10:\d+ /, ''), more]).toEqual(
      [expect.stringContaining('this would print the secret "PASSWORD"'), []].map((each) => each),
    );
  });

  it.each([
    'echo "$PASSWORD" | login',
    'printf %s "$PASSWORD" >~/.password',
    'x=$(printf %s "$PASSWORD")',
    'echo "${#PASSWORD}"',
    'echo "${PASSWORD:+given}"',
    "echo '$PASSWORD'",
    '{ echo "$PASSWORD"; } >file',
    'login "$PASSWORD"',
    'set -eu',
  ])('would not be printed by %s', (line) => {
    expect(toldOfProcedure(script(line))).toEqual([]);
  });

  it.each(['set -x', 'set -eux', 'set -o xtrace'])('would be shown by %s', (line) => {
    expect(toldOfProcedure(script(line))).toEqual([expect.stringMatching(/^9:5 set -x prints/)]);
  });

  it('may not stand in what defaults give to all steps', () => {
    const text = withSecrets(
      USES_KEY,
      '- {id: one, secrets: [PASSWORD], run: x, on_rollback: {leave: a test}}',
      'defaults: {env: {KEY: x}, when: {run: "try $KEY"}}',
    );
    expect(toldOfProcedure(text)).toEqual([
      expect.stringMatching(/^7:18 "KEY" is a secret: take it out of env/),
      expect.stringMatching(/^7:\d+ "KEY" is a secret, and a condition gets none/),
    ]);
  });

  it('no_log has no meaning where nothing is printed on a host', () => {
    const text = ['description: A', 'hosts: [web]', 'steps:', '- comment: hello', '  no_log: true'].join('\n');
    expect(toldOfProcedure(text)).toEqual([expect.stringMatching(/^5:3 no_log keeps back/)]);
  });
});
