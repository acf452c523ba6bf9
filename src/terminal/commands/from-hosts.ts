import { rebuild } from '../../engine/rebuild.ts';
import type { RunId } from '../../run/types.ts';
import { listed } from '../../thread/markdown.ts';
import { parseCall } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { placed } from '../problems.ts';
import type { Session } from '../session.ts';
import { typed } from '../typed.ts';
import { invalid, resume } from './work.ts';

/** `resume --from-hosts`: the journal is lost, so the record is made anew of what hosts hold. Then the run waits for a person. */
export async function resumeFromHosts(session: Session, run: RunId, words: readonly string[]): Promise<ExitCode> {
  if (words.length === 0) {
    return invalid(session, [
      `The hosts hold what was done, but not the plan. Type what the run was started with, too: changeover resume ${run} --from-hosts VERB SYSTEM [ARGS…]`,
    ]);
  }
  const call = parseCall(words);
  if (!call.ok) return invalid(session, call.texts);
  if (call.dryrun) return invalid(session, ['A dry run leaves nothing on hosts. Type: changeover plan …']);
  const made = await rebuild(session.workshop, run, call.call);
  if (made.kind === 'faulty') {
    return invalid(
      session,
      made.problems.map((problem) => placed(problem, session.options)),
    );
  }
  if (made.kind !== 'rebuilt') {
    for (const text of made.texts) session.complain(typed(text));
    return made.kind === 'unknown' ? EXIT.unknown : EXIT.invalid;
  }
  session.say(
    `The record of run ${run} was made anew from what ${listed(made.hosts)} ${made.hosts.length === 1 ? 'holds' : 'hold'} of it.`,
  );
  return resume(session, run, [], false);
}
