import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkLines, hashOf, lineOf, NO_HASH, seal } from '../../src/run/chain.ts';
import { evolve } from '../../src/run/evolve.ts';
import { newRunId, RUN_ID } from '../../src/run/run-id.ts';
import { later, span } from '../../src/run/time.ts';
import type { RunEvent } from '../../src/run/types.ts';
import { plan, step } from './plans.ts';
import { Record } from './record.ts';

const RUN = '20261122-7k3f';
const AT = '2026-11-22T02:45:00.000Z';

function lines(texts: readonly string[]): readonly string[] {
  let head = NO_HASH;
  return texts.map((because, index) => {
    const sealed = seal(head, index + 1, RUN, AT, { type: 'rollback_started', because });
    head = sealed.hash;
    return sealed.line;
  });
}

describe('the chain', () => {
  it('is SHA-256 over canonical lines, 64 zeros first', () => {
    const [first = '', second = ''] = lines(['x', 'y']);
    expect(first).toBe(
      `{"at":"${AT}","because":"x","prev":"${'0'.repeat(64)}","run":"${RUN}","seq":1,"type":"rollback_started"}`,
    );
    expect(second).toContain(`"prev":"${hashOf(first)}"`);
    // As sha256sum prints it.
    expect(hashOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('holds for any text, and its lines come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (texts) => {
        const all = lines(texts);
        expect(checkLines(all)).toMatchObject({ kind: 'ok', count: texts.length });
        for (const line of all) {
          expect(line).not.toContain('\n');
          expect(lineOf(JSON.parse(line) as RunEvent)).toBe(line);
        }
      }),
    );
  });

  it('shows a changed, lost, doubled or moved event before its last', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 3, maxLength: 8 }),
        fc.nat(),
        fc.constantFrom('change', 'lose', 'double', 'swap'),
        (texts, where, how) => {
          const all = [...lines(texts)];
          const at = where % (all.length - 1);
          const line = all[at] ?? '';
          if (how === 'change') all[at] = line.replace('"rollback_started"', '"rollback_stopped"');
          else if (how === 'lose') all.splice(at, 1);
          else if (how === 'double') all.splice(at, 0, line);
          else [all[at], all[at + 1]] = [all[at + 1] ?? '', line];
          const checked = checkLines(all);
          expect(checked.kind).toBe('broken');
        },
      ),
    );
  });

  it('says which event is wrong', () => {
    const all = [...lines(['a', 'b', 'c'])];
    all[1] = (all[1] ?? '').replace('"b"', '"B"');
    expect(checkLines(all)).toMatchObject({ kind: 'broken', seq: 2 });
    expect(checkLines(['{"seq":1, "prev":""}'])).toMatchObject({ kind: 'broken', seq: 1 });
    expect(checkLines(['nonsense'])).toMatchObject({ kind: 'broken', seq: 1 });
  });

  it('is what a run’s state names as its head', () => {
    const run = new Record(plan([step('one')]));
    const checked = checkLines(run.events.map(lineOf));
    expect(checked.kind === 'ok' && checked.head).toBe(run.state.head);
  });
});

describe('a record that is not whole', () => {
  it('is refused rather than guessed at', () => {
    const run = new Record(plan([step('one')]));
    const [first, second] = run.events;
    if (first === undefined || second === undefined) throw new Error('two events are needed');
    expect(() => evolve(undefined, second)).toThrow('begins with run_started');
    expect(() => evolve(run.state, first)).toThrow('requested twice');
  });
});

describe('a run’s id', () => {
  it('is the day and four letters that cannot be taken for others', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 8 }), (random) => {
        const id = newRunId(AT, random);
        expect(id).toMatch(RUN_ID);
        expect(id).toMatch(/^20261122-[^ilou]{4}$/);
      }),
    );
    expect(() => newRunId(AT, new Uint8Array(3))).toThrow('four');
  });
});

describe('time', () => {
  it('is reckoned without a clock', () => {
    expect(later('2026-12-31T23:59:59.999Z', 1)).toBe('2027-01-01T00:00:00.000Z');
    expect(later(AT, 0)).toBe(AT);
    expect([250, 1000, 90_000, 600_000, 5_430_000].map(span)).toEqual(['250ms', '1s', '1m30s', '10m', '1h30m30s']);
  });
});
