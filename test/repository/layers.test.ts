import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { ENTRIES, LAYERS } from '../../eslint.layers.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let eslint: ESLint;

beforeAll(() => {
  // The repository's own configuration; types are left out, since the planted files are not on the disk.
  eslint = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });
});

/** The layer rules that refuse `code` if it stood in the file `path`. */
async function refusals(path: string, code: string): Promise<readonly (string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath: `${root}${path}` });
  const rules = (result?.messages ?? []).map((message) => (message.fatal === true ? message.message : message.ruleId));
  return rules.filter((rule) => rule === null || rule.startsWith('no-restricted-') || rule.includes(' '));
}

const importing = (module: string) => `import { x } from '${module}';\nexport const y = x;\n`;
const importingType = (module: string) => `import type { X } from '${module}';\nexport type Y = X;\n`;

describe('the layer table', () => {
  it.each([
    ['src/run/planted.ts', 'node:fs'],
    ['src/run/planted.ts', 'fs/promises'],
    ['src/thread/planted.ts', 'node:child_process'],
    ['src/language/planted.ts', '../plan/plan.ts'],
    ['src/actions/planted.ts', '../run/types.ts'],
    ['src/plan/deep/planted.ts', '../../run/types.ts'],
    ['src/plan/planted.ts', '../engine/ports.ts'],
    ['src/run/planted.ts', '../host/connect.ts'],
    ['src/run/planted.ts', '../../src/host/connect.ts'],
    ['src/run/planted.ts', '../actions/run.ts'],
    ['src/policy/planted.ts', '../run/evolve.ts'],
    ['src/thread/planted.ts', 'probot'],
    ['src/thread/planted.ts', '@octokit/rest'],
    ['src/thread/planted.ts', '../cli.ts'],
    ['src/engine/planted.ts', '../host/connect.ts'],
    ['src/engine/planted.ts', '../github/app.ts'],
    ['src/engine/planted.ts', 'ssh2'],
    ['src/host/planted.ts', '../engine/loop.ts'],
    ['src/host/planted.ts', '../journal/file.ts'],
    ['src/host/planted.ts', 'probot'],
    ['src/journal/planted.ts', '../github/app.ts'],
    ['src/github/planted.ts', '../host/connect.ts'],
    ['src/github/planted.ts', 'node-ssh'],
    ['src/playground/planted.ts', 'node-ssh'],
    ['src/playground/planted.ts', '../cli.ts'],
  ])('refuses in %s what comes from %s', async (path, module) => {
    expect(await refusals(path, importing(module))).toEqual(['no-restricted-imports']);
    expect(await refusals(path, `export * from '${module}';\n`)).toEqual(['no-restricted-imports']);
  });

  it.each([
    ['src/run/planted.ts', 'node:crypto'],
    ['src/run/planted.ts', './types.ts'],
    ['src/run/deep/planted.ts', '../types.ts'],
    ['src/run/planted.ts', '../plan/plan.ts'],
    ['src/policy/planted.ts', '../language/parse.ts'],
    ['src/thread/planted.ts', 'mdast-util-from-markdown'],
    ['src/engine/planted.ts', '../run/evolve.ts'],
    ['src/engine/planted.ts', 'node:timers/promises'],
    ['src/host/planted.ts', '../engine/ports.ts'],
    ['src/host/deep/planted.ts', '../../engine/ports.ts'],
    ['src/host/planted.ts', 'node-ssh'],
    ['src/github/planted.ts', '../engine/loop.ts'],
    ['src/github/planted.ts', 'probot'],
    ['src/playground/planted.ts', 'ssh2'],
    ['src/playground/planted.ts', '../host/connect.ts'],
    ['src/cli.ts', './host/connect.ts'],
  ])('lets %s import from %s', async (path, module) => {
    expect(await refusals(path, importing(module))).toEqual([]);
  });

  it('lets a room see the types of another where only those are open', async () => {
    expect(await refusals('src/run/planted.ts', importingType('../actions/types.ts'))).toEqual([]);
    expect(await refusals('src/policy/planted.ts', importingType('../run/types.ts'))).toEqual([]);
    expect(await refusals('src/language/planted.ts', importingType('../run/types.ts'))).toEqual([
      'no-restricted-imports',
    ]);
  });

  it.each(['new Date()', 'process.env', 'setTimeout', 'fetch', 'console', 'globalThis'])(
    'keeps %s out of the pure rooms',
    async (expression) => {
      expect(await refusals('src/plan/planted.ts', `export const x = ${expression};\n`)).toEqual([
        'no-restricted-globals',
      ]);
      expect(await refusals('src/engine/planted.ts', `export const x = ${expression};\n`)).toEqual([]);
    },
  );

  it('lets chance and late imports into no pure room', async () => {
    expect(await refusals('src/run/planted.ts', 'export const x = Math.random();\n')).toEqual([
      'no-restricted-properties',
    ]);
    expect(await refusals('src/run/planted.ts', `export const x = import('node:fs');\n`)).toEqual([
      'no-restricted-syntax',
    ]);
  });

  it('has a row for every room, and beside the rooms only the entries', () => {
    const found = readdirSync(`${root}src`, { withFileTypes: true });
    const unknown = found.filter(({ name }) => !(name in LAYERS) && !ENTRIES.includes(name)).map(({ name }) => name);
    expect(unknown).toEqual([]);
  });
});
