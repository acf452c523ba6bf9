/** Runs every static check and shows all that they find, rather than stopping at the first that complains. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

// Types and lint take by far the longest: each has one of two cores to itself, the quick ones follow the first to end.
const LANES = [
  [
    { name: 'types', command: 'tsc', args: ['--project', 'tsconfig.json'] },
    { name: 'types of the page', command: 'tsc', args: ['--project', 'tsconfig.page.json'] },
    { name: 'format', command: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
    { name: 'dead code', command: 'knip', args: ['--no-progress'] },
  ],
  [{ name: 'lint', command: 'eslint', args: ['--max-warnings', '0', '.'] }],
];

/**
 * Runs one check to its end and prints its output in one piece.
 * @param {{ name: string, command: string, args: string[] }} check
 * @returns {Promise<boolean>} whether it found nothing
 */
async function run({ name, command, args }) {
  const began = Date.now();
  let output = '';
  const clean = await new Promise((/** @type {(clean: boolean) => void} */ resolve) => {
    const child = spawn(`node_modules/.bin/${command}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text;
      });
    }
    child.once('error', (error) => {
      output += `${error.message}\nRun npm ci first.\n`;
      resolve(false);
    });
    child.once('close', (code) => {
      resolve(code === 0);
    });
  });
  process.stdout.write(`${clean ? '✓' : '✗'} ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)\n${output}`);
  return clean;
}

const results = await Promise.all(
  LANES.map(async (lane) => {
    const clean = [];
    for (const check of lane) clean.push(await run(check));
    return clean;
  }),
);
process.exitCode = results.flat().every(Boolean) ? 0 : 1;
