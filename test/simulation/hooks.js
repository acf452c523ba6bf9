/**
 * Lets Node run TypeScript sources, as `scripts/ts.js` does, with a few places put otherwise: pure functions remember what
 * they have said, so that a history costs milliseconds; and, for a planted fault, a protection is taken out.
 */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { translated } from '../../scripts/ts.js';
import { replacements } from './plants.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
if (isMainThread) register(import.meta.url);

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context);
  const path = fileURLToPath(url);
  let text = await readFile(path, 'utf8');
  for (const { file, from, to } of replacements(process.env['PLANT'])) {
    if (path !== `${ROOT}${file}`) continue;
    if (text.split(from).length !== 2)
      throw new Error(`${file} does not hold once what is to be put otherwise: ${from}`);
    text = text.replace(from, () => to);
  }
  return { format: 'module', source: await translated(path, text), shortCircuit: true };
}
