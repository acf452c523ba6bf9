/**
 * The seed of a test that takes chance: told, so that a failure can be had again. `SEED=<number> npm test -- <file>`
 * takes that one instead of a new one.
 */
export function seedFor(file: string): number {
  const given = Number(process.env['SEED']);
  const seed = Number.isSafeInteger(given) && given > 0 ? given : Math.floor(Math.random() * 2 ** 31);
  process.stderr.write(`seed ${String(seed)}; to have it again: SEED=${String(seed)} npm test -- ${file}\n`);
  return seed;
}
