/** Claims a run in a process of its own, prints what came of it, and holds it until told otherwise or killed. */
import { createFileJournal } from '../../src/journal/file.ts';
import { AT, clockAt } from './requests.ts';

const [dir = '', run = ''] = process.argv.slice(2);
const journal = createFileJournal(dir, { clock: clockAt(AT), worker: `claimer ${String(process.pid)}` });

process.stdout.write('ready\n');
process.stdin.once('data', () => {
  void (async () => {
    const claim = await journal.claim(run);
    if (claim.kind === 'claimed')
      await claim.writer.append([{ type: 'run_started', worker: String(process.pid), epoch: claim.writer.epoch }]);
    process.stdout.write(`${claim.kind}\n`);
  })();
});
