import { describe, expect, it } from '@jest/globals';
import { actions } from '../../src/actions/index.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import { parse, told, toldOfProcedure, withSteps } from './told.ts';

const VALID = `# yaml-language-server: $schema=../../schema/procedure.json
description: Upgrades Pryv
params:
  version: { description: the new version, pattern: '[0-9]+\\.[0-9]+' }
  old: { default: '1.5' }
  size: { type: choice, choices: [small, large], default: small }
  tries: { type: int, required: false }
hosts: [pryv]
vars:
  root: /var/pryv
  target: /var/pryv\${{ params.version }}
  port: 8080
  parts: [core, mongodb]
facts:
  current: readlink /var/pryv
  idle: { run: 'test ! -e /run/busy', type: bool }
steps:
  - assert: facts.current == format('{0}{1}', vars.root, params.old)
    fail_msg: it is \${{ facts.current }}
  - id: stop-core
    name: Stop the core
    on: pryv
    run: docker stop "$version"
    shell: bash
    env: { FOUND: '\${{ facts.current }}' }
    become: true
    timeout: 2m
    verify: { run: 'test -e /run/stopped' }
    on_rollback:
      - run: docker start core
      - id: look
        assert: steps.stop-core.outcome == 'changed'
  - id: switch
    symlink: { path: '\${{ vars.root }}', target: '\${{ vars.target }}' }
    when: steps.stop-core.outcome == 'changed' && facts.idle
    critical: true
  - id: drop
    run: rm -rf old
    reversible: false
    on_failure: abort
  - comment: done
`;

describe('a procedure', () => {
  it('is read with its defaults filled in', () => {
    const parsed = parse(VALID);
    expect(told(parsed)).toEqual([]);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        system: 'pryv',
        verb: 'upgrade',
        description: 'Upgrades Pryv',
        params: [
          { name: 'version', type: 'string', pattern: '[0-9]+\\.[0-9]+', required: true },
          { name: 'old', type: 'string', description: '', default: '1.5', required: false },
          { name: 'size', type: 'choice', choices: ['small', 'large'], default: 'small', required: false },
          { name: 'tries', type: 'int', required: false },
        ],
        hosts: ['pryv'],
        vars: {
          root: { lit: '/var/pryv' },
          target: { expr: '/var/pryv${{ params.version }}' },
          port: { lit: 8080 },
          parts: { lit: ['core', 'mongodb'] },
        },
        facts: {
          current: { name: 'current', type: 'string', script: { shell: 'sh', text: 'readlink /var/pryv' } },
          idle: { name: 'idle', type: 'bool', script: { shell: 'sh', text: 'test ! -e /run/busy' } },
        },
      },
    });
    if (!parsed.ok) return;
    const [assertion, stop, change, drop, comment] = parsed.value.steps;
    expect(assertion).toEqual({
      id: 'step-1',
      name: 'step-1',
      place: { file: 'procedures/pryv/upgrade.yml', line: 18, column: 5 },
      action: 'assert',
      input: {
        assert: "facts.current == format('{0}{1}', vars.root, params.old)",
        fail_msg: 'it is ${{ facts.current }}',
      },
      on: [],
      env: {},
      timeoutMs: 600_000,
      ...{ readOnly: false, idempotent: false, critical: false, reversible: true, onFailure: 'prompt' },
    });
    expect(stop).toMatchObject({
      id: 'stop-core',
      name: 'Stop the core',
      input: { run: 'docker stop "$version"', shell: 'bash' },
      on: ['pryv'],
      env: { FOUND: { expr: '${{ facts.current }}' } },
      becomeUser: 'root',
      timeoutMs: 120_000,
      verify: { run: { shell: 'sh', text: 'test -e /run/stopped' } },
      onRollback: { steps: [{ id: 'undo-1', action: 'run', input: { run: 'docker start core' } }, { id: 'look' }] },
    });
    expect(change).toMatchObject({
      when: { expr: "steps.stop-core.outcome == 'changed' && facts.idle" },
      critical: true,
    });
    expect(drop).toMatchObject({ reversible: false, onFailure: 'abort' });
    expect(comment).toMatchObject({ id: 'step-5', action: 'comment', input: 'done' });
  });

  it('tells all that is wrong in it at once, in the order of the file', () => {
    const problems = toldOfProcedure(
      VALID.replace('description: Upgrades', 'descripton: Upgrades')
        .replace("default: '1.5'", 'default: 1.5')
        .replace('timeout: 2m', 'timeout: 2 moments')
        .replace('vars.target }}', 'vars.traget }}'),
    );
    expect(problems).toEqual([
      '2:1 unknown key "descripton"; did you mean "description"?',
      "5:19 quote it: write '1.5', since the param is a text",
      expect.stringMatching(/^27:14 a duration is wanted here/),
      '34:55 there is no var "traget"; did you mean "target"?',
    ]);
  });

  it.each<[string, string, readonly string[]]>([
    ['an empty file', '', ['1:1 a map (key: value) is wanted here, and this is empty']],
    ['a list', '- a\n', ['1:1 a map (key: value) is wanted here, and this is a list']],
    [
      'nothing but a key',
      'steps: []\n',
      [
        '1:1 the key "description" is missing: a text is wanted',
        '1:1 the key "hosts" is missing: a host or group is wanted here, or a list of them, such as [web1, web2]',
        '1:8 a procedure has at least one step',
      ],
    ],
    [
      'a description of two lines',
      withSteps('- assert: true').replace('Tries something', '"a\\nb"'),
      ['1:14 one line is wanted here, which /help shows'],
    ],
    [
      'hosts by number',
      withSteps('- assert: true').replace('[web]', '[web, 1.10]'),
      ["2:14 quote it: write '1.10', since a text is wanted here, and without quotes YAML makes it the number 1.1"],
    ],
    ['no hosts', withSteps('- assert: true').replace('[web]', '[]'), ['2:8 the list is empty: name a host or group']],
  ])('refuses %s', (_name, text, problems) => {
    expect(toldOfProcedure(text)).toEqual(problems);
  });
});

const withTop = (...lines: readonly string[]): string =>
  ['description: Tries something', 'hosts: [web]', ...lines, 'steps:', '  - assert: true', ''].join('\n');

it.each(['retry', 'status', 'cancel', 'at'])('a procedure may not be called %s, as nobody could ask for it', (verb) => {
  const text = 'description: d\nhosts: [pryv]\nsteps: [{comment: hi}]\n';
  const parsed = parseProcedure(text, { file: `procedures/pryv/${verb}.yml`, system: 'pryv', verb, actions });
  expect(told(parsed)).toEqual([
    `1:1 "${verb}" is a word of the commands themselves, so no procedure can be called so; give the file another name`,
  ]);
});

describe('params', () => {
  it.each<[string, string]>([
    [
      '  dryrun: {}',
      '4:3 "dryrun" is a word of the commands themselves, so no param can be called so; choose another name',
    ],
    ['  rollback: {}', '4:3 "rollback" is a word of the commands'],
    ['  PATH: {}', '4:3 "PATH" would change the shell itself'],
    ['  LD_PRELOAD: {}', '4:3 "LD_PRELOAD" would change the shell itself'],
    ['  CO_BEFORE: {}', "4:3 names that begin with CO_ are Changeover's own"],
    ['  a-b: {}', '4:3 a name is made of letters, digits and "_"'],
    ['  toString: {}', '4:3 this name has a meaning of its own'],
    ['  a: text', '4:6 a map (key: value) is wanted here, and this is a text'],
    ['  a: {typ: int}', '4:7 unknown key "typ"; did you mean "type"?'],
    ['  a: {type: integer}', '4:13 one of string, int, bool, host, choice is wanted here'],
    ["  a: {pattern: '['}", '4:16 this is no regular expression'],
    ["  a: {pattern: 'a)|(b'}", '4:16 this is no regular expression'],
    ["  a: {pattern: '[0-9]+', default: 1}", "4:35 quote it: write '1', since the param is a text"],
    ["  a: {pattern: '[0-9]', default: '12'}", '4:34 the default does not match the pattern [0-9] as a whole'],
    ["  a: {pattern: 'a|b', default: 'ab'}", '4:32 the default does not match the pattern a|b as a whole'],
    ['  a: {type: int, default: 1.5}', '4:27 the default does not fit type: int; write a whole number'],
    ["  a: {type: int, default: '5'}", '4:27 the default does not fit type: int'],
    ['  a: {type: bool, default: yes}', '4:28 the default does not fit type: bool; write true or false'],
    ['  a: {type: bool, pattern: x}', '4:19 a pattern has no meaning with type: bool'],
    ['  a: {type: choice}', '4:13 a param of type choice needs choices: [a, b]'],
    ['  a: {choices: [x]}', '4:7 choices go with type: choice'],
    ['  a: {type: choice, choices: [x, x]}', '4:34 "x" stands twice in the choices'],
    [
      '  a: {type: choice, choices: [small, large], default: smal}',
      '4:55 the default is none of the choices; did you mean "small"?',
    ],
    ['  a: {type: host, default: "a b"}', '4:28 the default does not fit type: host'],
    ['  a: {default: x, required: true}', '4:19 a param with a default is never required'],
    ["  a: {default: '${{ facts.x }}'}", '4:16 no ${{ }} can stand here'],
    ['  a: {default: 0640}', "4:16 quote it: write '0640'"],
  ])('%s', (line, problem) => {
    expect(toldOfProcedure(withTop('params:', line))).toEqual([expect.stringContaining(problem)]);
  });
});

describe('vars and facts', () => {
  it.each<[string, string, string]>([
    ['vars:', '  a: 1.10', "4:6 quote it: write '1.10', since without quotes YAML makes it the number 1.1"],
    ['vars:', '  a: 0640', "4:6 quote it: write '0640', since without quotes YAML makes it the number 640"],
    ['vars:', '  a:', "4:3 a value is missing here; write '' for an empty text"],
    ['vars:', '  IFS: x', '4:3 "IFS" would change the shell itself'],
    ['vars:', '  a: {b: [x, 1.10]}', "4:14 quote it: write '1.10'"],
    ['vars:', "  a: ['${{ params.b }}']", '4:7 no ${{ }} can stand here'],
    [
      'vars:',
      '  a: x ${{ vars.b }}',
      '4:12 only params can be named here, since this is fixed before the run starts: vars.b is not',
    ],
    ['vars:', '  a: x ${{ facts.b }}', '4:12 only params can be named here'],
    ['vars:', '  a: x ${{ params.b', '4:8 this ${{ is not closed'],
    ['facts:', '  a: 5', '4:6 a fact is a script, or {run: script, type: string, int or bool}'],
    ['facts:', '  a: {run: x, typ: int}', '4:15 unknown key "typ"; did you mean "type"?'],
    ['facts:', '  a: echo ${{ params.b }}', '4:6 no ${{ }} can stand in a script'],
    ['facts:', '  a-b: x', '4:3 a name is made of'],
  ])('%s %s', (head, line, problem) => {
    expect(toldOfProcedure(withTop(head, line))).toEqual([expect.stringContaining(problem)]);
  });

  it('have names apart from those of params', () => {
    expect(toldOfProcedure(withTop('params: {a: {}}', 'vars: {a: x}'))).toEqual([
      '4:8 a param is called "a" already: give the var another name',
    ]);
  });
});

const UNDONE = 'reversible: false';

describe('a step', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['without an action', ['- name: x'], ['4:3 this step has no action: write one of run, assert']],
    ['with a misspelt action', [`- {id: a, rnu: x, ${UNDONE}}`], ['4:11 unknown key "rnu"; did you mean "run"?']],
    ['on a host that cannot be called so', ['- {comment: x, on: a/b}'], ['4:20 a host or group is named by letters']],
    [
      'with two actions',
      [`- {id: a, run: x, file: {path: /x}}`],
      ['4:19 a step has one action, and this one has run and file'],
    ],
    ['that is a text', ['- run'], ['4:3 a step is a map with one action']],
    [
      'with a misspelt modifier',
      [`- {id: a, run: x, timout: 5m, ${UNDONE}}`],
      ['4:19 unknown key "timout"; did you mean "timeout"?'],
    ],
    [
      'with the key of another action',
      [`- {id: a, run: x, fail_msg: y, ${UNDONE}}`],
      ['4:19 "fail_msg" goes with assert, not with run'],
    ],
    [
      'with a misspelt key within',
      ['- {id: a, file: {path: /x, contnt: y}}'],
      ['4:28 unknown key "contnt"; did you mean "content"?'],
    ],
    [
      'with content and src, or a src outside its folder',
      ["- {id: a, file: {path: /x, content: '', src: y}}", '- {id: b, file: {path: /x, src: ../b/y}}'],
      ['4:46 content and src both say', '5:33 a file beside the procedure is wanted here'],
    ],
    [
      'with a mode that YAML changed',
      ["- {id: a, file: {path: /x, content: '', mode: 0640}}"],
      ["4:47 quote it: write '0640', since a text is wanted here, and without quotes YAML makes it the number 640"],
    ],
    [
      'with an expression in its script',
      [`- {id: a, run: 'echo \${{ params.a }}', ${UNDONE}}`],
      ['4:16 no ${{ }} can stand in a script'],
    ],
    [
      'that changes and has no id',
      [`- {run: x, ${UNDONE}}`],
      ['4:4 this step changes something, so it needs a name that stays: add id'],
    ],
    ['with an id that is no name', [`- {id: Stop Core, run: x, ${UNDONE}}`], ['4:8 an id is made of small letters']],
    [
      'with the id of another',
      [`- {id: a, run: x, ${UNDONE}}`, `- {id: a, run: x, ${UNDONE}}`],
      ['5:8 the step in line 4 is called "a" already'],
    ],
    ['that nothing undoes', ['- {id: a, run: x}'], ['4:11 nothing says how to undo this step: add on_rollback']],
    [
      'undone and irreversible',
      [`- {id: a, run: x, ${UNDONE}, on_rollback: {leave: y}}`],
      ['4:38 on_rollback and reversible: false contradict each other'],
    ],
    [
      'read-only and undone',
      ['- {run: x, read_only: true, on_rollback: {leave: y}}'],
      ['4:29 read_only says that this step changes nothing'],
    ],
    [
      'read-only and irreversible',
      [`- {run: x, read_only: true, ${UNDONE}}`],
      ['4:29 read_only says that this step changes nothing'],
    ],
    ['that changes nothing, undone', ['- {assert: true, on_rollback: {leave: y}}'], ['4:18 assert changes nothing']],
    [
      'that changes nothing, done already',
      ['- {assert: true, done_when: true}', "- {comment: x, verify: 'true'}"],
      ['4:18 assert changes nothing, so done_when has no meaning', '5:16 comment changes nothing, so verify has'],
    ],
    [
      'read-only, though it changes',
      ['- {id: a, file: {path: /x, state: absent}, read_only: true}'],
      ['4:44 file changes the host'],
    ],
    [
      'critical and passed over',
      [`- {id: a, run: x, critical: true, on_failure: continue, ${UNDONE}}`],
      ['4:35 a critical step is never passed over'],
    ],
    [
      'that becomes and does not',
      ['- {run: x, read_only: true, become: false, become_user: root}'],
      ['4:44 become: false and become_user contradict each other'],
    ],
    ['that becomes an option', ['- {run: x, read_only: true, become_user: -u}'], ['4:42 a user is named by']],
    [
      'with variables that change the shell',
      ['- {run: x, read_only: true, env: {BASH_ENV: x, CO_HOST: y, a-b: z}}'],
      ['4:35 "BASH_ENV" would change', '4:48 names that begin with CO_', '4:60 a name is made of'],
    ],
    ['with a number in its env', ['- {run: x, read_only: true, env: {V: 1.10}}'], ["4:38 quote it: write '1.10'"]],
    ['with an empty script', ["- {run: '', read_only: true}"], ['4:9 the script is empty']],
    [
      'with an unknown answer to failure',
      ['- {run: x, read_only: true, on_failure: continu}'],
      ['4:41 one of prompt, rollback, abort, continue is wanted here; did you mean "continue"?'],
    ],
    [
      'with a condition of another kind',
      ['- {run: x, read_only: true, when: {rnu: y}}'],
      ['4:36 unknown key "rnu"; did you mean "run"?'],
    ],
  ])('%s is told', (_name, lines, problems) => {
    expect(toldOfProcedure(withSteps(...lines))).toEqual(problems.map((each) => expect.stringContaining(each)));
  });

  it.each<[string, readonly string[], readonly string[]]>([
    [
      'an empty list',
      ['- {id: a, run: x, on_rollback: []}'],
      ['4:32 write a step, a list of steps, or {leave: why nothing need be undone}'],
    ],
    ['a text', ['- {id: a, run: x, on_rollback: nothing}'], ['4:32 write a step']],
    ['an empty reason', ["- {id: a, run: x, on_rollback: {leave: ''}}"], ['4:40 say why nothing need be undone']],
    ['a reason and more', ['- {id: a, run: x, on_rollback: {leave: y, run: z}}'], ['4:43 unknown key "run"']],
    [
      'an undo of its own',
      ['- {id: a, run: x, on_rollback: {run: y, on_rollback: {leave: z}}}'],
      ['4:41 a step that undoes another is not undone itself'],
    ],
    [
      'an answer to failure',
      ['- {id: a, run: x, on_rollback: {run: y, on_failure: abort}}'],
      ['4:41 on_failure has no meaning for a step that undoes another'],
    ],
    [
      'a misspelt action',
      ['- {id: a, run: x, on_rollback: [{rnu: y}]}'],
      ['4:34 unknown key "rnu"; did you mean "run"?'],
    ],
    [
      'the same id twice',
      ['- {id: a, run: x, on_rollback: [{id: b, run: y}, {id: b, run: z}]}'],
      ['4:55 the step in line 4 is called "b" already'],
    ],
  ])('with %s in on_rollback is told', (_name, lines, problems) => {
    expect(toldOfProcedure(withSteps(...lines))).toEqual(problems.map((each) => expect.stringContaining(each)));
  });
});

describe('an expression in a step', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['an unknown param', ['- comment: a ${{ params.versoin }}'], ['4:18 there is no param "versoin"']],
    ['an unknown fact of a host', ["- {assert: hosts.web.facts.x == 'y'}"], ['4:12 there is no fact "x"']],
    ['a step that does not exist', ["- {assert: steps.stop.outcome == 'ok'}"], ['4:12 there is no step "stop"']],
    [
      'a later step',
      ['- {name: x, assert: steps.b.outcome != null}', '- {id: b, assert: true}'],
      ['4:21 nothing is known of the step "b" here'],
    ],
    ['itself', ["- {id: a, assert: steps.a.outcome == 'ok'}"], ['4:19 nothing is known of the step "a" here']],
    ['an item', ["- {assert: item == 'a'}"], ['4:12 there is no item here']],
    ['text without quotes', ['- assert: params == production'], ['4:21 "production" is none of params']],
    ['a single =', ['- {run: x, read_only: true, when: "run.id = \'x\'"}'], ['4:43 to compare, write ==']],
    ['no end', ["- comment: 'a ${{ run.id'"], ['4:15 this ${{ is not closed']],
    ['no end before the next', ["- comment: 'a ${{ run.id } b ${{ run.id }}'"], ['4:15 this ${{ is not closed']],
  ])('with %s is told at its place', (_name, lines, problems) => {
    expect(toldOfProcedure(withSteps(...lines))).toEqual(problems.map((each) => expect.stringContaining(each)));
  });

  it('is found in blocks, in quotes and deep in an action', () => {
    const text = withSteps(
      '- id: a',
      '  file:',
      '    path: "/etc/\\x41/${{ params.one }}"',
      '    content: |',
      '      first',
      '        second ${{ params.two }}',
      '- comment: >-',
      '    long',
      '    and ${{ run.id }} ${{ params.three }}',
      "- assert: {run: 'echo params.four'}",
      "  fail_msg: 'it''s ${{ params.five }}'",
    );
    expect(toldOfProcedure(text)).toEqual([
      expect.stringMatching(/^6:26 there is no param "one"/),
      expect.stringMatching(/^9:20 there is no param "two"/),
      expect.stringMatching(/^12:27 there is no param "three"/),
      expect.stringMatching(/^14:24 there is no param "five"/),
    ]);
  });

  it('may name a step from what undoes it', () => {
    const undo = "on_rollback: {assert: steps.a.outcome == 'changed'}";
    expect(toldOfProcedure(withSteps(`- {id: a, run: x, ${undo}}`))).toEqual([]);
  });
});
