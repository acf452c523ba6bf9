/** The page that `explain` prints, followed on a stand-in host by somebody who types its blocks and nothing else. */
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Client } from 'ssh2';
import { actionNamed, actions } from '../../src/actions/index.ts';
import { parseInventory } from '../../src/language/inventory.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import { seedPryv } from '../../src/playground/local-hosts/seed-pryv.ts';
import { differences, snapshot } from '../../src/playground/local-hosts/snapshot.ts';
import type { LocalHost } from '../../src/playground/local-hosts/start-local-host.ts';
import { explainPage } from '../../src/thread/explain.ts';
import { connect, run, startTestHost } from '../playground/local-hosts-client.ts';

const FILE = 'procedures/pryv/upgrade.yml';

let host: LocalHost;
let end: () => Promise<void>;
let client: Client;

beforeEach(async () => {
  ({ host, end } = await startTestHost(seedPryv));
  client = await connect(host);
});
afterEach(async () => {
  client.end();
  await end();
});

function page(root: string): string {
  const parsed = parseProcedure(readFileSync(FILE, 'utf8'), { file: FILE, system: 'pryv', verb: 'upgrade', actions });
  const inventory = parseInventory(`hosts: {pryv: {address: a, user: u, vars: {root: '${root}'}}}`, 'inventory.yml');
  if (!parsed.ok || !inventory.ok) throw new Error(JSON.stringify([parsed, inventory]));
  return explainPage({
    procedure: parsed.value,
    inventory: inventory.value,
    hosts: ['pryv'],
    params: { version: '1.6', from: '1.5' },
    byHand: (step) => actionNamed(step.action)?.byHand(step.input, step.id) ?? { work: [], undo: [] },
  });
}

/** The blocks of a kind in a part of the page. */
const fenced = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)\\n\`\`\`$`, 'gm'))].map(([, block = '']) => block);

/** Types a part's blocks, each into a shell of its own, as whom the page says. Tries again what is waited for. */
async function follow(part: string, before: string): Promise<void> {
  const whom = part.includes(' as `root`') ? 'sudo -n -u root -- ' : '';
  for (const block of fenced(part, 'sh')) {
    const typed = `${whom}sh -eu -c ${quoted(`${before}\n${block}`)}`;
    let ended = await run(client, typed);
    for (let tries = 0; tries < 3 && ended.code !== 0 && part.includes('again and again'); tries += 1) {
      ended = await run(client, typed);
    }
    expect([part.split('\n')[0], block, ended.code, ended.err]).toEqual([part.split('\n')[0], block, 0, ended.err]);
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

it('leads to the new version, and by its way back to where one came from', async () => {
  const root = join(host.folder, 'var/pryv');
  const [whole = '', back = ''] = page(root).split('## The way back');
  const [beginning = '', forward = ''] = whole.split('## Step by step');
  const variables = fenced(beginning, 'sh').join('\n');
  const before = await snapshot(host.folder);

  for (const part of forward.split(/^### /m).slice(1)) await follow(part, variables);
  expect(readlinkSync(root)).toBe(`${root}1.6`);
  expect((await run(client, 'docker ps --format "{{.Image}}"')).out.match(/:1\.6$/gm)).toHaveLength(6);

  for (const part of back.split(/^### /m).slice(1)) {
    // What had to be noted on the way is filled in, as the page asks.
    const noted = part.includes('<old>') ? part.replaceAll('```text', '```sh').replaceAll('<old>', `${root}1.5`) : part;
    await follow(noted, variables);
  }
  // What the page says it leaves, and nothing else.
  expect(back).toContain("the attachments copied into the new version's folder stay there");
  const left = differences(before, await snapshot(host.folder));
  expect(left.filter((line) => !line.startsWith('+ var/pryv1.6/pryv/core/data/'))).toEqual([]);
});
