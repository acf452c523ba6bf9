/**
 * Bundles the entries into `dist/`, each into one file that starts fast and needs nothing beside it.
 * `--if-missing`: does nothing where a whole build is already there.
 */
import { chmod, copyFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ENTRIES, entryOptions, PAGE, pageOptions } from './bundles.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const PAGE_SOURCES = [`${PAGE.folder}/main.ts`, `${PAGE.folder}/index.html`];

/** @param {(typeof ENTRIES)[number]} entry */
async function bundleEntry(entry) {
  await build(entryOptions(entry));
  if (entry.command) await chmod(entry.bundle, 0o755);
}

/** Beside its HTML. */
async function bundlePage() {
  await build(pageOptions);
  await copyFile(`${PAGE.folder}/index.html`, `${PAGE.bundle}/index.html`);
}

async function main() {
  if (process.argv.includes('--if-missing') && ENTRIES.every(({ bundle }) => existsSync(bundle))) return;
  const missing = [...ENTRIES.map(({ source }) => source), ...PAGE_SOURCES].filter((source) => !existsSync(source));
  await Promise.all([
    ...ENTRIES.filter(({ source }) => existsSync(source)).map(bundleEntry),
    ...(PAGE_SOURCES.every((source) => existsSync(source)) ? [bundlePage()] : []),
  ]);
  if (missing.length > 0) {
    throw new Error(`dist/ is incomplete, these sources are missing: ${missing.join(', ')}`);
  }
}

try {
  await main();
} catch (error) {
  // esbuild has already printed its own findings, each with its place.
  process.stderr.write(`build: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
