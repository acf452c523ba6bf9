import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bindParams, usage } from '../../src/plan/params.ts';
import { INVENTORY, inventoryOf, procedureOf } from './fixture.ts';

const procedure = procedureOf(`
description: x
params:
  version: {pattern: '\\d+\\.\\d+', description: the new one}
  count: {type: int, default: 3}
  fast: {type: bool, required: false}
  size: {type: choice, choices: [small, large], default: small}
  box: {type: host, default: web1}
hosts: web
steps:
  - comment: x
`);
const inventory = inventoryOf(INVENTORY);
const bind = (positional: readonly string[], named: Readonly<Record<string, string>> = {}) =>
  bindParams(procedure, { positional, named: Object.entries(named) }, inventory);
const problems = (...given: Parameters<typeof bind>): readonly string[] => {
  const bound = bind(...given);
  return bound.ok ? [] : bound.problems;
};
const TYPE = 'Type: `/upgrade pryv <version> [count=3] [fast=fast] [size=small] [box=web1]`';

describe('params', () => {
  it('take bare values in the order of declaration, named ones in any, and defaults for the rest', () => {
    expect(bind(['1.6'])).toEqual({ ok: true, params: { version: '1.6', count: 3, size: 'small', box: 'web1' } });
    expect(bind(['1.6', '-4', 'true'], { box: 'web2', size: 'large' })).toEqual({
      ok: true,
      params: { version: '1.6', count: -4, fast: true, size: 'large', box: 'web2' },
    });
  });

  it.each<[Parameters<typeof bind>, string]>([
    [[[]], `\`version\` is missing (the new one). ${TYPE}`],
    [[['1.6; rm -rf /']], `\`version\`: \`1.6; rm -rf /\` does not match \`\\d+\\.\\d+\`. ${TYPE}`],
    [[['$(reboot)']], `\`version\`: \`$(reboot)\` does not match \`\\d+\\.\\d+\`. ${TYPE}`],
    [[['1.6\n']], `\`version\`: \`1.6\n\` does not match \`\\d+\\.\\d+\`. ${TYPE}`],
    [[['1.6', 'x']], `\`count\`: \`x\` is no whole number, such as 3 or -1. ${TYPE}`],
    [[['1.6', '007']], `\`count\`: \`007\` is no whole number, such as 3 or -1. ${TYPE}`],
    [[['1.6'], { fast: 'yes' }], `\`fast\`: \`yes\` is neither \`true\` nor \`false\`. ${TYPE}`],
    [[['1.6'], { size: 'smal' }], `\`size\`: \`smal\` is none of \`small\`, \`large\`; did you mean "small"?. ${TYPE}`],
    [[['1.6'], { box: 'db' }], `\`box\`: \`db\` is none of the procedure's hosts \`web1\`, \`web2\`. ${TYPE}`],
    [[['1.6'], { version: '1.7' }], `\`version\` is given twice: \`1.6\` and \`1.7\`. ${TYPE}`],
    [
      [['1.6'], { cuont: '1' }],
      'there is no param `cuont`; did you mean "count"? (there are `version`, `count`, `fast`, `size`, `box`)',
    ],
    [[['1.6', '1', 'true', 'small', 'web1', 'more']], '`more` is one value too many'],
    [[['1.6'], { constructor: '1' }], 'there is no param `constructor`'],
    [[['`1`']], '`version`: `` `1` `` does not match'],
  ])('%j: says "%s"', (given, words) => {
    expect(problems(...given).join('; ')).toContain(words);
  });

  it('tells all that is wrong at once, and how to type it at the end', () => {
    expect(problems(['x', 'y'], { z: '1' })).toHaveLength(3);
    expect(problems(['x', 'y'], { z: '1' }).filter((each) => each.includes('Type: '))).toHaveLength(1);
  });

  it('takes a pattern for the whole value only', () => {
    const loose = procedureOf("description: x\nparams: {p: {pattern: 'a|b'}}\nhosts: web\nsteps: [{comment: x}]\n");
    fc.assert(
      fc.property(fc.string(), (value) => {
        const bound = bindParams(loose, { positional: [value], named: [] });
        expect(bound.ok).toBe(value === 'a' || value === 'b');
      }),
    );
  });

  it('leaves the hosts to the plan where there is no inventory', () => {
    expect(bindParams(procedure, { positional: ['1.6'], named: [['box', 'elsewhere']] })).toMatchObject({ ok: true });
  });

  it('shows a required param behind an optional one by its name', () => {
    const mixed = procedureOf(
      'description: x\nparams: {a: {default: 1, type: int}, b: {}}\nhosts: web\nsteps: [{comment: x}]\n',
    );
    expect(usage(mixed)).toBe('/upgrade pryv [a=1] b=<b>');
  });
});
