/**
 * Writes `dist/THIRD-PARTY-NOTICES.txt`: each package that stands in a bundle, with its version and its licence. Not each that
 * is installed: the bundler itself says what it has taken, so that nothing is forgotten that is only there for the page.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import * as z from 'zod';
import { ENTRIES, entryOptions, pageOptions } from './bundles.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const person = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]);
const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().optional(),
  licenses: z.array(z.object({ type: z.string() })).optional(),
  author: z.union([person, z.array(person).transform((people) => people.join(', '))]).optional(),
});

/** Folders of the packages that the bundles hold, each once. */
async function bundledFolders() {
  const built = await Promise.all(
    [...ENTRIES.map(entryOptions), pageOptions].map((options) => build({ ...options, write: false, metafile: true })),
  );
  const files = built.flatMap(({ metafile }) =>
    Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs)),
  );
  return [...new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))];
}

/** @param {string} folder */
async function noticeOf(folder) {
  const {
    name,
    version,
    license,
    licenses = [],
    author,
  } = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const kind = license ?? licenses.map(({ type }) => type).join(' OR ');
  if (kind === '')
    throw new Error(`${name} ${version} does not say under which licence it is. It must not be released.`);
  const names = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(names.map((file) => readFile(join(folder, file), 'utf8')));
  const own = author === undefined ? '' : ` Its author is ${author}.`;
  const text =
    texts.length > 0
      ? texts.map((each) => each.trim()).join('\n\n')
      : `Its package holds no text of the licence.${own}`;
  return { name, version, notice: `${name} ${version} (${kind})\n\n${text}\n` };
}

const notices = await Promise.all((await bundledFolders()).map(noticeOf));
notices.sort((one, other) => `${one.name}@${one.version}`.localeCompare(`${other.name}@${other.version}`, 'en'));
const line = `${'-'.repeat(78)}\n`;
const head = 'The files in this folder hold code of these packages, each under its own licence.\n\n';
await writeFile('dist/THIRD-PARTY-NOTICES.txt', head + notices.map(({ notice }) => line + notice).join('\n'));
process.stdout.write(`dist/THIRD-PARTY-NOTICES.txt: ${String(notices.length)} packages\n`);
