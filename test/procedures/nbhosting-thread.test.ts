/** What people read of the nbhosting procedures in an issue: the swap's dry run, and each of its tables as it goes. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { type Bench, atEnd, endAfterEach, openBench } from '../acceptance/support/thread-bench.ts';
import { normalised } from '../acceptance/support/thread-golden.ts';
import { ofKind } from '../acceptance/support/thread-words.ts';
import { describeWith, loadOpenApi, type OpenApiChecker } from '../support/openapi.ts';
import { type Boxes, boxTests, GROUPS, shipped, startBoxes } from './boxes.ts';

const SWAP = '/swap nbhosting thurst thermals f27 f29';
const openApi = await loadOpenApi();

async function open(checker: OpenApiChecker): Promise<{ readonly boxes: Boxes; readonly bench: Bench }> {
  const boxes = await startBoxes();
  atEnd(() => boxes.remove());
  const procedures = Object.entries(shipped()).map(([name, text]) => [`procedures/${name}.yml`, text] as const);
  const inventory = JSON.stringify({ hosts: boxes.entries(), groups: GROUPS });
  const bench = await openBench(checker, { 'inventory.yml': inventory, ...Object.fromEntries(procedures) });
  await bench.start();
  return { boxes, bench };
}

describeWith(openApi)('nbhosting, in an issue', (checker) => {
  endAfterEach();

  boxTests('the swap', () => {
    it('is told step by step in its dry run, and changes nothing', async () => {
      const { boxes, bench } = await open(checker);
      const lines = await boxes.changed(async () => {
        const said = await bench.words.ask('rita', `${SWAP} dryrun`, /Nothing was changed/, 2);
        expectGolden('nbhosting-swap.md', plain(said, boxes));
      });
      expect(lines).toEqual([]);
    });

    it('shows each table of the page where it stands, wanted beside found', async () => {
      const { bench } = await open(checker);
      const asked = await bench.words.write('william', SWAP, 2);
      // The first table is looked at once more after the answer, and shows what is so then.
      const first = /`thermals` \| `release` \| `f27` \| ✅ `f27`/;
      await bench.words.answerTo(asked, /make a branch f29 and get nbhosting to work there/, first);
      await bench.words.write('olivia', '/continue', 2);
      await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      const [live = ''] = ofKind(bench.words.after(asked), 'live');
      const tables = [...bench.words.history(idOf(bench, live))].flatMap(tablesIn);
      for (const table of TABLES) expect(tables).toContainEqual(table);
      expect(bench.words.after(asked).join('\n')).toContain('nbhosting is back, on thurst.');
    });
  });
});

/** The page's five tables: box, function, release. */
const TABLES = [
  [
    ['production', 'f27'],
    ['development', 'f27'],
  ],
  [
    ['production', 'f27'],
    ['development', 'f29'],
  ],
  [
    ['none', 'f27'],
    ['production', 'f29'],
  ],
  [
    ['none', 'f29'],
    ['production', 'f29'],
  ],
  [
    ['production', 'f29'],
    ['none', 'f29'],
  ],
];

const idOf = (bench: Bench, body: string): number => bench.words.all(2).find((word) => word.body === body)?.id ?? 0;

/** Tables of the boxes' functions and releases in a comment, where all that was wanted was found. */
function tablesIn(body: string): readonly (readonly (readonly string[])[])[] {
  const blocks = body.split('| host | fact | wanted | found |\n| --- | --- | --- | --- |\n').slice(1);
  return blocks.flatMap((block) => {
    const found = (host: string, fact: string): string | undefined =>
      new RegExp(`^\\| \`${host}\` \\| \`${fact}\` \\| \`(\\S+)\` \\| ✅ \`\\1\` \\|$`, 'm').exec(block.split('\n\n')[0] ?? '')?.[1];
    const rows = ['thurst', 'thermals'].map((host) => ['function', 'release'].flatMap((fact) => found(host, fact) ?? []));
    return rows.every((row) => row.length === 2) ? [rows] : [];
  });
}

function plain(text: string, { thurst, thermals }: Boxes): string {
  const other = text
    .replaceAll(thermals.folder, '/thermals')
    .replaceAll(`port ${String(thermals.sshd.port)}`, 'port 22')
    .replaceAll(String(thermals.sshd.port), '22');
  return normalised(other.replaceAll(thurst.folder, '/thurst').replaceAll(String(thurst.sshd.port), '22'), thurst)
    .replaceAll(/changeover-machine-\w+/g, 'box');
}

/** Compares with a file that people have read; with UPDATE_GOLDEN=1 it is written anew, to be read again. */
function expectGolden(name: string, text: string): void {
  const file = new URL(`golden/${name}`, import.meta.url);
  const written = text.endsWith('\n') ? text : `${text}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, written);
  expect(written).toBe(existsSync(file) ? readFileSync(file, 'utf8') : '(there is no such file yet)');
}
