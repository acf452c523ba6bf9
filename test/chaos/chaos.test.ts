import { describe, expect, it } from '@jest/globals';
import { seedFor } from '../generated/seed.ts';
import { needs } from '../support/needs.ts';
import { chaos } from './chaos.ts';
import { whyNoNetworks } from './network.ts';
import { report } from './tally.ts';

const KILLS = 50;
/** No run is begun after that. */
const LONGEST_MS = 120_000;
const AT_MOST_MS = LONGEST_MS + 240_000;

const why = whyNoNetworks();
if (why !== undefined) process.stderr.write(`skipped: chaos (${why})\n`);
const tests = why === undefined || process.env['CI'] === 'true' ? needs('sshd', 'ip', 'ss', 'unshare') : describe.skip;

tests('a procedure of twenty steps on three hosts', () => {
  it(
    `whose bot, sshd, links and jobs are killed ${String(KILLS)} times does each line once and keeps each byte once`,
    async () => {
      const say = (line: string): void => {
        process.stderr.write(`${line}\n`);
      };
      const seed = seedFor('test/chaos/chaos.test.ts');
      const { tally, found } = await chaos({ kills: KILLS, seed, say, signal: AbortSignal.timeout(LONGEST_MS) });
      say(`\n${report(tally)}\n`);
      expect(found).toBeUndefined();
      expect(tally.kills.length).toBe(KILLS);
    },
    AT_MOST_MS,
  );
});
