import { describe, expect, it } from '@jest/globals';
import { play, type Played, PROCESSES, TIME_OUT_MS } from './play.ts';
import { type Counted, timeText, told } from './report.ts';

/** CI asks for many; the few that are played otherwise find what is grossly wrong. */
const HISTORIES = Number(process.env['HISTORIES'] ?? 1_000);
const EACH = Math.ceil(HISTORIES / PROCESSES);
/** So many come to every moment, the rarest of which one in some ten thousand comes to. */
const MANY = 50_000;

const sum = (all: readonly Readonly<Record<string, number>>[]): Record<string, number> => {
  const total: Record<string, number> = {};
  for (const [name, count] of all.flatMap((each) => Object.entries(each))) total[name] = (total[name] ?? 0) + count;
  return total;
};

const never = (counts: Readonly<Record<string, number>>): readonly string[] =>
  Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [name] : []));

const totalOf = (played: readonly Played[]): Counted => ({
  histories: played.reduce((all, { histories }) => all + histories, 0),
  atoms: played.reduce((all, { atoms }) => all + atoms, 0),
  events: sum(played.map(({ events }) => events)),
  crashes: sum(played.map(({ crashes }) => crashes)),
  troubles: sum(played.map(({ troubles }) => troubles)),
});

const unmetIn = ({ events, crashes }: Counted): readonly string[] => [...never(events), ...never(crashes)];

describe('histories of bots, hosts and GitHub', () => {
  it(
    'keep every promise after each event, whatever dies, and meet each event and each moment to die at',
    async () => {
      const began = Date.now();
      const seeds = Array.from({ length: PROCESSES }, (_, index) => (began + index * 7919) % 2_147_483_647);
      const played = await Promise.all(
        seeds.map((seed) => play(['--seed', String(seed), '--histories', String(EACH)])),
      );
      const total = totalOf(played);
      const seconds = (Date.now() - began) / 1000;
      process.stdout.write(
        `${told(total, `seeds ${seeds.join(', ')}`)}\n${timeText(total.histories, seconds, PROCESSES)}\n`,
      );
      const broken = played.flatMap(({ seed, path, why }) =>
        why === undefined ? [] : [`npm run simulate -- --seed ${String(seed)} --path ${path ?? ''}\n${why}`],
      );
      expect(broken).toEqual([]);
      expect(total.histories).toBe(EACH * PROCESSES);
      if (total.histories >= MANY) expect(unmetIn(total)).toEqual([]);
    },
    TIME_OUT_MS,
  );
});
