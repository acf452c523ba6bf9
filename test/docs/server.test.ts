import { expect, it } from '@jest/globals';
import { CALL_RESULTS } from '../../src/github/calls.ts';
import { createMetrics } from '../../src/github/metrics.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { createCensus } from '../../src/github/census.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { section } from './pages.ts';

/** The metrics that a server tells, with the labels of those that have values from the beginning. */
async function told(): Promise<{ readonly names: readonly string[]; readonly labels: ReadonlyMap<string, string> }> {
  const census = createCensus(createMemoryJournal({ clock: systemClock, worker: 'test' }));
  const links = () => ({ open: 0, made: 0, failed: 0 });
  const text = await createMetrics({ census, links, failures: () => 0 }).text();
  const labels = [...text.matchAll(/^(\w+)\{(\w+)="/gm)].map(([, name = '', label = '']) => [name, label] as const);
  return { names: [...text.matchAll(/^# HELP (\S+) /gm)].map(([, name = '']) => name), labels: new Map(labels) };
}

it('tells every metric that there is, and nothing else', async () => {
  const rows = [...section('docs/server.md', 'Watch it').matchAll(/^\| `(changeover_\w+)(?:\{([\w,]+)\})?` \|/gm)];
  const { names, labels } = await told();
  expect(names.length).toBeGreaterThan(5);
  expect(rows.map(([, name]) => name)).toEqual(names);
  expect(labels.size).toBeGreaterThan(0);
  for (const [name, label] of labels) expect(rows.find((row) => row[1] === name)?.[2]).toBe(label);
});

it('tells every way in which a call to GitHub ends', () => {
  const row = section('docs/server.md', 'Watch it')
    .split('\n')
    .find((line) => line.includes('changeover_github_calls_total'));
  expect([...(row ?? '').matchAll(/`(\w+)`/g)].map(([, word]) => word)).toEqual(CALL_RESULTS);
});
