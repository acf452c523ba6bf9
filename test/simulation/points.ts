import { readFileSync } from 'node:fs';
import * as z from 'zod';

const schema = z.object({ oneOf: z.array(z.object({ title: z.string() })) });

/** The types of events there are, as they are told to the world. */
export const EVENTS: readonly string[] = [
  ...new Set(
    schema
      .parse(JSON.parse(readFileSync(new URL('../../schema/event.schema.json', import.meta.url), 'utf8')))
      .oneOf.map(({ title }) => title),
  ),
];

const both = (first: string, second: string, ...names: readonly string[]): readonly string[] =>
  names.flatMap((name) => [`${name} ${first}`, `${name} ${second}`]);

/**
 * The moments at which a process can die, each named by what would have come next. Between two of them nothing happens
 * that anybody else could see.
 */
export const POINTS: readonly string[] = [
  ...both('is written', 'is known', ...EVENTS),
  ...both(
    'is written',
    'is known',
    'claim',
    'release',
    'accept',
    'answer',
    'settle',
    'cursor',
    'lock name',
    'line',
    'hand lock',
  ),
  'the journal is read',
  ...both(
    'arrives',
    'is answered',
    ...['co_job', 'co_follow', 'co_settle', 'co_kill', 'co_jobs', 'co_raise', 'co_tidy', 'co_lock', 'co_unlock'],
    ...['co_look', 'co_living', 'co_bar'],
    ...['co_close', 'a read'],
  ),
  ...['a host is connected', 'a lost link is noticed'],
  ...[
    'a job claims',
    'a job looks again',
    'a job works',
    'a job ends',
    'a job is killed',
    'a bar marks',
    'a bar looks again',
  ],
  ...both(
    'arrives',
    'is answered',
    ...[
      'GET comments',
      'GET comment',
      'POST comments',
      'PATCH comment',
      'GET right',
      'POST reaction',
      'GET commit',
      'GET file',
    ],
  ),
  ...['a webhook comes in', 'a timer'],
];

/** What happens beside us: nothing of ours comes before or after it. */
const OUTSIDE = ['people', 'webhook', 'service manager starts it anew', 'host: is back', 'github: is back'];

const known = new Map<string, readonly string[]>();

/**
 * The points that an atom is; none: it is not of ours. Of events that are written together each counts.
 * @throws Error where no list has its name, as nobody would see then that no process ever died there
 */
export function pointsOf(atom: string): readonly string[] {
  const before = known.get(atom);
  if (before !== undefined) return before;
  const found = OUTSIDE.includes(atom) ? [] : parts(atom);
  const unnamed = found.find((part) => !POINTS.includes(part));
  if (unnamed !== undefined) {
    throw new Error(`"${unnamed}" is in no list of test/simulation/points.ts. Name it there, so that it is counted.`);
  }
  known.set(atom, found);
  return found;
}

function parts(atom: string): readonly string[] {
  const [, names = '', how = ''] = /^([\w+]+) (is written|is known)$/.exec(atom) ?? [];
  return names === '' ? [atom] : names.split('+').map((name) => `${name} ${how}`);
}
