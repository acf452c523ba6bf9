import { describe, expect, it } from '@jest/globals';
import { headOf, tailOf } from '../../src/run/cut.ts';
import { NO_HASH, seal } from '../../src/run/chain.ts';
import type { EventBody } from '../../src/run/types.ts';
import { factValue } from '../../src/run/observation.ts';
import { scriptVerdict } from '../../src/run/verdict.ts';
import { sh } from './plans.ts';

const AT = '2026-11-22T06:00:00.000Z';
const FACT = { name: 'version', type: 'string', script: sh('version') } as const;

describe('what a host says, cut for the record', () => {
  it('takes no half of a character, whose line the journal would refuse', () => {
    for (const filled of [298, 299, 300]) {
      const long = `${'x'.repeat(300)}😀${'x'.repeat(filled)}`;
      const value = factValue(FACT, { kind: 'ok', value: { exit_code: 1, stdout: '', stderr: long } });
      const said = scriptVerdict({ exit_code: 1, stdout: '', stderr: `${'x'.repeat(filled)}😀 and more` });
      const evidence = said.kind === 'not' ? said.detail : '';
      const observed: EventBody = {
        type: 'observed',
        for: 'open',
        step: 'a',
        phase: 'apply',
        host: 'alpha',
        facts: { 'alpha.version': value },
      };
      expect(() => seal(NO_HASH, 1, '20261122-7k3f', AT, observed)).not.toThrow();
      expect(evidence).not.toMatch(/\p{Cs}/u);
    }
  });

  it('keeps whole characters at both ends', () => {
    expect([headOf('a😀', 3), headOf('a😀', 2), tailOf('😀b', 3), tailOf('😀b', 2)]).toEqual(['a😀', 'a', '😀b', 'b']);
  });
});
