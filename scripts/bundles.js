/** What is bundled into which file of `dist/`, and how. */

export const ENTRIES = [
  { source: 'src/cli.ts', bundle: 'dist/cli.js', command: true },
  { source: 'src/server.ts', bundle: 'dist/server.js' },
  { source: 'src/github-action.ts', bundle: 'dist/github-action.js' },
  { source: 'src/playground/main.ts', bundle: 'dist/playground.js' },
];
export const PAGE = { folder: 'src/playground/page', bundle: 'dist/playground' };

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

/**
 * @param {(typeof ENTRIES)[number]} entry
 * @returns {import('esbuild').BuildOptions}
 */
export const entryOptions = ({ source, bundle, command = false }) => ({
  ...COMMON,
  entryPoints: [source],
  outfile: bundle,
  platform: 'node',
  target: 'node20',
  banner: { js: command ? `#!/usr/bin/env node\n${COMMONJS_GLOBALS}` : COMMONJS_GLOBALS },
  // ssh2 looks for native ciphers, and does well with Node's own where their `require` throws, as it does when external.
  external: ['cpu-features', '*.node'],
});

/**
 * The playground's page: script and style in one file each.
 * @type {import('esbuild').BuildOptions}
 */
export const pageOptions = {
  ...COMMON,
  entryPoints: [`${PAGE.folder}/main.ts`],
  outdir: PAGE.bundle,
  platform: 'browser',
  target: 'es2022',
  minify: true,
};
