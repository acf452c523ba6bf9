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

const read = (verb: string) => {
  const file = `procedures/pryv/${verb}.yml`;
  const parsed = parseProcedure(readFileSync(file, 'utf8'), { file, system: 'pryv', verb, actions });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
};

function page(root: string): string {
  const inventory = parseInventory(`hosts: {pryv: {address: a, user: u, vars: {root: '${root}'}}}`, 'inventory.yml');
  if (!inventory.ok) throw new Error(JSON.stringify(inventory));
  return explainPage({
    procedure: read('upgrade'),
    callees: new Map([['pryv/redis-merge', { procedure: read('redis-merge') }]]),
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

  const forth = forward.split(/^### /m).slice(1);
  // The call's own values, set in a shell within the first; its steps that let users in are for another day.
  const inner = forth.flatMap((part) => (part.includes('Start another shell') ? fenced(part, 'sh') : [])).join('\n');
  expect(inner).toContain('export open=false\n');
  const typed = (part: string): string => (/^(?:Back from )?\d+\.\d+\. /.test(part) ? `${variables}\n${inner}` : variables);
  const isMeant = (part: string): boolean =>
    !['Start another shell', 'Only if this holds: `params.open`', '(`redis/open`)'].some((text) => part.includes(text));

  for (const part of forth.filter(isMeant)) await follow(part, typed(part));
  expect(readlinkSync(root)).toBe(`${root}1.6`);
  expect((await run(client, 'docker ps --format "{{.Image}}"')).out.match(/:1\.6$/gm)).toHaveLength(6);

  for (const part of back.split(/^### /m).slice(1).filter(isMeant)) {
    // What had to be noted on the way is filled in, as the page asks.
    const noted = part.includes('<old>') ? part.replaceAll('```text', '```sh').replaceAll('<old>', `${root}1.5`) : part;
    await follow(noted, typed(part));
  }
  // What the page says it leaves, and nothing else.
  expect(back).toContain("the attachments copied into the new version's folder stay there");
  const left = differences(before, await snapshot(host.folder));
  expect(left.filter((line) => !line.startsWith('+ var/pryv1.6/pryv/core/data/'))).toEqual([]);
});
