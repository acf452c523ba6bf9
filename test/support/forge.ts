import { readFileSync, writeFileSync } from 'node:fs';
import { NO_HASH, seal } from '../../src/run/chain.ts';
import type { EventBody, RunEvent } from '../../src/run/types.ts';

/** What somebody does who writes a run's record anew: other events, numbered and chained as they should be. */
export function forge(file: string, change: (events: readonly RunEvent[]) => readonly (RunEvent | EventBody)[]): void {
  const events = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) throw new Error(`There is no event in ${file}.`);
  let head = NO_HASH;
  const lines = change(events).map((event, index) => {
    const { at } = 'at' in event && 'seq' in event ? event : last;
    const sealed = seal(head, index + 1, first.run, at, event);
    head = sealed.hash;
    return `${sealed.line}\n`;
  });
  writeFileSync(file, lines.join(''));
}
