import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';

/** What a check of one run's record found. */
export interface Verdict {
  readonly run: string;
  readonly events: number;
  readonly logs: number;
  /** Hash of the last line, which prompts and end comments carry. */
  readonly head: string;
  /** What is not as it was written, naming the event or the log. Empty: intact. */
  readonly broken: readonly string[];
}

/** 0 intact · 1 changed, naming event or log · 2 there is no such run or file. */
export async function verify(
  session: Session,
  target: string,
  check: (target: string) => Promise<Verdict | undefined>,
): Promise<ExitCode> {
  const verdict = await check(target);
  if (verdict === undefined) {
    session.complain(`There is no run and no file ${target}. \`changeover status\` lists the runs.`);
    return EXIT.invalid;
  }
  const { run, events, logs, head, broken } = verdict;
  for (const what of broken) session.say(what);
  if (broken.length > 0) return EXIT.failed;
  session.say(`Run ${run} is intact: ${String(events)} events and ${String(logs)} logs, head ${head}`);
  return EXIT.ok;
}
