import { KINDS, type Kill, type Kind } from './kills.ts';
import type { Moment } from './moment.ts';

/** What has been seen in all runs so far. */
export interface Tally {
  readonly kills: Kill[];
  runs: number;
  readonly ends: Map<string, number>;
  readonly outcomes: Map<string, number>;
  /** Events by their type. */
  readonly events: Map<string, number>;
  readonly answers: Map<string, number>;
  prompts: number;
  byHand: number;
  pickUps: number;
  settled: Map<string, number>;
  seconds: number;
}

export const emptyTally = (): Tally => ({
  kills: [],
  runs: 0,
  ends: new Map(),
  outcomes: new Map(),
  events: new Map(),
  answers: new Map(),
  prompts: 0,
  byHand: 0,
  pickUps: 0,
  settled: new Map(),
  seconds: 0,
});

export const add = (counts: Map<string, number>, name: string, more = 1): void => {
  counts.set(name, (counts.get(name) ?? 0) + more);
};

const MOMENTS: readonly Moment[] = [
  'before the first step',
  'job prepared',
  'job claimed',
  'job running',
  'job ended',
  'between steps',
  'at a prompt',
  'after the end',
];

/** The whole of it, for people. */
export function report(tally: Tally): string {
  const { kills } = tally;
  const kinds = Object.keys(KINDS) as readonly Kind[];
  const row = (name: string, of: readonly Kill[]): string =>
    [
      name.padEnd(24),
      ...kinds.map((kind) => String(of.filter((each) => each.kind === kind).length).padStart(8)),
      String(of.length).padStart(8),
    ].join('');
  return [
    `${String(kills.length)} kills in ${String(tally.runs)} runs of 20 steps on 3 hosts, ${tally.seconds.toFixed(0)} s`,
    '',
    ['it hit'.padEnd(24), ...kinds.map((kind) => kind.padStart(8)), 'all'.padStart(8)].join(''),
    ...MOMENTS.map((moment) =>
      row(
        moment,
        kills.filter((kill) => kill.moment === moment),
      ),
    ),
    row('all', kills),
    row(
      'in the bot’s sync',
      kills.filter(({ syncing }) => syncing),
    ),
    '',
    ...kinds.map((kind) => `${kind}: ${KINDS[kind]}`),
    '',
    `picked up ${String(tally.pickUps)} times · ${String(tally.prompts)} prompts (${listed(tally.answers) || 'none answered'}), ${String(tally.byHand)} steps done by hand`,
    `jobs: ${listed(tally.outcomes)}`,
    `looked at again: ${listed(tally.settled) || 'none'}`,
    `runs: ${listed(tally.ends)}`,
  ].join('\n');
}

const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${String(count)} ${name}`)
    .join(', ');
