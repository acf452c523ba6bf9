/**
 * Bundles the entries into `dist/`, each into one file that starts fast and needs nothing beside it.
 * `--if-missing`: does nothing where a whole build is already there.
 */
import { chmod, copyFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const ENTRIES = [
  { source: 'src/cli.ts', bundle: 'dist/cli.js', command: true },
  { source: 'src/server.ts', bundle: 'dist/server.js' },
  { source: 'src/github-action.ts', bundle: 'dist/github-action.js' },
  { source: 'src/playground/main.ts', bundle: 'dist/playground.js' },
];
const PAGE = { folder: 'src/playground/page', bundle: 'dist/playground' };
const PAGE_SOURCES = [`${PAGE.folder}/main.ts`, `${PAGE.folder}/index.html`];

// Bundled CommonJS packages (pino, ssh2) look for what an ES module does not have.
const COMMONJS_GLOBALS = [
  `import { createRequire as __createRequire } from 'node:module';`,
  `import { fileURLToPath as __fileURLToPath } from 'node:url';`,
  `const require = __createRequire(import.meta.url);`,
  `const __filename = __fileURLToPath(import.meta.url);`,
  `const __dirname = __fileURLToPath(new URL('.', import.meta.url));`,
].join('\n');

/** @type {import('esbuild').BuildOptions} */
const COMMON = { bundle: true, format: 'esm', logLevel: 'warning', legalComments: 'eof', charset: 'utf8' };

/** @param {(typeof ENTRIES)[number]} entry */
async function bundleEntry({ source, bundle, command = false }) {
  await build({
    ...COMMON,
    entryPoints: [source],
    outfile: bundle,
    platform: 'node',
    target: 'node20',
    banner: { js: command ? `#!/usr/bin/env node\n${COMMONJS_GLOBALS}` : COMMONJS_GLOBALS },
    // ssh2 looks for native ciphers, and does well with Node's own where their `require` throws, as it does when external.
    external: ['cpu-features', '*.node'],
  });
  if (command) await chmod(bundle, 0o755);
}

/** The playground's page: script and style in one file each, beside its HTML. */
async function bundlePage() {
  await build({
    ...COMMON,
    entryPoints: [`${PAGE.folder}/main.ts`],
    outdir: PAGE.bundle,
    platform: 'browser',
    target: 'es2022',
    minify: true,
  });
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
