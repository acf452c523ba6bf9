/** Takes a comment up in a process of its own, says so, and then does nothing more, until it is killed. */
import { createFileJournal } from '../../src/journal/file.ts';
import { clockAt } from './requests.ts';

const [dir = '', comment = '', now = ''] = process.argv.slice(2);
const journal = createFileJournal(dir, { clock: clockAt(now), worker: `taker ${String(process.pid)}` });
const where = { kind: 'issue', owner: 'acme', repo: 'ops', issue: 1, comment: Number(comment) } as const;

process.stdin.resume();
process.stdout.write((await journal.acceptOnce(`comment-${comment}`, where)) ? 'taken\n' : 'not taken\n');
