import { describe, expect, it } from '@jest/globals';
import { lintProcedure } from '../../src/language/procedure.ts';
import { inventoryOf, procedureOf } from '../plan/fixture.ts';
import { parse, toldOfProcedure } from './told.ts';

/** A procedure whose environments are the given lines, which begin in line 6. */
const withPlaces = (...lines: readonly string[]): string =>
  [
    'description: Tries something',
    'hosts: [web, db]',
    'params: {release: {}}',
    'vars: {folder: /srv, final: true}',
    'environments:',
    ...lines.map((line) => `  ${line}`),
    'steps:',
    '  - {id: a, run: x, on_rollback: {leave: y}}',
    '',
  ].join('\n');

const INVENTORY = `
hosts:
  web1: {address: web1, user: ops}
  web2: {address: web2, user: ops}
  db: {address: db, user: ops}
  other: {address: other, user: ops}
groups:
  web: [web1, web2]
`;

const linted = (text: string): readonly string[] =>
  lintProcedure(procedureOf(text), inventoryOf(INVENTORY)).map(
    ({ place, message }) => `${String(place.line)}:${String(place.column)} ${message}`,
  );

describe('environments', () => {
  it('are read with all that they can say', () => {
    const parsed = parse(
      withPlaces(
        "rehearsal: {vars: {folder: '/copy-${{ params.release }}', final: false}, hosts: web2, on_success: rollback}",
        'production:',
        '  requires: {environment: rehearsal, within: 7d}',
        '  approvals: {by: [maintain, olivia], count: 2}',
        "  window: {days: tue, from: '05:00', to: '07:00', timezone: Europe/Paris}",
        'bare: {}',
      ),
    );
    expect(parsed).toMatchObject({
      value: {
        environments: [
          {
            ...{ name: 'rehearsal', hosts: ['web2'], onSuccess: 'rollback' },
            vars: { folder: { expr: '/copy-${{ params.release }}' }, final: { lit: false } },
          },
          {
            ...{ name: 'production', requires: { environment: 'rehearsal', withinMs: 604_800_000 } },
            approvals: { by: ['maintain', 'olivia'], count: 2 },
            window: { days: ['tue'], from: '05:00', to: '07:00', timezone: 'Europe/Paris' },
          },
          { name: 'bare', vars: {} },
        ],
      },
    });
  });

  it.each([
    ['p: {host: web1}', '6:7 unknown key "host"; did you mean "hosts"?'],
    ['Prod: {}', '6:3 an environment is named by small letters'],
    [
      'p: {vars: {foldr: x}}',
      '6:14 the procedure has no var "foldr" that this could stand in place of; did you mean "folder"?',
    ],
    ['p: {vars: {zzz: x}}', /6:14 .*"zzz".*write it into the procedure's vars too/],
    ["p: {vars: {folder: '${{ facts.x }}'}}", /6:27 only params can be named here/],
    ['p: {on_success: forget}', '6:19 one of rollback is wanted here'],
    ['p: {approvals: {by: read}}', '6:23 with the right "read" nobody may start a run'],
    ['p: {requires: {environment: q, within: 7d}}', '6:31 there is no environment "q"; there are: p'],
    ['p: {requires: {environment: p, within: 7d}}', '6:31 what p requires leads back to itself'],
    [
      'p: {requires: {environment: p}}',
      /6:17 the key "within" is missing: .*12h, 7d or 2w|6:17 the key "within" is missing/,
    ],
    ['p: {requires: {environment: p, within: 7y}}', '6:42 a length of time is wanted here, such as 12h, 7d or 2w'],
    ['p: 7', '6:6 a map (key: value) is wanted here'],
  ])('tell what is wrong: %s', (line, wanted) => {
    const told = toldOfProcedure(withPlaces(line));
    expect(told.join('\n')).toMatch(typeof wanted === 'string' ? new RegExp(escaped(wanted)) : wanted);
  });

  it('tell a circle of what they require', () => {
    const told = toldOfProcedure(
      withPlaces(
        'a: {requires: {environment: b, within: 1d}}',
        'b: {requires: {environment: c, within: 1d}}',
        'c: {requires: {environment: b, within: 1d}}',
      ),
    );
    expect(told).toEqual([
      '7:31 what b requires leads back to itself, so it could never be run',
      '8:31 what c requires leads back to itself, so it could never be run',
    ]);
  });

  it('that are none are told', () => {
    expect(toldOfProcedure(withPlaces().replace('environments:', 'environments: {}'))).toEqual([
      expect.stringMatching(/^5:\d+ there is no environment here: name one/),
    ]);
  });

  it('that are rehearsals want a when where a step cannot be undone', () => {
    const text = withPlaces('r: {on_success: rollback}');
    const gone = (step: string): readonly string[] => toldOfProcedure(text.replace(/- \{id: a.*/, step));
    expect(gone('- {id: a, run: x, reversible: false}')).toEqual([
      expect.stringMatching(
        /^8:21 the environment r takes back what it did, and this step cannot be undone: give it a when/,
      ),
    ]);
    expect(gone('- {id: a, run: x, reversible: false, when: vars.final}')).toEqual([]);
    expect(gone('- {id: a, run: x, read_only: true}')).toEqual([]);
    expect(gone('- {manual: look, reversible: false}')).toHaveLength(1);
  });

  it('name hosts of the procedure that there are', () => {
    expect(linted(withPlaces('p: {hosts: [web2, other]}', 'q: {hosts: wbe}'))).toEqual([
      '6:21 "other" is not among the procedure\'s hosts: add it to hosts, or name another',
      expect.stringMatching(/^7:14 there is no host or group "wbe".*did you mean "web"\?/),
    ]);
  });

  it('leave no step without a host, and no fact of a host that they have not', () => {
    const text = withPlaces('p: {hosts: web1}', 'q: {}').replace(
      /- \{id: a.*/,
      [
        '- {comment: hello, on: web}',
        '  - {comment: hello, on: [web2, db]}',
        '  - {assert: hosts.db.facts.up, on: web}',
        '  - {id: b, run: x, on_rollback: {run: y, on: db}}',
        '  - expect: {db: {up: x}}',
        'facts: {up: id}',
      ].join('\n'),
    );
    expect(linted(text)).toEqual([
      '10:5 in the environment p this step has no host: web2, db is not among web1; name a group that has hosts of each environment',
      expect.stringMatching(/^11:\d+ the environment p has not the host "db", of which this asks a fact/),
      expect.stringMatching(/^12:\d+ in the environment p this step has no host: db is not among web1/),
      expect.stringMatching(/^13:5 in the environment p this step has no host: db is not among web1/),
    ]);
  });

  it('count the hosts of a command that names none, where it need not', () => {
    const text = withPlaces('p: {hosts: web1}').replace(/- \{id: a.*/, '- {comment: hello, on: web, max_hosts: 1}');
    expect(linted(text)).toEqual([]);
    expect(linted(`${text}environment_required: false\n`)).toEqual([
      expect.stringContaining('this step is taken on 2'),
    ]);
  });

  it('are what max_hosts is held to', () => {
    const step = '- {comment: hello, max_hosts: 1, on: [web]}';
    expect(linted(withPlaces('p: {hosts: web1}', 'q: {hosts: [web2, db]}').replace(/- \{id: a.*/, step))).toEqual([]);
    expect(linted(withPlaces('p: {hosts: web1}', 'q: {}').replace(/- \{id: a.*/, step))).toEqual([
      '9:5 max_hosts is 1, and this step is taken on 2: web1, web2',
    ]);
  });
});

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
