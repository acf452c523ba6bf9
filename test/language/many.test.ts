import { describe, expect, it } from '@jest/globals';
import { lintProcedure } from '../../src/language/procedure.ts';
import { inventoryOf, procedureOf } from '../plan/fixture.ts';
import { parse, told, toldOfProcedure, withSteps } from './told.ts';

const UNDONE = 'on_rollback: {leave: y}';

/** A procedure with facts and a param whose steps are the given lines, which begin in line 11. */
const withFacts = (...lines: readonly string[]): string =>
  [
    'description: Tries something',
    'hosts: [web, db]',
    'params:',
    '  from: {type: host}',
    'facts:',
    '  function: cat /etc/function',
    '  ready: {run: test -e /ready, type: bool}',
    '  boxes: {run: count, type: int}',
    'vars: {x: y}',
    'steps:',
    ...lines,
    '',
  ].join('\n');

const INVENTORY = `
hosts:
  web1: {address: web1, user: ops}
  web2: {address: web2, user: ops, vars: {item: here}}
  db: {address: db, user: ops}
groups:
  web: [web1, web2]
  none: []
`;

const linted = (...lines: readonly string[]): readonly string[] =>
  lintProcedure(procedureOf(withFacts(...lines)), inventoryOf(INVENTORY)).map(
    ({ place, message }) => `${String(place.line)}:${String(place.column)} ${message}`,
  );

describe('a step that is done several times', () => {
  it('is read with its loop, its batches, its retries and its hosts', () => {
    const parsed = parse(
      withFacts(
        `- {id: a, run: x, loop: [nginx, 8080, '\${{ facts.function }}', {port: 80}], serial: '30%', ${UNDONE}}`,
        `- {id: b, run: x, loop: {one: 1, two: b}, serial: 2, retries: 3, idempotent: true, ${UNDONE}}`,
        `- {id: c, run: x, loop: '\${{ fromJSON(facts.function) }}', run_once: true, retries: 1, delay: 1m, ${UNDONE}}`,
        `- {id: d, run: x, on: [db, function=production, ready=true], max_hosts: 1, ${UNDONE}}`,
        `- {id: e, run: x, on: '\${{ params.from }}', ${UNDONE}}`,
      ),
    );
    expect(told(parsed)).toEqual([]);
    expect(parsed).toMatchObject({
      value: {
        steps: [
          {
            loop: {
              list: [{ lit: 'nginx' }, { lit: 8080 }, { expr: '${{ facts.function }}' }, { lit: { port: 80 } }],
            },
            serial: { percent: 30 },
          },
          {
            loop: {
              map: [
                ['one', { lit: 1 }],
                ['two', { lit: 'b' }],
              ],
            },
            serial: { hosts: 2 },
            retries: { times: 3, delayMs: 5000 },
          },
          { loop: { expr: '${{ fromJSON(facts.function) }}' }, runOnce: true, retries: { times: 1, delayMs: 60_000 } },
          { on: ['db', 'function=production', 'ready=true'], maxHosts: 1 },
          { on: ['${{ params.from }}'] },
        ],
      },
    });
  });

  it('knows its item, and so does what undoes it', () => {
    const lines = [
      `- id: a`,
      `  loop: {one: 1}`,
      `  file: {path: '/x/\${{ item_key }}', content: '\${{ item }}'}`,
      `- {id: b, loop: [{name: n}], run: x, env: {N: '\${{ item.name }}'}, when: item.name != 'm', on_rollback: {run: y, env: {N: '\${{ item.name }}'}}}`,
      `- {assert: steps.b.outcome == 'changed'}`,
    ];
    expect(toldOfProcedure(withFacts(...lines))).toEqual([]);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    [
      'with a loop of another kind',
      [`- {id: a, run: x, loop: nginx, ${UNDONE}}`, `- {id: b, run: x, loop: 3, ${UNDONE}}`],
      [
        '4:25 a list is wanted here, such as [nginx, redis], or a map (key: value), or one ${{ }} that gives one of them; for one text alone, write [nginx]',
        '5:25 a list is wanted here, such as [nginx, redis], or a map (key: value), or one ${{ }} that gives one of them; this is the number 3',
      ],
    ],
    [
      'with an empty loop',
      [`- {id: a, run: x, loop: [], ${UNDONE}}`, `- {id: b, run: x, loop: {}, ${UNDONE}}`],
      ['4:25 the list is empty', '5:25 the map is empty'],
    ],
    [
      'with numbers in its loop that YAML changes',
      [`- {id: a, run: x, loop: [1.10, 0640], ${UNDONE}}`],
      ["4:26 quote it: write '1.10'", "4:32 quote it: write '0640'"],
    ],
    [
      'with a loop that asks for its own item',
      [`- {id: a, run: x, loop: ['\${{ item }}'], ${UNDONE}}`],
      ['4:31 there is no item here: only a step with loop, and what undoes it, has one'],
    ],
    [
      'that asks for an item and has no loop',
      ["- {comment: '${{ item }}'}", "- {comment: '${{ item_key }}'}", "- {comment: '${{ itme }}'}"],
      ['4:18 there is no item here', '5:18 there is no item_key here', '6:18 "itme" is none of'],
    ],
    [
      'that gives its loop’s variables another meaning',
      [`- {id: a, run: x, loop: [b], env: {item: c, item_key: d}, ${UNDONE}}`],
      [
        '4:36 "item" is the loop\'s own variable: choose another name',
        '4:45 "item_key" is the loop\'s own variable: choose another name',
      ],
    ],
    [
      'that undoes a loop in a loop',
      [`- {id: a, run: x, loop: [b], on_rollback: {run: y, loop: [c]}}`],
      ['4:52 it undoes a step with a loop, so it is done for each of those items already: take loop out'],
    ],
    [
      'that asks for the output of a step with a loop',
      [`- {id: a, run: x, loop: [b], ${UNDONE}}`, "- {comment: '${{ steps.a.stdout }}'}"],
      ['5:18 the step "a" has a loop, and stdout is that of one item: of such a step only outcome is known'],
    ],
    [
      'in batches that there cannot be',
      [
        `- {id: a, run: x, serial: 0, ${UNDONE}}`,
        `- {id: b, run: x, serial: 30 %, ${UNDONE}}`,
        '- {comment: x, serial: 2}',
      ],
      [
        "4:27 how many hosts at a time is wanted here: a whole number from 1, or a share of them such as '25%'",
        '5:27 how many hosts at a time',
        '6:16 what is said is said at once: take serial out',
      ],
    ],
    [
      'in batches of one host alone',
      [`- {id: a, run: x, serial: 1, run_once: true, ${UNDONE}}`],
      ['4:19 with run_once there is one host only'],
    ],
    [
      'with retries of what starts nothing',
      ['- {assert: true, retries: 3}', '- {wait_for: true, delay: 1s, retries: 3}'],
      [
        '4:18 assert starts nothing on a host that could be tried again: to wait until a condition holds, write wait_for',
        '5:31 wait_for starts nothing on a host',
      ],
    ],
    [
      'with a delay and nothing to try again',
      [`- {id: a, run: x, delay: 3s, ${UNDONE}}`, '- {wait_for: true, delay: 1s}'],
      ['4:19 delay goes with retries: add retries'],
    ],
    [
      'with retries without number',
      [`- {id: a, run: x, retries: 0, ${UNDONE}}`, `- {id: b, run: x, retries: often, ${UNDONE}}`],
      ['4:28 a whole number from 1 to 100 is wanted here', '5:28 a whole number is wanted here, and this is a text'],
    ],
  ])('%s is told', (_name, lines, problems) => {
    expect(toldOfProcedure(withSteps(...lines))).toEqual(problems.map((each) => expect.stringContaining(each)));
  });

  it('is told that a param or var would be hidden by its loop', () => {
    const text = ['description: d', 'hosts: [web]', 'params: {item: {}}', 'vars: {item_key: x}', 'steps:'].join('\n');
    expect(toldOfProcedure(`${text}\n- {id: a, run: x, loop: [b], ${UNDONE}}\n`)).toEqual([
      '6:19 there is a param "item", which the loop\'s own variable would hide: rename the param',
      '6:19 there is a var "item_key", which the loop\'s own variable would hide: rename the var',
    ]);
  });
});

describe('hosts chosen by a fact', () => {
  it.each<[string, string, readonly string[]]>([
    ['an unknown fact', 'functoin=production', ['11:20 there is no fact "functoin"; did you mean "function"?']],
    ['another fact', 'zone=eu', ['11:20 there is no fact "zone"; there are: function, ready, boxes']],
    [
      'a bool that is none',
      'ready=yes',
      ["11:20 the fact ready can never be so: it is of type bool, so it is true or false and never 'yes'"],
    ],
    [
      'a number that is none',
      'boxes=1.0',
      ["11:20 the fact boxes can never be so: it is of type int, so it is a whole number and never '1.0'"],
    ],
    ['a value with space at its end', "'function=a '", ['11:20 the fact function can never be so: space around']],
    ['space around =', 'function = a', ['11:20 a host or group is named by letters']],
    ['a fact in an expression', "'${{ facts.function }}'", ['11:25 only params can be named here']],
    ['an unknown param', "'function=${{ params.form }}'", ['11:34 there is no param "form"; did you mean "from"?']],
  ])('%s is told', (_name, on, problems) => {
    expect(toldOfProcedure(withFacts(`- {comment: x, on: ${on}}`))).toEqual(
      problems.map((each) => expect.stringContaining(each)),
    );
  });

  it('are told to have no facts to go by', () => {
    expect(toldOfProcedure(withSteps('- {comment: x, on: [web, role=db]}'))).toEqual([
      '4:26 there is no fact "role"; this procedure has no facts',
    ]);
  });
});

describe('with the inventory', () => {
  it('tells of more hosts than max_hosts, of empty groups, and of hidden vars', () => {
    expect(
      linted(
        `- {id: a, run: x, on: web, max_hosts: 1, ${UNDONE}}`,
        `- {id: b, run: x, max_hosts: 3, on_rollback: {run: y, on: [web, db], max_hosts: 2}}`,
        `- {id: c, run: x, on: ready=true, max_hosts: 1, ${UNDONE}}`,
        `- {comment: x, on: [none, db]}`,
        `- {id: d, run: x, loop: [1], ${UNDONE}}`,
      ),
    ).toEqual([
      '11:3 max_hosts is 1, and this step is taken on 2: web1, web2',
      '12:46 max_hosts is 2, and this step is taken on 3: web1, web2, db',
      '14:21 the group "none" has no hosts, so it names none here',
      '15:3 "web2" has a var "item" in inventory.yml, which this loop\'s own variable would hide: rename the var',
    ]);
  });
});
