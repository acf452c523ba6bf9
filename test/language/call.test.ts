import { describe, expect, it } from '@jest/globals';
import { parse, told, toldOfProcedure, withSteps } from './told.ts';

/** A procedure with params, vars and a fact whose steps are the given lines, which begin in line 7. */
const withNames = (...lines: readonly string[]): string =>
  [
    'description: Tries something',
    'hosts: [web]',
    'params: {version: {}}',
    'vars: {folder: /srv}',
    'facts: {release: cat /r}',
    'steps:',
    ...lines,
    '',
  ].join('\n');

describe('a step that calls', () => {
  it('is read with the procedure, what it is given, and where each stands', () => {
    const parsed = parse(
      withNames(
        `- {id: a, call: app/stop, when: facts.release == '1'}`,
        '- id: b',
        '  call:',
        '    procedure: app-2/re-start',
        "    with: {version: '${{ params.version }}', folder: '${{ vars.folder }}/x', grace: 30, force: true}",
      ),
    );
    const file = 'procedures/pryv/upgrade.yml';
    expect(parsed).toMatchObject({
      value: {
        steps: [
          { id: 'a', when: { expr: "facts.release == '1'" }, call: { procedure: 'app/stop', with: [] } },
          {
            id: 'b',
            call: {
              procedure: 'app-2/re-start',
              place: { file, line: 10, column: 16 },
              with: [
                { name: 'version', value: { expr: '${{ params.version }}' }, keyPlace: { file, line: 11, column: 12 } },
                { name: 'folder', value: { expr: '${{ vars.folder }}/x' } },
                { name: 'grace', value: { lit: 30 }, place: { file, line: 11, column: 85 } },
                { name: 'force', value: { lit: true } },
              ],
            },
          },
        ],
      },
    });
  });

  it.each([
    ['call: stop', '7:18 a procedure is named by its system and its verb, such as pryv/redis-merge'],
    ['call: App/stop', '7:18 a procedure is named by'],
    ['call: app/stop.yml', '7:18 a procedure is named by'],
    [
      'call: 3',
      '7:18 a procedure is named by its system and its verb, such as pryv/redis-merge, or {procedure: …, with: {…}}; this is the number 3',
    ],
    ["call: '${{ params.version }}'", '7:18 no ${{ }} can stand here'],
    ['call: {with: {a: b}}', '7:18 the key "procedure" is missing'],
    ['call: {procedure: app/stop, wiht: {}}', '7:40 unknown key "wiht"; did you mean "with"?'],
    ['call: {procedure: app/stop, with: [a]}', '7:46 a map (name: value) is wanted here'],
    [
      'call: {procedure: app/stop, with: {a: [b]}}',
      '7:50 a text, a number, true or false is wanted here, and this is a list',
    ],
    ['call: {procedure: app/stop, with: {a: }}', '7:47 a text, a number, true or false is wanted here'],
    [
      'call: {procedure: app/stop, with: {a: 1.10}}',
      "7:50 quote it: write '1.10', since without quotes YAML makes it the number 1.1",
    ],
    [
      "call: {procedure: app/stop, with: {a: '${{ facts.release }}'}}",
      '7:55 only params and vars can be named here, since this is fixed before the run starts: facts.release is not',
    ],
    ["call: {procedure: app/stop, with: {a: '${{ run.id }}'}}", 'run.id is not'],
    [
      "call: {procedure: app/stop, with: {a: '${{ params.verison }}'}}",
      '7:55 there is no param "verison"; did you mean "version"?',
    ],
  ])('is refused where %s is written', (written, message) => {
    expect(toldOfProcedure(withNames(`- {id: x,  ${written}}`)).join('\n')).toContain(message);
  });

  it.each([
    ['become: true', 'become belongs to the steps of the procedure that is called: say it there, or in its defaults'],
    ['serial: 1', 'serial belongs to the steps'],
    ['critical: true', 'critical belongs to the steps'],
    ['on_failure: abort', 'on_failure belongs to the steps'],
    ['no_log: true', 'no_log belongs to the steps'],
    ['read_only: true', 'read_only belongs to the steps'],
    ['timeout: 5m', 'timeout belongs to the steps'],
    ['verify: facts.release', 'verify belongs to the steps'],
    ['preflight: true', 'preflight belongs to the steps'],
    ['env: {A: b}', 'give it values by with, and take env out'],
    ['on: web', 'give it a param of type host, and take on out'],
    ['loop: [a]', 'a procedure is called once: take loop out'],
    ['on_rollback: {leave: x}', 'say themselves how they are undone: take on_rollback out'],
    ['reversible: false', 'say themselves whether they can be undone: take reversible out'],
  ])('has no %s, and that is told at its place', (written, message) => {
    const [first, ...more] = toldOfProcedure(withNames(`- {id: x, call: app/stop, ${written}}`));
    expect(first).toMatch(/^7:27 /);
    expect(first).toContain(message);
    expect(more).toEqual([]);
  });

  it('is named, since its steps are named after it', () => {
    expect(toldOfProcedure(withSteps('- call: app/stop'))).toEqual([
      '4:3 the steps that are called are named after this one, so it needs a name that stays: add id, for instance id: stop',
    ]);
  });

  it('undoes nothing', () => {
    const text = withSteps('- id: a', '  run: x', '  on_rollback: {id: b, call: app/start}');
    expect(toldOfProcedure(text)).toEqual(['6:24 a step that undoes another calls no procedure: write its steps here']);
  });

  it.each([
    ['rollback', 'what follows a rollback calls no procedure: write its steps here'],
    ['always', 'what is done at the end of every run calls no procedure: write its steps here'],
  ])('does not stand in %s', (list, message) => {
    const text = withSteps('- {comment: x}', `${list}:`, '  - {id: a, call: app/start}');
    expect(toldOfProcedure(text)).toEqual([`6:13 ${message}`]);
  });

  it('may say as whom a condition is asked that is a script', () => {
    expect(toldOfProcedure(withSteps("- {id: a, call: app/stop, become: true, when: {run: 'true'}}"))).toEqual([]);
  });

  it('takes nothing from the defaults but a condition', () => {
    const parsed = parse(
      withNames('- {id: a, call: app/stop}').replace(
        'steps:',
        "defaults: {when: facts.release != '', become: true, serial: 1, on_failure: abort, env: {A: b}, timeout: 1m}\nsteps:",
      ),
    );
    expect(told(parsed)).toEqual([]);
    const [step] = parsed.ok ? parsed.value.steps : [];
    expect(step).toMatchObject({
      when: { expr: "facts.release != ''" },
      env: {},
      onFailure: 'prompt',
      timeoutMs: 600_000,
    });
    expect(step).not.toHaveProperty('becomeUser');
    expect(step).not.toHaveProperty('serial');
  });

  it('is known to others by its outcome alone', () => {
    expect(
      toldOfProcedure(
        withSteps(
          '- {id: a, call: app/stop}',
          '- {assert: "steps.a.outcome == \'ok\'"}',
          '- {assert: "steps.a.stdout == \'\'"}',
          `- {assert: "steps['a/b'].outcome == 'ok'"}`,
        ),
      ),
    ).toEqual([
      '6:13 the step "a" calls a procedure, and stdout is that of one of its steps: of a call only outcome is known',
      '7:13 there is no step "a/b"; there are: a, step-2, step-3',
    ]);
  });

  it('may be what a secret is for, which is seen where the called procedure is known', () => {
    const parsed = parse(withSteps('- {id: a, call: app/stop}').replace('steps:', 'secrets: [KEY]\nsteps:'));
    expect(told(parsed)).toEqual([]);
    expect(parsed).toMatchObject({ value: { secretsForCalls: [{ name: 'KEY', place: { line: 3, column: 11 } }] } });
  });
});
