/**
 * Lets Node run TypeScript sources as they are, for measurements and for trying things out:
 * `node --import ./scripts/ts.js bench/steps.ts`. Node 20 cannot do so by itself.
 */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

// Node loads this file twice: once for `--import`, and once in the thread where hooks live.
if (isMainThread) register(import.meta.url);

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context);
  const path = fileURLToPath(url);
  return { format: 'module', source: await translated(path, await readFile(path, 'utf8')), shortCircuit: true };
}

/**
 * A source as Node can run it.
 * @param {string} path
 * @param {string} text
 */
export async function translated(path, text) {
  const { transform } = await import('esbuild');
  const options = /** @type {const} */ ({ loader: 'ts', format: 'esm', target: 'node20', sourcemap: 'inline' });
  return (await transform(text, { ...options, sourcefile: path })).code;
}
