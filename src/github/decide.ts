import { awaited, namesPlan } from '../run/approvals.ts';
import { waitsForPerson } from '../run/evolve-decision.ts';
import { refusalText } from '../run/refusal-text.ts';
import type { Decision, DecisionKind, RunId, RunState } from '../run/types.ts';
import type { Command } from '../thread/command.ts';
import { commandLine } from '../thread/format.ts';
import { mistakeText } from '../thread/mistake-text.ts';
import type { CommentEvent } from './boundary.ts';
import { damagedIn, noRun, ofIssue } from './issue-runs.ts';
import type { Order } from './do-command.ts';
import type { Repository } from './repository.ts';
import { worded } from './worded.ts';

type DecisionCommand = Extract<Command, { kind: 'decision' }>;
type ApproveCommand = Extract<Command, { kind: 'approve' }>;

/** What an answer says of the run and the prompt that it is for. */
type Named = Omit<DecisionCommand, 'kind' | 'decision'> & { readonly decision: DecisionKind | 'approve' };

/** Brings a decision to the run it means. @returns the refusal; undefined where the run goes on and tells so itself. */
export async function decide(repository: Repository, order: Order<DecisionCommand>): Promise<string | undefined> {
  const { command, event, heardAt } = order;
  const meant = await meantBy(repository, command, event);
  const { prompt, decision: kind } = command;
  return bring(repository, order, meant, { kind, heardAt, ...(prompt === undefined ? {} : { prompt }) });
}

/** The same of an agreement. */
export async function approve(repository: Repository, order: Order<ApproveCommand>): Promise<string | undefined> {
  const { command, event, heardAt } = order;
  const { digest, prompt } = command;
  const meant = await meantByApproval(repository, command, event);
  const decision = { kind: 'approve', digest, heardAt, ...(prompt === undefined ? {} : { prompt }) } as const;
  return bring(repository, order, meant, decision);
}

/** The run that a command decides about; undefined where it decides nothing, or that is not clear. */
export async function runDecidedAbout(
  repository: Repository,
  command: Command,
  event: CommentEvent,
): Promise<RunId | undefined> {
  const meant = await meantAtAll(repository, command, event);
  return meant?.kind === 'run' ? meant.run : undefined;
}

async function meantAtAll(repository: Repository, command: Command, event: CommentEvent): Promise<Meant | undefined> {
  switch (command.kind) {
    case 'decision':
      return meantBy(repository, command, event);
    case 'approve':
      return meantByApproval(repository, command, event);
    case 'cancel':
      return meantBy(repository, { decision: 'abort', run: command.run }, event);
    default:
      return undefined;
  }
}

function meantByApproval(repository: Repository, command: ApproveCommand, event: CommentEvent): Promise<Meant> {
  const { digest, prompt, run } = command;
  const optional = { ...(run === undefined ? {} : { run }), ...(prompt === undefined ? {} : { prompt }) };
  const fitting = (states: readonly RunState[]): readonly RunState[] =>
    run === undefined ? ofPlan(states, digest) : states;
  return meantBy(repository, { decision: 'approve', ...optional }, event, fitting);
}

/** Of several that wait for an approval, the one whose plan is named. */
function ofPlan(states: readonly RunState[], digest: string): readonly RunState[] {
  const named = states.filter((state) => awaited(state) !== undefined && namesPlan(state, digest));
  return states.filter((state) => awaited(state) === undefined || named.length === 0 || named.includes(state));
}

/** Which run it is for; where that is none, what can be said of it, and of runs here that cannot be read. */
async function meantBy(
  repository: Repository,
  named: Named,
  event: CommentEvent,
  fitting = (states: readonly RunState[]): readonly RunState[] => states,
): Promise<Meant> {
  const { states, damaged } = await repository.runs.all();
  const meant = runMeant(named, event, fitting(states));
  const broken = meant.kind === 'answer' ? damagedIn(damaged, event.issue, named.run) : '';
  if (meant.kind === 'run' || broken === '') return meant;
  return { kind: 'answer', text: named.run === undefined ? `${meant.text}\n\n${broken}` : broken };
}

async function bring(
  repository: Repository,
  { by, event, taking }: Order,
  meant: Meant,
  decision: Decision,
): Promise<string | undefined> {
  if (meant.kind === 'answer') return meant.text;
  const decided = await repository.runs.decide(meant.run, decision, by, event.comment.id, taking);
  if (decided.kind === 'refused') return worded([decided.why]);
  const { accepted } = decided;
  return accepted.ok ? undefined : worded([refusalText(accepted.run, accepted.refusal)]);
}

type Meant = { readonly kind: 'run'; readonly run: string } | { readonly kind: 'answer'; readonly text: string };

/** The run that is named, or the one of this issue that waits for just such an answer; else the question which. */
export function runMeant(
  { decision, run: named, prompt }: Named,
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
  const isMeant = (id: string | undefined): boolean => prompt === undefined || id === prompt;
  const waiting = open.filter((state) => {
    const wanted = awaited(state);
    if (decision === 'approve') return wanted !== undefined && isMeant(wanted.prompt);
    return state.prompts.some(({ id, answer }) => answer === undefined && isMeant(id));
  });
  // Whoever says /pause means a run that is under way, who says /abort may mean one, too; and one that does not wait can say best why it does not.
  const working = open.filter((state) => !waitsForPerson(state));
  const likely = decision === 'abort' ? [] : decision === 'pause' ? working : waiting;
  const candidates = likely.length > 0 ? likely : open;
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
