/** That no mistake in a file goes by, or is told of elsewhere. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { examples } from '../docs/examples.ts';
import { read } from '../docs/pages.ts';
import { chance } from '../run/world.ts';
import { INVENTORY, procedures } from './guide.ts';
import { inventoryFor, inventoryKind, judge, type Kind, procedureKind } from './judge.ts';
import { MISTAKES, type Pick } from './mistakes.ts';
import { seedFor } from './seed.ts';

const NAMES = Object.keys(MISTAKES) as readonly (keyof typeof MISTAKES)[];

function check(kind: Kind, text: string, seed: number, counts: Map<string, number>): void {
  const random = chance(seed);
  const pick: Pick = (list) => list[Math.floor(random() * list.length)];
  const name = pick(NAMES) ?? 'misspelt';
  const made = MISTAKES[name]({ text, schema: kind.schema }, pick);
  if (made === undefined || made.text === text) return;
  counts.set(name, (counts.get(name) ?? 0) + 1);
  const fault = judge(kind, made);
  if (fault !== undefined) throw new Error(`${name}: ${fault}\n\n${made.text}`);
}

const often = (counts: ReadonlyMap<string, number>): void => {
  process.stderr.write(`mistakes: ${JSON.stringify(Object.fromEntries(counts))}\n`);
  expect(NAMES.filter((name) => (counts.get(name) ?? 0) < 30)).toEqual([]);
};

const FIXED = 4000;
const MADE = 600;
/** Mistakes in each that is made. */
const EACH = 5;

export function toldInFiles(file: string): void {
  describe('a mistake in a file that is there', () => {
    const shipped = procedureKind(inventoryFor('hosts: { pryv: { address: p, user: u } }\n'));
    const docs = examples().filter(({ kind }) => kind === 'inventory');
    const inventory = inventoryFor(docs[0]?.file ?? '');
    const kinds = { procedure: procedureKind(inventory), inventory: inventoryKind() };
    const files = [
      { kind: shipped, text: read('procedures/pryv/upgrade.yml') },
      ...examples().flatMap(({ kind, file: text }) => (kind === 'workflow' ? [] : [{ kind: kinds[kind], text }])),
    ];

    it('is told of, in its line, whatever it is', () => {
      for (const { kind, text } of files) expect(kind.tell(text)).toEqual([]);
      const counts = new Map<string, number>();
      const property = fc.property(fc.constantFrom(...files), fc.nat(2 ** 31), ({ kind, text }, seed) => {
        check(kind, text, seed, counts);
      });
      fc.assert(property, { numRuns: FIXED, seed: seedFor(file) });
      often(counts);
    });
  });
}

export function toldInMade(file: string): void {
  describe('a mistake in a file made from the schema', () => {
    const kind = procedureKind(inventoryFor(INVENTORY));

    it('is told of, in its line, whatever it is', () => {
      const counts = new Map<string, number>();
      const seeds = fc.array(fc.nat(2 ** 31), { minLength: EACH, maxLength: EACH });
      const property = fc.property(procedures, seeds, (made, luck) => {
        const text = stringify(made, { lineWidth: 0 });
        fc.pre(kind.tell(text).length === 0);
        for (const seed of luck) check(kind, text, seed, counts);
      });
      fc.assert(property, { numRuns: MADE, seed: seedFor(file), maxSkipsPerRun: 10 });
      often(counts);
    });
  });
}
