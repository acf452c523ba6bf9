import { damagedText } from '../../engine/damaged.ts';
import { findRun, follow } from '../../engine/find-run.ts';
import type { RunId } from '../../run/types.ts';
import { runListText, runStatusText } from '../../thread/terminal-status.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { howToAnswer, questionOf } from './work.ts';

/** All runs in one table, or one run with its steps. With `--json` the run's events. */
export async function status(session: Session, run: RunId | undefined): Promise<ExitCode> {
  const { journal } = session.workshop;
  if (run === undefined) {
    const found = await Promise.all((await journal.runs()).map((each) => findRun(session.workshop, each)));
    const states = found.flatMap((each) => (each.kind === 'ok' ? [each.state] : []));
    session.say(runListText(states, session.style));
    for (const each of found) if (each.kind === 'broken') session.complain(damagedText(each));
    return EXIT.ok;
  }
  const read = await journal.read(run);
  if (read.kind === 'missing') {
    session.complain(`There is no run ${run} in ${session.options.journal}. \`changeover status\` lists the runs.`);
    return EXIT.invalid;
  }
  if (read.kind === 'broken') {
    session.complain(damagedText({ run, ...read }));
    return EXIT.invalid;
  }
  for (const event of read.events) session.emit(event);
  const followed = follow(read.events);
  if (followed.kind === 'broken') {
    session.complain(damagedText({ run, ...followed }));
    return EXIT.invalid;
  }
  const { state } = followed;
  session.say(runStatusText(state, session.style));
  const question = questionOf(state);
  if (question !== undefined) session.say(`\n${howToAnswer(state, question)}`);
  return EXIT.ok;
}
