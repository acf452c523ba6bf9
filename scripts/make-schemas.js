/**
 * Writes the JSON Schemas in schema/, for editors and for readers of events: from the very schemas and types that the
 * program uses. `--check`: writes nothing, and fails where a file is not as it would be written.
 *
 *     node --import ./scripts/ts.js scripts/make-schemas.js
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { eventSchema } from './schemas/event.js';
import { inventorySchema } from './schemas/inventory.js';
import { procedureSchema } from './schemas/procedure.js';

const SCHEMAS = { procedure: procedureSchema, inventory: inventorySchema, event: eventSchema };

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');

/** @param {string} path */
const textOf = (path) => readFile(path, 'utf8').catch(() => undefined);

await mkdir(`${root}schema`, { recursive: true });
for (const [name, make] of Object.entries(SCHEMAS)) {
  const path = `${root}schema/${name}.schema.json`;
  const text = await format(JSON.stringify(make()), { parser: 'json', printWidth: 120 });
  if ((await textOf(path)) === text) continue;
  if (check) {
    process.stderr.write(
      `schema/${name}.schema.json is out of date: node --import ./scripts/ts.js scripts/make-schemas.js\n`,
    );
    process.exitCode = 1;
  } else {
    await writeFile(path, text);
    process.stdout.write(`schema/${name}.schema.json\n`);
  }
}
