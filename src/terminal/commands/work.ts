import type { Drive, DriveEnd } from '../../engine/drive.ts';
import { pickUp } from '../../engine/pick-up.ts';
import { prepareCall, startRun } from '../../engine/request.ts';
import { stateOf } from '../../engine/find-run.ts';
import { accept } from '../../run/accept.ts';
import { digestToType } from '../../run/approvals.ts';
import { openPrompt } from '../../run/evolve-decision.ts';
import { refusalText } from '../../run/refusal-text.ts';
import { awaitsStart } from '../../run/start.ts';
import type { Actor, AnswerKind, Decision, Mode, PromptState, RunId, RunState } from '../../run/types.ts';
import { counted } from '../../thread/markdown.ts';
import { statusMark } from '../../thread/marks.ts';
import { waitingText } from '../../thread/waiting-text.ts';
import { promptText, startApprovalText } from '../../thread/terminal-prompt.ts';
import { ANSWERS, isAnswer, parseCall } from '../call.ts';
import { EXIT, type ExitCode, exitOf } from '../exit-codes.ts';
import { placed } from '../problems.ts';
import type { Session } from '../session.ts';
import { typed } from '../typed.ts';

export interface StartOptions {
  readonly mode: Mode;
  readonly onFailure?: 'prompt' | 'rollback' | 'abort';
  /** False: do not wait for a host that another run holds. */
  readonly wait: boolean;
}

/** `plan` and `run`: checks the words, shows the plan, asks once, and works until the end or a decision. */
export async function start(session: Session, words: readonly string[], options: StartOptions): Promise<ExitCode> {
  const call = parseCall(words);
  const here = options.mode === 'dryrun' ? 'plan' : 'run';
  if (!call.ok) return invalid(session, call.texts, here);
  const mode = call.dryrun ? 'dryrun' : options.mode;
  const planned = await prepareCall(session.workshop, call.call, mode);
  if (planned.kind === 'refused') return invalid(session, planned.texts, here);
  if (planned.kind === 'faulty') {
    return invalid(
      session,
      planned.problems.map((problem) => placed(problem, session.options)),
    );
  }
  if (planned.kind === 'not_now') {
    for (const text of planned.texts) session.complain(`Not started. ${typed(text, here)}`);
    return EXIT.failed;
  }
  const { plan } = planned;
  if (mode === 'apply' && !session.options.yes) {
    const place = plan.environment === undefined ? '' : ` in ${plan.environment.name}`;
    const title = `${plan.verb} ${plan.system}${place} on ${plan.hosts.map((host) => host.name).join(', ')}: ${counted(plan.steps.length, 'step')}, plan ${plan.plan_digest.slice(0, 8)}`;
    if (!session.interactive) {
      session.complain(`Not started: nobody can be asked here. To start "${title}" without being asked, add --yes.`);
      return EXIT.waiting;
    }
    const answer = await session.ask(`Start ${title}? [y/N] `);
    if (!/^y(es)?$/i.test(answer?.trim() ?? '')) {
      session.say('Not started.');
      return EXIT.failed;
    }
  }
  const { onFailure } = options;
  const drive = await startRun(session.workshop, {
    plan,
    mode,
    by: actor(session),
    where: { kind: 'terminal' },
    start: planned.start,
    ...(onFailure === undefined ? {} : { onFailure }),
  });
  return work(session, drive, options.wait);
}

/** `resume`: picks a run up and goes on. */
export async function resume(
  session: Session,
  run: RunId,
  words: readonly string[],
  asRecorded: boolean,
): Promise<ExitCode> {
  if (words.length > 0) {
    return invalid(session, [
      `A run knows what it is. Type: changeover resume ${run}; or, where its journal is lost, add --from-hosts.`,
    ]);
  }
  return take(session, run, asRecorded, (drive) => work(session, drive, true));
}

/** `decide` and `rollback`: answers the run's open prompt and goes on. */
export async function decide(
  session: Session,
  run: RunId,
  word: string,
  prompt: string | undefined,
  asRecorded: boolean,
): Promise<ExitCode> {
  if (!isAnswer(word)) return invalid(session, [`"${word}" is no answer. Type one of: ${ANSWERS.join(', ')}.`]);
  const decision: Decision = { kind: word, ...(prompt === undefined ? {} : { prompt }) };
  // What would be refused is refused before the run is taken over: to ask in vain must change nothing.
  const state = await stateOf(session.workshop, run);
  const judged = state === undefined ? undefined : accept(state, decision, actor(session));
  if (judged?.ok === false) return invalid(session, [refusalText(judged.run, judged.refusal)]);
  const decided = async (drive: Drive): Promise<ExitCode> => {
    const refused = await answer(session, drive, decision);
    const code = await work(session, drive, true, refused !== undefined);
    return refused === undefined ? code : EXIT.invalid;
  };
  return take(session, run, asRecorded, decided, state && whereToAnswer(state, word));
}

/** Whoever works on a run that is talked about in an issue takes answers from there. */
function whereToAnswer({ run, where }: RunState, word: string): string | undefined {
  if (where.kind !== 'issue') return undefined;
  const issue = `${where.owner}/${where.repo}#${String(where.issue)}`;
  return `Nothing was decided. To decide it, write this comment in ${issue}: \`/${word} ${run}\``;
}

async function take(
  session: Session,
  run: RunId,
  asRecorded: boolean,
  go: (drive: Drive) => Promise<ExitCode>,
  whereHeld?: string,
): Promise<ExitCode> {
  const picked = await pickUp(session.workshop, run, asRecorded);
  if (picked.kind === 'refused') {
    const code = invalid(session, [picked.why]);
    // Typed in an issue it keeps its slash.
    if (picked.held === true && whereHeld !== undefined) session.complain(whereHeld);
    return code;
  }
  if (picked.kind === 'over') {
    session.complain(`Run ${run} ${statusMark(picked.state).word} before. Nothing is left to do.`);
    for (const left of picked.untidied) session.complain(untidied(picked.state, left));
    return exitOf({ ...picked, kind: 'finished' });
  }
  return go(picked.drive);
}

/** Works until the run ends or waits; at a terminal a person is asked, and the run goes on. */
async function work(session: Session, first: Drive, wait: boolean, quiet = false): Promise<ExitCode> {
  let drive = first;
  for (;;) {
    const current = drive;
    const asked = current.state().prompts.length;
    session.onStop(() => {
      current.stop();
    });
    const end = await (wait ? current.ended : endOrQueued(current));
    if (end.kind === 'stopped') session.complain(handedBack(end.state));
    if (end.kind === 'finished') for (const left of end.untidied) session.complain(untidied(end.state, left));
    if (end.kind === 'lost') {
      session.complain(end.why);
      return EXIT.unknown;
    }
    if (end.kind !== 'waiting' || quiet) return exitOf(end);
    const decision = await askPerson(session, end.state, end.state.prompts.length > asked);
    if (decision === undefined) return exitOf(end);
    const picked = await pickUp(session.workshop, end.state.run, true);
    if (picked.kind !== 'working') return exitOf(end);
    drive = picked.drive;
    await answer(session, drive, decision);
  }
}

/** With `--no-wait` a run that would have to queue for a host is given back instead. */
async function endOrQueued(drive: Drive): Promise<DriveEnd> {
  const watch = setInterval(() => {
    if (drive.state().waitingFor !== undefined) drive.stop();
  }, 20);
  const end = await drive.ended;
  clearInterval(watch);
  return end;
}

async function answer(session: Session, drive: Drive, decision: Decision): Promise<string | undefined> {
  const accepted = await drive.decide(decision, actor(session));
  const refused =
    accepted === 'over'
      ? 'The run has just ended.'
      : accepted.ok
        ? undefined
        : refusalText(accepted.run, accepted.refusal);
  if (refused !== undefined) session.complain(typed(refused));
  return refused;
}

const actor = (session: Session): Actor => ({ kind: 'terminal', user: session.user });

/** @param seen what the prompt is about has just been shown */
async function askPerson(session: Session, state: RunState, seen: boolean): Promise<Decision | undefined> {
  const question = questionOf(state);
  if (question === undefined) return undefined;
  const { prompt, answers } = question;
  session.say(
    prompt === undefined ? startApprovalText(state, session.style) : promptText(state, prompt, session.style, seen),
  );
  if (!session.interactive) {
    session.complain(`\n${howToAnswer(state, question)}`);
    return undefined;
  }
  const asksDigest = answers.includes('approve');
  const words = answers.map((answer) => (answer === 'approve' ? `approve ${digestToType(state)}` : answer));
  const at = prompt === undefined ? {} : { prompt: prompt.id };
  for (let tries = 0; tries < 20; tries += 1) {
    const word = (await session.ask(`${words.join(' / ')}? `))?.trim().replace(/^\//, '');
    if (word === undefined) return undefined;
    const agreed = asksDigest ? /^approve\s+(\S+)$/.exec(word)?.[1] : undefined;
    if (agreed !== undefined) {
      const decision: Decision = { kind: 'approve', digest: agreed, ...at };
      const judged = accept(state, decision, actor(session));
      if (judged.ok) return decision;
      session.complain(typed(refusalText(judged.run, judged.refusal)));
      continue;
    }
    if (isAnswer(word) && word !== 'pause' && answers.includes(word)) return { kind: word, ...at };
    session.say(`Please type one of: ${words.join(', ')}. Ctrl-D leaves the run waiting.`);
  }
  return undefined;
}

/** What a run waits to be told: at a prompt, or without one before it starts. */
interface Question {
  readonly prompt?: PromptState;
  readonly answers: readonly AnswerKind[];
}

export function questionOf(state: RunState): Question | undefined {
  if (awaitsStart(state)) return { answers: ['approve', 'abort'] };
  const prompt = state.endedAt === undefined ? openPrompt(state) : undefined;
  return prompt && { prompt, answers: prompt.answers };
}

/** What to type where nobody can be asked. */
export function howToAnswer(state: RunState, question: Question): string {
  const answers = question.answers.filter((answer) => answer !== 'approve');
  const decide = `changeover decide ${state.run} ${answers.join('|')}`;
  return answers.length === question.answers.length
    ? `Answer with: ${decide}`
    : `To approve it type, at a terminal: changeover resume ${state.run}\nAnswer otherwise with: ${decide}`;
}

function untidied(state: RunState, left: string): string {
  return `The run's folder and its lock stay on ${left}. Once it can be reached, type: changeover resume ${state.run}`;
}

function handedBack(state: RunState): string {
  if (state.waitingFor !== undefined) {
    return `Run ${state.run} waits for ${waitingText(state.waitingFor)}. Go on later with: changeover resume ${state.run}`;
  }
  return `Stopped. Jobs that are under way go on on their hosts. Go on with: changeover resume ${state.run}`;
}

export function invalid(session: Session, texts: readonly string[], start?: 'run' | 'plan'): ExitCode {
  for (const text of texts) session.complain(typed(text, start));
  return EXIT.invalid;
}
