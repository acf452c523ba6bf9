/**
 * Kills bot, sshd, links and jobs at random instants, and looks whether anything was lost, doubled or left:
 * `npm run chaos -- --kills N --seed S`. Root only, after `npm run build`.
 */
import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';
import { whyNoNetworks } from './network.ts';
import { report } from './tally.ts';

const DEFAULT_KILLS = 50;
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
  const kills = Number(values.kills ?? DEFAULT_KILLS);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed) || seed < 0) {
    process.stderr.write('Type: npm run chaos -- --kills N --seed S, both whole numbers, N from 1 on\n');
    return 2;
  }
  const why = whyNoNetworks();
  if (why !== undefined) {
    process.stderr.write(`chaos cannot be had here: ${why}\n`);
    return 2;
  }
  say(`seed ${String(seed)}, ${String(kills)} kills`);
  const [stop, giveUp] = [new AbortController(), new AbortController()];
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      say(stop.signal.aborted ? 'stops' : 'stops after this run; once more: at once');
      if (stop.signal.aborted) giveUp.abort();
      stop.abort();
    });
  }
  const { tally, found } = await chaos({ kills, seed, say, signal: stop.signal, giveUp: giveUp.signal });
  say(`\n${report(tally)}`);
  if (found === undefined) {
    say('\nNothing was lost, doubled or left.');
    return 0;
  }
  say(`\n${found.problems.map((problem) => `WRONG: ${problem}`).join('\n')}`);
  say(`\nKept in ${found.kept}. Again: npm run chaos -- --kills 12 --seed ${String(found.seed)}`);
  return 1;
}

process.exitCode = await main();
