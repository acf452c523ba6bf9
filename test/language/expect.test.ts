import { describe, expect, it } from '@jest/globals';
import { actions } from '../../src/actions/index.ts';
import { parseInventory } from '../../src/language/inventory.ts';
import { lintProcedure, parseProcedure } from '../../src/language/procedure.ts';
import { told, toldOfProcedure } from './told.ts';

const TOP = `description: Tries something
params: {from: {type: host}}
hosts: [web]
facts:
  release: cat /etc/release
  boxes: {run: echo 2, type: int}
  idle: {run: 'true', type: bool}
steps:
`;
const table = (...rows: readonly string[]): string =>
  [`${TOP}  - expect:`, ...rows.map((row) => `      ${row}`), ''].join('\n');

describe('a table of hosts and facts', () => {
  it('takes hosts, groups and params as keys, and values of the facts’ types, expressions and any', () => {
    const text = table(
      'web1: {release: f29, boxes: 2, idle: true}',
      "'${{ params.from }}': {release: any, boxes: '${{ vars.boxes }}', idle: any}",
      "web2: {release: 'f${{ params.from }}'}",
    ).replace('hosts:', 'vars: {boxes: 3}\nhosts:');
    expect(toldOfProcedure(text)).toEqual([]);
  });

  it.each<[row: string, at: string, message: string]>([
    ['web1: {relaese: f29}', '10:14', 'there is no fact "relaese"; did you mean "release"?'],
    ['web1: {release: 29}', '10:23', 'quote it: write \'29\', since the fact "release" is a text'],
    ['web1: {release: 1.10}', '10:23', "quote it: write '1.10'"],
    ['web1: {release: " f29"}', '10:23', 'never has space around it'],
    ["web1: {boxes: '2'}", '10:21', 'is a whole number (type: int), so it can never be this'],
    ['web1: {boxes: 2.5}', '10:21', 'is a whole number'],
    ["web1: {boxes: '${{ params.from }}0'}", '10:21', 'is a whole number'],
    ['web1: {idle: yes}', '10:20', 'true or false (type: bool), so it can never be a text'],
    ['web1: {release: [f29]}', '10:23', 'what the fact shall be is wanted here, or any, and this is a list'],
    ['web1: {release: }', '10:', 'wanted here, or any, and this is empty'],
    ['web1: {}', '10:', 'the table is empty: name a fact'],
    ['web1: f29', '10:', 'a map (name: value) is wanted here'],
    ["'a b': {release: f29}", '10:7', 'a host or group is named by'],
    ["'${{ params.form }}': {release: f29}", '10:7', 'there is no param "form"; did you mean "from"?'],
    ["'${{ facts.release }}': {release: f29}", '10:7', 'only params can be named here'],
    ["'${{ params.from': {release: f29}", '10:7', 'is not closed'],
    ["web1: {release: '${{ facts.relase }}'}", '10:28', 'there is no fact "relase"'],
  ])('%s is told at its place', (row, at, message) => {
    const problems = toldOfProcedure(table(row));
    expect(problems).toEqual([expect.stringContaining(message)]);
    expect(problems[0]?.startsWith(at)).toBe(true);
  });

  it('is empty: that is told', () => {
    expect(toldOfProcedure(`${TOP}  - expect: {}\n`)).toEqual(['9:13 the table is empty: name a host']);
  });

  it('names its hosts itself', () => {
    expect(toldOfProcedure(`${table('web1: {release: f29}')}    on: web1\n`)).toEqual([
      '11:5 expect names its hosts itself: take on out',
    ]);
  });

  it('names hosts that the inventory knows, within those of the procedure', () => {
    const inventory = parseInventory(
      'hosts:\n  web1: {address: a, user: u}\n  db: {address: b, user: u}\ngroups: {web: [web1]}\n',
      'inventory.yml',
    );
    const parsed = parseProcedure(
      table('web1: {idle: true}', 'wbe: {idle: true}', 'db: {idle: true}', 'web: {boxes: 1}'),
      {
        ...{ file: 'procedures/a/b.yml', system: 'a', verb: 'b', actions },
      },
    );
    if (!parsed.ok || !inventory.ok) throw new Error(JSON.stringify([parsed, inventory]));
    expect(told({ ok: false, problems: lintProcedure(parsed.value, inventory.value) })).toEqual([
      '11:7 there is no host or group "wbe" in inventory.yml; did you mean "web"?',
      '12:7 "db" is not among the procedure\'s hosts: add it to hosts, or name another',
    ]);
  });
});

describe('preflight: true', () => {
  const after = (step: string): string => `${TOP}  - {id: stop, run: 'true', reversible: false}\n  - ${step}\n`;

  it('goes with assert and expect, wherever they stand', () => {
    expect(toldOfProcedure(after('{assert: facts.idle, preflight: true}'))).toEqual([]);
    expect(toldOfProcedure(after('{expect: {web: {idle: true}}, preflight: true}'))).toEqual([]);
    expect(toldOfProcedure(`${TOP}  - {assert: facts.idle, preflight: true}\n`)).toEqual([]);
  });

  it.each([
    ['{id: b, run: ls, read_only: true, preflight: true}', '10:39 only assert and expect'],
    ['{wait_for: facts.idle, preflight: true}', '10:28 only assert and expect'],
    ['{assert: facts.idle, preflight: maybe}', '10:37 true or false is wanted here'],
    ["{assert: steps.stop.outcome == 'ok', preflight: true}", '10:42 steps.stop.outcome is not known before the first'],
    ["{assert: facts.idle, when: steps.stop.outcome == 'ok', preflight: true}", 'is not known before the first change'],
    [
      "{expect: {web: {release: '${{ steps.stop.stdout }}'}}, preflight: true}",
      '10:60 steps.stop.stdout is not known before the first change',
    ],
    [
      '{id: b, run: ls, on_rollback: {assert: facts.idle, preflight: true}}',
      'preflight has no meaning for a step that undoes another',
    ],
  ])('%s is refused', (step, message) => {
    expect(toldOfProcedure(after(step))).toEqual([expect.stringContaining(message)]);
  });

  it('may ask for what a step before the first change has found', () => {
    const text = `${TOP}  - {id: look, run: ls, read_only: true}\n  - {id: stop, run: 'true', reversible: false}\n  - {assert: steps.look.stdout == 'a', fail_msg: '\${{ steps.stop.outcome }}', preflight: true}\n`;
    expect(toldOfProcedure(text)).toEqual([]);
  });
});
