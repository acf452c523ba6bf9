import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type * as z from 'zod';
import {
  choice,
  condition,
  duration,
  fixedText,
  flag,
  hostName,
  integer,
  script,
  stepId,
  text,
  userName,
  variableName,
} from '../../src/language/fields.ts';

const refusal = (schema: z.ZodType, given: unknown): string => {
  const result = schema.safeParse(given);
  return result.success ? '' : (result.error.issues[0]?.message ?? '');
};

describe('a text', () => {
  it('is taken as it is, or as an expression', () => {
    expect(text().parse('1.10')).toEqual({ lit: '1.10' });
    expect(text().parse('a ${{ params.b }}')).toEqual({ expr: 'a ${{ params.b }}' });
    expect(text().parse('$HOME {{ x }}')).toEqual({ lit: '$HOME {{ x }}' });
  });

  it.each([1.1, 640, true])('refuses %j, which YAML has changed already', (given) => {
    expect(refusal(text(), given)).toContain('quote it');
  });

  it('says what else it was given', () => {
    expect(refusal(text(), null)).toBe('a text is wanted here, and this is empty');
    expect(refusal(text(), ['a'])).toBe('a text is wanted here, and this is a list');
    expect(refusal(fixedText(), '${{ a }}')).toContain('no ${{ }} can stand here');
  });
});

describe('a flag', () => {
  it('is true, false, or one expression', () => {
    expect(flag().parse(true)).toEqual({ lit: true });
    expect(flag().parse(' ${{ facts.idle }}')).toEqual({ expr: '${{ facts.idle }}' });
  });

  it.each(['yes', 'true', 1, 'a ${{ facts.idle }}', null])('refuses %j', (given) => {
    expect(refusal(flag(), given)).toBe('true, false, or one ${{ }} that gives one of them is wanted here');
  });
});

describe('a script', () => {
  it('is taken as it is written', () => {
    expect(script().parse('echo "$version" ${HOME} {{ x }}')).toBe('echo "$version" ${HOME} {{ x }}');
  });

  it('refuses an expression, and says what to write instead', () => {
    const told = refusal(script(), 'echo ${{ params.version }}');
    expect(told).toContain('write "$version" for params.version');
    expect(told).toContain("env: {FOUND: '${{ facts.found }}'}");
  });

  it('is refused by every text with ${{ in it, wherever it stands', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(refusal(script(), `${before}x\${{${after}`)).not.toBe('');
      }),
    );
  });

  it('refuses what is no script', () => {
    expect(refusal(script(), '  ')).toBe('the script is empty');
    expect(refusal(script(), 'a\0b')).toContain('NUL');
    expect(refusal(script(), 5)).toBe('a shell script is wanted here, and this is the number 5');
  });
});

describe('a condition', () => {
  it('is an expression with or without ${{ }}, or a script', () => {
    expect(condition().parse("facts.a == 'b'")).toEqual({ expr: "facts.a == 'b'" });
    expect(condition().parse("${{ contains('}}', facts.a) }}")).toEqual({ expr: " contains('}}', facts.a) " });
    expect(condition().parse(true)).toEqual({ expr: 'true' });
    expect(condition().parse({ run: 'test -e /x' })).toEqual({ run: { shell: 'sh', text: 'test -e /x' } });
    expect(condition().parse({ run: '[[ a ]]', shell: 'bash' })).toEqual({ run: { shell: 'bash', text: '[[ a ]]' } });
  });

  it.each(['a ${{ facts.b }}', '${{ facts.a }} && ${{ facts.b }}', '${{ facts.a', '', {}, { run: 1 }, 5, ['a']])(
    'refuses %j',
    (given) => {
      expect(condition().safeParse(given).success).toBe(false);
    },
  );
});

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['2 h', 7_200_000],
    [30, 30_000],
    [0.5, 500],
  ])('%j is %d milliseconds', (given, ms) => {
    expect(duration().parse(given)).toBe(ms);
  });

  it.each(['10', '10 minutes', '-1s', '0s', 0, -3, '481h', '1e9h', '', Infinity, NaN, null, '1d'])(
    'refuses %j',
    (given) => {
      expect(refusal(duration(), given)).toContain('500ms, 90s, 10m, 2h or a number of seconds');
    },
  );
});

describe('names', () => {
  it.each([
    [stepId(), ['a', 'stop-core', 'step_2'], ['', 'Stop', '2a', 'a.b', '../x', 'constructor', 'a'.repeat(61)]],
    [variableName(), ['a', 'VERSION', '_x1'], ['', 'a-b', '1a', 'a b', 'a=b', 'toString', '__proto__']],
    [hostName(), ['web1', 'web-1.example.org'], ['', '-oProxyCommand=x', '.', '..', 'a/b', 'a b', 'valueOf']],
    [userName(), ['root', 'svc_pryv', 'machine$'], ['', '-u', 'a b', 'a;b', '$x']],
  ])('take what can be a folder, a variable, a word of a command; not more', (schema, good, bad) => {
    for (const name of good) expect(schema.safeParse(name).success).toBe(true);
    for (const name of bad) expect(schema.safeParse(name).success).toBe(false);
  });
});

describe('a choice and a number', () => {
  it('name what can be written', () => {
    expect(refusal(choice('started', 'stopped'), 'stated')).toBe(
      'one of started, stopped is wanted here; did you mean "started"?',
    );
    expect(refusal(choice('a', 'b'), 1)).toBe('one of a, b is wanted here, and this is the number 1');
    expect(refusal(integer(1, 65_535), 70_000)).toBe('a whole number from 1 to 65535 is wanted here');
    expect(refusal(integer(1, 5), 1.5)).toBe('a whole number from 1 to 5 is wanted here');
    expect(refusal(integer(1, 5), '1')).toBe('a whole number is wanted here, and this is a text');
  });
});
