import { refusalText } from '../run/refusal-text.ts';
import type { RunState } from '../run/types.ts';
import type { Command } from '../thread/command.ts';
import { commandLine } from '../thread/format.ts';
import { mistakeText } from '../thread/mistake-text.ts';
import type { CommentEvent } from './boundary.ts';
import { damagedIn, noRun, ofIssue } from './issue-runs.ts';
import type { Order } from './do-command.ts';
import type { Repository } from './repository.ts';
import { worded } from './worded.ts';

type DecisionCommand = Extract<Command, { kind: 'decision' }>;

/** Brings a decision to the run it means. @returns the refusal; undefined where the run goes on and tells so itself. */
export async function decide(repository: Repository, order: Order<DecisionCommand>): Promise<string | undefined> {
  const { command, event, by, heardAt } = order;
  const { states, damaged } = await repository.runs.all();
  const meant = runMeant(command, event, states);
  if (meant.kind === 'answer') {
    const broken = damagedIn(damaged, event.issue, command.run);
    if (broken === '') return meant.text;
    return command.run === undefined ? `${meant.text}\n\n${broken}` : broken;
  }
  const { prompt, decision: kind } = command;
  const decision = { kind, heardAt, ...(prompt === undefined ? {} : { prompt }) };
  const decided = await repository.runs.decide(meant.run, decision, by, event.comment.id);
  if (decided.kind === 'refused') return worded([decided.why]);
  const { accepted } = decided;
  return accepted.ok ? undefined : worded([refusalText(accepted.run, accepted.refusal)]);
}

type Meant = { readonly kind: 'run'; readonly run: string } | { readonly kind: 'answer'; readonly text: string };

/** The run that is named, or the one of this issue that waits for just such an answer; else the question which. */
export function runMeant(
  { decision, run: named, prompt }: DecisionCommand,
  { issue, comment }: Pick<CommentEvent, 'issue' | 'comment'>,
  states: readonly RunState[],
): Meant {
  const here = ofIssue(states, issue);
  if (named !== undefined) {
    if (here.some(({ run }) => run === named)) return { kind: 'run', run: named };
    const elsewhere = states.find(({ run }) => run === named);
    return { kind: 'answer', text: elsewhere === undefined ? noRun(named, here) : otherIssue(elsewhere) };
  }
  // A run that was asked for after this was written (ids rise) cannot be meant, however late it comes in.
  const open = here.filter(
    ({ endedAt, where }) => endedAt === undefined && where.kind === 'issue' && where.comment < comment.id,
  );
  const waiting = open.filter((state) =>
    state.prompts.some(({ id, answer }) => answer === undefined && (prompt === undefined || id === prompt)),
  );
  // Whoever says /abort means a run that is under way, too; and one that does not wait can say best why it does not.
  const candidates = waiting.length > 0 && decision !== 'abort' ? waiting : open;
  const [only, second] = candidates;
  if (only === undefined) return { kind: 'answer', text: mistakeText({ kind: 'nothing_waits', decision }) };
  if (second === undefined) return { kind: 'run', run: only.run };
  const choices = candidates.map((state) => {
    const asked = state.prompts.find(({ answer }) => answer === undefined);
    return {
      run: state.run,
      ...(asked === undefined ? {} : { prompt: asked.id }),
      about: commandLine(state, state.mode === 'dryrun' ? 'dryrun' : undefined),
    };
  });
  return { kind: 'answer', text: mistakeText({ kind: 'which_run', typed: `/${decision}`, choices }) };
}

function otherIssue({ run, where }: RunState): string {
  const place = where.kind === 'issue' ? `#${String(where.issue)}` : 'a terminal';
  return `Nothing was done: run ${run} belongs to ${place}. Decide about it there.`;
}
