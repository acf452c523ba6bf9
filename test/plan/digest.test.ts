import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../src/language/types.ts';
import { canonicalJson, digestOf, planDigest, procedureDigest } from '../../src/plan/digest.ts';
import { INVENTORY, planned, PROCEDURE } from './fixture.ts';

/** JSON data whose keys come in any order, `__proto__` among them. */
const json = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });

const reordered = (data: Json, turn: (keys: string[]) => string[]): Json => {
  if (data === null || typeof data !== 'object') return data;
  if (Array.isArray(data)) return data.map((each: Json) => reordered(each, turn));
  const entries = new Map(Object.entries(data));
  return Object.fromEntries(turn([...entries.keys()]).map((key) => [key, reordered(entries.get(key) ?? null, turn)]));
};

describe('canonical JSON', () => {
  it('follows the examples of RFC 8785', () => {
    const example: unknown = JSON.parse(
      '{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],' +
        '"string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/", "literals": [null, true, false]}',
    );
    expect(canonicalJson(example)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    // Section 3.2.3: keys are sorted by their UTF-16 code units.
    const keys = {
      '\u20ac': 'Euro',
      '\r': 'CR',
      '\ufb33': 'Dalet',
      '1': 'One',
      '\ud83d\ude00': 'Emoji',
      '\u0080': 'Ctl',
      '\u00f6': 'o',
    };
    expect([...canonicalJson(keys).matchAll(/:"(\w+)"/g)].map((match) => match[1])).toEqual([
      'CR',
      'One',
      'Ctl',
      'o',
      'Euro',
      'Emoji',
      'Dalet',
    ]);
    expect(canonicalJson([-0, 1e21, 1 / 3, 5e-324])).toBe('[0,1e+21,0.3333333333333333,5e-324]');
  });

  it('is the same whatever the order of keys, and reads as the same data', () => {
    fc.assert(
      fc.property(json, (data) => {
        const plain = JSON.parse(JSON.stringify(data)) as Json;
        expect(canonicalJson(reordered(plain, (keys) => keys.toReversed()))).toBe(canonicalJson(plain));
        expect(JSON.parse(canonicalJson(plain))).toEqual(plain);
      }),
    );
  });

  it('tells different data apart', () => {
    fc.assert(
      fc.property(json, json, (left, right) => {
        const same = canonicalJson(left) === canonicalJson(right);
        expect(digestOf(left) === digestOf(right)).toBe(same);
      }),
    );
  });

  it('refuses what JSON has no words for', () => {
    for (const data of [Number.NaN, Infinity, '\ud800', undefined]) expect(() => canonicalJson(data)).toThrow();
  });
});

describe('the digests of a plan', () => {
  const plan = planned();

  it('are hex SHA-256 of what they name, and the same each time', () => {
    expect(plan.procedure_digest).toMatch(/^[0-9a-f]{64}$/);
    expect(planDigest(planned())).toBe(plan.plan_digest);
    expect(digestOf({ b: 1, a: [] })).toBe('1c8f8816506a8ccbc55140d8a7bb70214a8942c7030fc0fc2914cec675cd1c15');
  });

  it('do not depend on the commit, nor on the order of files', () => {
    expect(planned({ commit: 'f'.repeat(40) })).toMatchObject({ plan_digest: plan.plan_digest });
    const files = [
      { path: 'a', sha256: '1' },
      { path: 'b', sha256: '2' },
    ];
    expect(procedureDigest(files.toReversed(), {})).toBe(procedureDigest(files, {}));
    expect(procedureDigest(files, { a: 1 })).not.toBe(procedureDigest(files, { a: '1' }));
  });

  it.each<[string, Parameters<typeof planned>[0]]>([
    ['a script', { procedure: PROCEDURE.replace('rm -rf old', 'rm -rf older') }],
    ['a script that undoes', { procedure: PROCEDURE.replace('docker start all', 'docker start') }],
    ['a condition', { procedure: PROCEDURE.replace('docker ps | grep', 'docker ps -a | grep') }],
    ['a fact', { procedure: PROCEDURE.replace('run: df', 'run: df -k') }],
    ['a var', { procedure: PROCEDURE.replace('root: /var/pryv', 'root: /opt/pryv') }],
    ['an env', { procedure: PROCEDURE.replace('EXTRA', 'OTHER') }],
    ['a time-out', { procedure: PROCEDURE.replace('90s', '91s') }],
    ['a word for people', { procedure: PROCEDURE.replace('the dump is kept', 'the dump stays') }],
    ['the order of hosts', { procedure: PROCEDURE.replace('hosts: [web, db]', 'hosts: [db, web]') }],
    ['an address', { inventory: INVENTORY.replace('web2.example', 'web3.example') }],
    ['a user', { inventory: INVENTORY.replace('user: root', 'user: toor') }],
    ['a port', { inventory: INVENTORY.replace('2222', '2223') }],
    ['a host key', { inventory: INVENTORY.replace('SHA256:aa', 'SHA256:ab') }],
    ['a jump host', { inventory: INVENTORY.replace('bastion.example', 'bastion2.example') }],
    ['a host’s var', { inventory: INVENTORY.replace('/srv/pryv', '/srv/pryv2') }],
  ])('%s changes the plan’s, and not the procedure’s where its files and params are the same', (_, changed) => {
    const other = planned(changed);
    expect(other.plan_digest).not.toBe(plan.plan_digest);
    expect(other.procedure_digest).toBe(plan.procedure_digest);
  });

  it('a param changes both', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (note) => {
        const other = planned({ params: { note } });
        expect(other.plan_digest).not.toBe(plan.plan_digest);
        expect(other.procedure_digest).not.toBe(plan.procedure_digest);
      }),
      { numRuns: 20 },
    );
  });
});
