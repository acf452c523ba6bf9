import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  evaluate,
  holds,
  problemsOf,
  references,
  referencesOf,
  resolve,
  toEnv,
  type Context,
} from '../../src/language/expressions.ts';
import type { Json } from '../../src/language/types.ts';
import { spawnSync } from '../support/run-sync.ts';

const context: Context = {
  params: { version: '1.6', count: 3, sure: true },
  vars: { list: ['a', 'b'], boxes: { one: [{ name: 'x' }, { name: 'y' }] }, nothing: null },
  facts: { current: '/var/pryv1.5', idle: true, said: 'false', empty: '' },
  hosts: { 'web-1.example': { facts: { current: '/elsewhere' } } },
  steps: { 'stop-core': { outcome: 'changed', stdout: 'done', hosts: { web: { exit_code: 0 } } } },
  run: { id: '20261122-7k3f', date: '2026-11-22' },
};

const value = (given: Json) => ({ kind: 'value', value: given });
const error = (why: string) => ({ kind: 'error', why: expect.stringContaining(why) });
const undetermined = (why: string) => ({ kind: 'undetermined', why: expect.stringContaining(why) });
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

describe('an expression', () => {
  it.each<[string, Json]>([
    ["params.version == '1.6'", true],
    ["facts.current != '/var/pryv1.5'", false],
    ["hosts['web-1.example'].facts.current", '/elsewhere'],
    ['steps.stop-core.stdout', 'done'],
    ['steps.stop-core.hosts.web.exit_code == 0', true],
    ['vars.list[1]', 'b'],
    ['join(vars.boxes.one.*.name)', 'x,y'],
    ["join(vars.list, '/')", 'a/b'],
    ["format('{0} of {{{1}}}', params.count, 'many')", '3 of {many}'],
    ["'it''s ''so'''", "it's 'so'"],
    ['fromJSON(\'{"a": [1]}\').a[0]', 1],
    ['toJSON(vars.list)', '[\n  "a",\n  "b"\n]'],
    ["contains(vars.list, 'a') && startsWith(run.date, '2026-') && endsWith(run.id, 'k3f')", true],
    ["case(facts.idle, 'idle', facts.unknown)", 'idle'],
    ["facts.idle && 'yes' || 'no'", 'yes'],
    ['!(params.count > 2) || params.count <= 3', true],
    ['null == vars.nothing', true],
    ['params.version == null', false],
    ['2 < 10', true],
    ["'10' < '2'", true],
  ])('%s gives %j', (source, expected) => {
    expect(problemsOf(source)).toEqual([]);
    expect(evaluate(source, context)).toEqual(value(expected));
  });

  it('tells capitals apart, where GitHub does not', () => {
    for (const source of ["'A' == 'a'", "contains('ABC', 'b')", "startsWith('Abc', 'a')", "endsWith('abC', 'c')"]) {
      expect(evaluate(source, context)).toEqual(value(false));
    }
    expect(problemsOf("Params.version == '1'")).toEqual([
      { offset: 0, message: expect.stringContaining('did you mean "params"?') },
    ]);
    expect(evaluate('params.Version', context)).toEqual(undetermined('params.Version is not known'));
  });

  it.each([
    ["facts.missing != 'production'", 'facts.missing is not known'],
    ['!facts.missing', 'facts.missing is not known'],
    ['facts.missing && false', 'facts.missing is not known'],
    ["contains(facts.missing, 'a')", 'facts.missing is not known'],
    ['hosts.other.facts.current', 'hosts.other.facts.current is not known'],
    ['steps.later.stdout', 'steps.later.stdout is not known'],
    ['steps.stop-core.stderr', 'steps.stop-core.stderr is not known'],
    ['steps.stop-core.hosts.db.stdout', 'steps.stop-core.hosts.db.stdout is not known'],
    ['item', 'item is not known'],
    ['params.constructor', 'params.constructor is not known'],
    ["facts['__proto__']", 'facts.__proto__ is not known'],
    ['hosts.toString.facts.valueOf', 'hosts.toString.facts.valueOf is not known'],
    ['vars.list[7]', 'the list has nothing at 7'],
    ['vars.boxes.two', "the map has nothing named 'two'"],
  ])('%s is undetermined, never null', (source, why) => {
    expect(evaluate(source, context)).toEqual(undetermined(why));
  });

  it('looks no further than it must', () => {
    expect(evaluate('false && facts.missing', context)).toEqual(value(false));
    expect(evaluate('true || facts.missing', context)).toEqual(value(true));
  });

  it.each([
    ['params.version == 1.6', "write '1.6' to compare texts"],
    ["params.count == '3'", "write '3' to compare texts"],
    ["facts.idle == 'true'", 'let the fact be of type bool'],
    ['true < false', 'have no order'],
    ['vars.list == vars.list', 'compare toJSON(…)'],
    ['!facts.said', "compare it, == 'false'"],
    ['facts.said && true', "compare it, == 'false'"],
    ["case('yes', 1, 2)", 'wants true or false before each value'],
    ['params.version.major', "'1.6' (a text) has nothing named"],
    ["format('{1}', 'a')", 'no value for {1}'],
    ["format('{', 'a')", 'write {{ for a {'],
    ["fromJSON('{')", 'not JSON'],
    [String.raw`fromJSON('{"a": ["\ud83d"]}')`, 'half of a character'],
    [String.raw`fromJSON('{"\ud83d": 1}')`, 'half of a character'],
    ["contains(vars.boxes, 'a')", 'wants a text, and this is a map'],
  ])('%s is refused, with what to write instead', (source, why) => {
    expect(evaluate(source, context)).toEqual(error(why));
  });

  it.each<[string, number, string]>([
    ['', 0, 'empty'],
    ['params.version = 1', 15, 'to compare, write =='],
    ['params.version == "1.6"', 18, 'single quotes'],
    ["params.version == '1.6", 18, 'not closed'],
    ['version', 0, "write 'version'"],
    ['parms.version', 0, 'did you mean "params"?'],
    ["contans('a', 'b')", 0, 'did you mean "contains"?'],
    ["contains('a')", 0, 'contains() wants more values'],
    ['constructor()', 0, 'there is no function'],
    ['true && success()', 8, "steps.<id>.outcome == 'changed'"],
    ['1.6.2 == 1', 0, "write '1.6.2'"],
    ['facts', 0, 'write facts.<name>'],
    ['toJSON(params)', 7, 'write params.<name>'],
    ['facts[params.version]', 0, 'only a plain name can follow'],
    ['steps.a.ouptut', 8, 'a step has outcome, stdout, stderr, exit_code'],
    ['steps.a.outcom', 8, 'did you mean "outcome"?'],
    ['hosts.web.vars.a', 10, 'hosts.<host>.facts.<name>'],
    ['run.time', 4, 'run has id and date'],
    ['NaN == 1', 0, 'no number'],
    ["'a\nb' == 'c' & true", 13, 'write && for and'],
    ['(1 == 1', 6, 'ends too early'],
    ['1 == 1 )', 7, 'not understood'],
    [`${'('.repeat(60)}1`, 50, 'nested too deeply'],
    ['1'.repeat(4001), 0, 'longer than'],
  ])('%j is wrong at %d', (source, offset, message) => {
    expect(problemsOf(source)).toEqual([{ offset, message: expect.stringContaining(message) }]);
    expect(evaluate(source, context).kind).toBe('error');
  });

  it('never throws, whatever text is given, and says where it is wrong', () => {
    const pieces = [
      'params',
      'facts',
      '.',
      'version',
      "'a'",
      '1',
      '==',
      '!=',
      '<',
      '&&',
      '||',
      '!',
      '(',
      ')',
      '[',
      ']',
    ];
    const more = ['*', ',', 'format', 'case', 'toJSON', 'item', 'true', 'null', ' ', '\n', '"', '$', '{{', 'é', '\0'];
    const source = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(fc.constantFrom(...pieces, ...more), { maxLength: 25 }).map((each) => each.join('')),
    );
    fc.assert(
      fc.property(source, (text) => {
        const resolved = evaluate(text, context);
        const problems = problemsOf(text);
        for (const { offset } of problems) {
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset).toBeLessThanOrEqual(text.length);
        }
        if (problems.length > 0) expect(resolved.kind).toBe('error');
        if (resolved.kind !== 'value') expect(resolved.why).not.toContain('cannot be worked out');
      }),
      { numRuns: 500 },
    );
  });

  it('compares any two texts exactly, and any two kinds never', () => {
    const known = (left: Json, right: Json): Context => ({ ...context, params: { left, right } });
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        const same = evaluate('params.left == params.right', known(left, right));
        expect(same).toEqual(value(left === right));
        expect(evaluate('params.left != params.right', known(left, right))).toEqual(value(left !== right));
        expect(evaluate(`${quoted(left)} == params.left`, known(left, right))).toEqual(value(true));
      }),
    );
    const scalar = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.boolean());
    fc.assert(
      fc.property(scalar, scalar, fc.constantFrom('==', '!=', '<', '<=', '>', '>='), (left, right, operator) => {
        fc.pre(typeof left !== typeof right);
        expect(evaluate(`params.left ${operator} params.right`, known(left, right)).kind).toBe('error');
      }),
    );
  });

  it('is never made true or false by something unknown', () => {
    const leaf = fc.constantFrom("facts.missing == 'x'", 'facts.missing', "contains(facts.missing, 'x')");
    const negated = leaf.map((each) => `!(${each})`);
    const sure = fc.constantFrom('true', "params.version == '1.6'");
    fc.assert(
      fc.property(fc.oneof(leaf, negated), sure, (unknown, certain) => {
        for (const source of [
          unknown,
          `${certain} && ${unknown}`,
          `!(${certain}) || ${unknown}`,
          `${unknown} || ${certain}`,
        ]) {
          expect(evaluate(source, context).kind).toBe('undetermined');
        }
      }),
    );
  });

  it('cannot be made to fill the memory', () => {
    const doubled = Array.from({ length: 40 }).reduce<string>((inner) => `format('{0}{0}', ${inner})`, "'0123456789'");
    expect(evaluate(doubled, context)).toEqual(error('longer than'));
  });
});

describe('a condition', () => {
  it('must give true or false itself', () => {
    expect(holds('facts.idle', context)).toEqual(value(true));
    expect(holds('facts.said', context)).toEqual(error("gives 'false' (a text), not true or false"));
    expect(holds('params.count', context)).toEqual(error('not true or false'));
    expect(holds('facts.missing', context)).toEqual(undetermined('facts.missing'));
  });
});

describe('a field with ${{ }}', () => {
  it('keeps the kind of a value that stands alone, and is a text otherwise', () => {
    expect(resolve({ expr: '${{ params.count }}' }, context)).toEqual(value(3));
    expect(resolve({ expr: '${{ vars.list }}' }, context)).toEqual(value(['a', 'b']));
    expect(resolve({ expr: 'n=${{ params.count }} ${{ facts.idle }} ${{ vars.list }}' }, context)).toEqual(
      value('n=3 true ["a","b"]'),
    );
    expect(resolve({ expr: "${{ format('{0}}}', 'a') }}b" }, context)).toEqual(value('a}b'));
    expect(resolve({ lit: '${{ no }}' }, context)).toEqual(value('${{ no }}'));
  });

  it('tells what is missing or wrong in it', () => {
    expect(resolve({ expr: 'a ${{ facts.missing }}' }, context)).toEqual(undetermined('facts.missing is not known'));
    expect(resolve({ expr: 'a ${{ facts.' }, context)).toEqual(error('not closed'));
    expect(resolve({ expr: 'a ${{ nonsense }}' }, context)).toEqual(error('"nonsense" is none of'));
  });

  it('takes any param as data, whatever it looks like', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('${{ facts.current }}', '$(reboot)', "'; rm -rf /")),
        (given) => {
          const known = { ...context, params: { given } };
          expect(resolve({ expr: '${{ params.given }}' }, known)).toEqual(value(given));
          expect(resolve({ expr: '<${{ params.given }}>' }, known)).toEqual(value(`<${given}>`));
        },
      ),
    );
  });
});

describe('references', () => {
  it('name all that an expression asks for, with the place', () => {
    expect(
      references("facts.a == params.b || hosts['h-1'].facts.c && steps.s.hosts.h.stdout == run.id && item.x"),
    ).toEqual([
      { kind: 'fact', name: 'a', source: 'facts.a', offset: 0 },
      { kind: 'param', name: 'b', source: 'params.b', offset: 11 },
      { kind: 'fact', name: 'c', host: 'h-1', source: 'hosts.h-1.facts.c', offset: 23 },
      { kind: 'step', id: 's', field: 'stdout', host: 'h', source: 'steps.s.hosts.h.stdout', offset: 47 },
      { kind: 'run', field: 'id', source: 'run.id', offset: 73 },
      { kind: 'item', source: 'item', offset: 83 },
    ]);
  });

  it('are found in whole fields and conditions, and never in scripts', () => {
    expect(referencesOf({ expr: "a ${{ vars.x }} ${{ format('}}', facts.y) }}" })).toMatchObject([
      { kind: 'var', name: 'x', offset: 6 },
      { kind: 'fact', name: 'y', offset: 33 },
    ]);
    expect(referencesOf({ expr: 'facts.y' })).toMatchObject([{ kind: 'fact', name: 'y', offset: 0 }]);
    expect(referencesOf({ lit: 'facts.y' })).toEqual([]);
    expect(referencesOf({ run: { shell: 'sh', text: 'facts.y' } })).toEqual([]);
    expect(references('facts. ==')).toEqual([]);
  });

  it('name everything that evaluation can find undetermined', () => {
    const bare: Context = { params: {}, vars: {}, facts: {}, hosts: {}, steps: {}, run: {} };
    const names = fc.constantFrom(
      'params.a',
      'vars.b',
      'facts.c',
      'hosts.h.facts.d',
      'steps.e.stdout',
      'item',
      'run.id',
    );
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 5 }), (each) => {
        const source = each.map((name) => `${name} != 'x'`).join(' && ');
        expect(references(source).map((found) => found.source)).toEqual(each);
        expect(evaluate(source, bare)).toEqual(undetermined(`${each[0] ?? ''} is not known`));
      }),
    );
  });
});

describe('toEnv', () => {
  it('writes values as scripts expect them', () => {
    expect([true, 0.5, 'a b', null, ['a'], { b: 1 }].map(toEnv)).toEqual([
      'true',
      '0.5',
      'a b',
      '',
      '["a"]',
      '{"b":1}',
    ]);
  });

  it('reaches a real shell as data', () => {
    const nasty = fc.constantFrom(
      '$(echo pwned)',
      '`id`',
      '"; exit 3; "',
      "'",
      '\\',
      '-n',
      '%s',
      '*',
      'a\nb',
      '${HOME}',
    );
    const text = fc.oneof(nasty, fc.string({ unit: 'grapheme' })).filter((each) => !each.includes('\0'));
    fc.assert(
      fc.property(text, (given) => {
        const { stdout, status } = spawnSync('/bin/sh', ['-eu', '-c', 'printf %s "$given"'], {
          env: { given: toEnv(given) },
          encoding: 'utf8',
        });
        expect({ stdout, status }).toEqual({ stdout: given, status: 0 });
      }),
      { numRuns: 30 },
    );
  });
});
