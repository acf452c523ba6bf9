/** Compares again and again, each time for a while, until its input ends; then prints what came of it, each once. */
import { matchesInTime } from '../../src/engine/in-time.ts';

const seen = new Set<string>();
let over = false;
process.stdin.on('end', () => {
  over = true;
});
process.stdin.resume();

function again(): void {
  if (seen.size === 0) process.stdout.write('compares\n');
  seen.add(String(matchesInTime('(a|a)+b', 'a'.repeat(18))));
  if (!over) setImmediate(again);
  else process.stdout.write(`${[...seen].join(' ')}\n`);
}
again();
