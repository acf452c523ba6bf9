import { readdirSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { actions } from '../../src/actions/index.ts';
import { parseInventory } from '../../src/language/inventory.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import type { Procedure } from '../../src/language/types.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/types.ts';
import type { JobKey } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { Story } from '../thread/story.ts';
import { read, ROOT, section } from './pages.ts';

const INVENTORY = `
hosts:
  thurst: {address: thurst.example.org, user: ops}
  thermals: {address: thermals.example.org, user: ops}
groups: {nbhosting: [thurst, thermals]}
`;

/** The swap as it is shipped. */
function swap(): Plan {
  const procedures = new Map(
    readdirSync(`${ROOT}procedures/nbhosting`).map((name) => {
      const verb = name.replace('.yml', '');
      return [`nbhosting/${verb}`, shipped(verb)] as const;
    }),
  );
  const inventory = parseInventory(INVENTORY, 'inventory.yml');
  if (!inventory.ok) throw new Error(JSON.stringify(inventory.problems));
  const texts = new Map<string, string>();
  const made = makePlan({
    procedure: shipped('swap'),
    params: { production: 'thurst', development: 'thermals', from: 'f27', to: 'f29', max_delete: 1000 },
    inventory: inventory.value,
    callees: new Map([...procedures].map(([name, procedure]) => [name, { procedure, texts }])),
    ...{ files: [], texts, commit: null, actions },
  });
  if (!made.ok) throw new Error(JSON.stringify(made.problems));
  return made.plan;
}

function shipped(verb: string): Procedure {
  const file = `procedures/nbhosting/${verb}.yml`;
  const parsed = parseProcedure(read(file), { file, system: 'nbhosting', verb, actions });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

/** The run, on boxes that become what its steps make of them. */
function story(): Story {
  const boxes = new Map([
    ['thurst', { function: 'production', release: 'f27' }],
    ['thermals', { function: 'development', release: 'f27' }],
  ]);
  const became: Readonly<Record<string, Partial<{ function: string; release: string }>>> = {
    upgrade: { release: 'f29' },
    release: { function: 'none' },
    'drop-development': { function: 'none' },
    take: { function: 'production' },
  };
  const job = ({ step, host }: JobKey): undefined => {
    const box = boxes.get(host);
    const more = became[step.split('/').at(-1) ?? ''];
    if (box !== undefined && more !== undefined) boxes.set(host, { ...box, ...more });
  };
  const restart = (before: string, boot: string) => [
    { afterMs: 300, boot: before },
    { afterMs: 9_000, unreachable: 'it is away' },
    { afterMs: 1_500_000, boot },
    { afterMs: 2_000, boot },
    { afterMs: 60_000, boot },
  ];
  return new Story(swap(), 'apply', {
    job,
    factsOn: (host) => ({
      function: { value: boxes.get(host)?.function ?? '' },
      release: { value: boxes.get(host)?.release ?? '' },
      pip_missing: { value: '' },
    }),
    condition: () => ({ exit_code: 0, stdout: '', stderr: '' }),
    restarts: [...restart(OLD, NEW), ...restart(OLD, NEW)],
  });
}

const OLD = '1b4e28ba-2fa1-11d2-883f-0016d3cca427 512';
const NEW = '6ba7b810-9dad-11d1-80b4-00c04fd430c8 498';

/** What the page shows of the bot's comments, one after the other. */
const quoted = (): readonly string[] =>
  [...section('docs/nbhosting.md', 'The thread').matchAll(/^> \*\*changeover\*\* commented\n((?:>.*\n)+)/gm)].map(
    ([, quote = '']) => quote.replaceAll(/^> ?/gm, ''),
  );

/** However its lines are broken, its folds opened, and whenever it happened. */
const plain = (text: string): string =>
  text
    .replace(/^<!--.*-->\n/, '')
    .replaceAll('<details open>', '<details>')
    .replaceAll(/\d\d:\d\d:\d\d UTC/g, 'then')
    .replaceAll(/\d+(?:\.\d+)? (?:ms|s|min|h)\b/g, 'so long')
    .replaceAll(/(?:so long ?)+/g, 'so long')
    .split(/\n{2,}/)
    .map((block) => block.replaceAll(/\s+/g, ' ').trim())
    .filter((block) => block !== '')
    .join('\n\n');

/** The first piece of a quote that the comment does not hold where it must stand. */
function strange(quote: string, comment: string): string | undefined {
  let at = 0;
  for (const piece of plain(quote).split(/(?:^|\n\n)…(?:\n\n|$)/)) {
    const found = plain(comment).indexOf(piece, at);
    if (found < 0) return piece;
    at = found + piece.length;
  }
  return undefined;
}

const body = ({ state }: Story, kind: string): string =>
  commentsOf(state, {}).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';

it('the page on nbhosting shows the thread as a swap by the shipped procedures prints it', () => {
  const run = story().play();
  const comments = [body(run, 'prompt-p1')];
  run.decide('continue');
  run.play();
  expect(run.state.status).toBe('succeeded');
  comments.push(body(run, 'live'), body(run, 'say-what-next'));
  const quotes = quoted();
  expect(quotes).toHaveLength(comments.length);
  for (const [index, quote] of quotes.entries()) expect(strange(quote, comments[index] ?? '')).toBeUndefined();
  expect(read('docs/nbhosting.md')).toContain(`where the run has ${String(run.state.steps.length)}\nsteps`);
});
