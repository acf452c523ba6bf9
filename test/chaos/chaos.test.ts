import { describe, expect, it } from '@jest/globals';
import { seedFor } from '../generated/seed.ts';
import { needs } from '../support/needs.ts';
import { chaos } from './chaos.ts';
import { whyNoNetworks } from './network.ts';
import { report } from './tally.ts';
import { spawnSync } from '../support/run-sync.ts';

const KILLS = 50;
/** Five times what a busy machine takes, and no promise that is broken where it takes longer. */
const ENOUGH_MS = 15 * 60_000;
/** For what is under way then: commands that look at what is left, and taking all of it down. */
const TO_END_MS = 5 * 60_000;

const why = whyNoNetworks();
if (why !== undefined) process.stderr.write(`skipped: chaos (${why})\n`);
const tests = why === undefined || process.env['CI'] === 'true' ? needs('sshd', 'ip', 'ss', 'unshare') : describe.skip;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

tests('a procedure of twenty steps on three hosts', () => {
  it(
    `whose bot, sshd, links and jobs are killed ${String(KILLS)} times does each line once and keeps each byte once`,
    async () => {
      const seed = seedFor('test/chaos/chaos.test.ts');
      const { tally, found } = await chaos({ kills: KILLS, seed, say, giveUp: AbortSignal.timeout(ENOUGH_MS) });
      say(`\n${report(tally)}\n`);
      expect(found).toBeUndefined();
      const reached = tally.kills.length;
      if (reached < KILLS) {
        throw new Error(
          `Too slow: ${String(reached)} of ${String(KILLS)} kills in ${String(ENOUGH_MS / 60_000)} minutes. Nothing was lost, doubled or left in those runs.`,
        );
      }
      expect(reached).toBe(KILLS);
    },
    ENOUGH_MS + TO_END_MS,
  );

  it('is taken down where it is given up in its midst, which is no broken promise', async () => {
    const giveUp = AbortSignal.timeout(4_000);
    const { tally, found } = await chaos({ kills: KILLS, seed: 7, say, giveUp });
    expect([found, tally.runs, tally.kills]).toEqual([undefined, 0, []]);
    const networks = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout;
    expect(networks).not.toContain(`co-chaos-${String(process.pid)}-`);
  });
});
