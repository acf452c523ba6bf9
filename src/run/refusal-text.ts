import type { Refusal } from './accept.ts';
import { whoMay } from './approvals.ts';
import type { Actor, AnswerKind, PromptState } from './types.ts';

/**
 * A refusal in words that name what to type instead.
 * @param run the run's id, for what must name it
 */
export function refusalText(run: string, refusal: Refusal): string {
  switch (refusal.kind) {
    case 'ended':
      return `Run ${run} has ended (${refusal.status}), so nothing can be decided about it any more. \`/status ${run}\` shows it.`;
    case 'aborting':
      return refusal.open === undefined
        ? `${nameOf(refusal.by)} has already aborted run ${run}; it ends as soon as its jobs have stopped. \`/status ${run}\` shows it.`
        : `${nameOf(refusal.by)} has already aborted run ${run}. What is done at its end asks ${refusal.open.id} now, about ${about(refusal.open)}: ${typed(run, refusal.open, 'abort')} gives that up.`;
    case 'begun':
      return `Run ${run} has begun, so it is in no queue any more and was not dropped. \`/abort ${run}\` stops it, and undoes nothing; \`/status ${run}\` shows where it is.`;
    case 'no_prompt':
      if (refusal.approve !== undefined) {
        return `Run ${run} has not started: it waits for an approval, so there is nothing to answer with \`/${refusal.decision}\`. \`/approve ${refusal.approve} ${run}\` approves it, \`/abort ${run}\` drops it.`;
      }
      return `Run ${run} is not asking anything now, so there is nothing to answer with \`/${refusal.decision}\`. \`/abort ${run}\` stops it; \`/status ${run}\` shows where it is.`;
    case 'no_such_prompt':
      return `Run ${run} has never asked ${refusal.prompt}. ${openText(run, refusal.open)}`;
    case 'answered':
      return answeredText(run, refusal.prompt, refusal.open);
    case 'before_prompt':
      return `\`/${refusal.decision}\` did nothing: it was written before ${refusal.prompt.id} of run ${run} was asked, about ${about(refusal.prompt)}. ${choices(run, refusal.prompt)}`;
    case 'not_allowed':
      return `${notAllowed(refusal)} ${choices(run, refusal.prompt)}`;
    case 'no_approval_wanted':
      return `Run ${run} does not wait for an approval, so \`/approve\` did nothing. ${openText(run, refusal.open)}`;
    case 'start_approved':
      return `Run ${run} was approved already by ${refusal.by.map(nameOf).join(' and ')}, and has started. \`/status ${run}\` shows it.`;
    case 'wrong_digest': {
      const instead = `To approve what was planned, look at it and type \`/approve ${refusal.wanted} ${run}\`.`;
      return refusal.typed === ''
        ? `\`/approve\` names the plan by the first eight digits of its digest at least. ${instead}`
        : `\`${refusal.typed}\` does not name the plan of run ${run} by the first eight digits of its digest at least, so nothing was approved. ${instead}`;
    }
    case 'own_run':
      return `You asked for run ${run}, so it is for somebody else to approve it. It waits on; \`/abort ${run}\` stops it.`;
    case 'may_not_approve':
      return `Run ${run} is approved by ${whoMay(refusal.by)}, so your approval does not count. It waits on: ask one of them.`;
    case 'approved_already':
      return `You have approved run ${run} already. It waits for ${String(refusal.missing)} more; \`/status ${run}\` shows it.`;
    case 'waits_already':
      return refusal.prompt === undefined
        ? `Run ${run} has not started: it waits for an approval, so there is nothing to pause. \`/abort ${run}\` drops it.`
        : `Run ${run} waits at ${refusal.prompt.id} already, so there is nothing to pause: it goes on only when that is answered. ${choices(run, refusal.prompt)}`;
    case 'pausing_already':
      return `${nameOf(refusal.by)} has already asked for a pause: run ${run} stops before its next step. \`/continue ${run}\` takes that back, \`/abort ${run}\` stops what is under way.`;
    case 'nothing_to_pause':
      return `${nothingToPause(run, refusal)} \`/abort ${run}\` stops it, \`/status ${run}\` shows where it is.`;
    case 'approve_in_issue':
      return `Run ${run} was asked for in an issue, where it is known who approves it: it is approved there, with \`/approve\`.`;
    case 'still_running': {
      const where = refusal.tasks.map((task) => `step ${task.step} on ${task.host}`).join(', ');
      return `${where}: the process of the last attempt is still alive there, and a retry would run beside it. ${others(run, refusal.prompt)}`;
    }
  }
}

const nameOf = (by: Actor): string => (by.kind === 'github' ? `@${by.login}` : by.user);

const openText = (run: string, open: PromptState | undefined): string =>
  open === undefined
    ? `It is not asking anything now; \`/status ${run}\` shows where it is.`
    : `It is asking ${open.id} now: answer ${typed(run, open, open.answers[0] ?? 'abort')}, or see \`/status ${run}\`.`;

function answeredText(run: string, { id, answer }: PromptState, open: PromptState | undefined): string {
  const said = answer === undefined ? '' : ` by ${nameOf(answer.by)} with \`/${answer.decision}\` (${answer.at})`;
  return `${id} of run ${run} was answered already${said}. ${openText(run, open)}`;
}

function notAllowed({ decision, why, prompt }: Extract<Refusal, { kind: 'not_allowed' }>): string {
  if (why === 'critical')
    return `Step ${prompt.step} is critical: what comes after it rests on it, so it cannot be skipped.`;
  if (why === 'approval') return 'An approval cannot be skipped: passed over, it would be none.';
  if (why === 'alive') return `What runs on ${prompt.lock?.name ?? 'the host'} of the run that holds it still lives.`;
  if (why === 'name')
    return `${prompt.lock?.name ?? 'It'} is no host on which the run that holds it could be stopped: end that run itself.`;
  if (why === 'ending') return 'The run is at its end, from which there is no way back.';
  if (why === 'rolling_back') return 'The run is rolling back already.';
  return `\`/${decision}\` is no answer to ${prompt.id}.`;
}

function nothingToPause(run: string, { why, step }: Extract<Refusal, { kind: 'nothing_to_pause' }>): string {
  if (why === 'dryrun') return `Run ${run} is a dry run: it changes nothing, so there is nothing to pause.`;
  if (why === 'blocked') return `Run ${run} is blocked and ends by itself: no change is begun that could be held back.`;
  if (why === 'ending') {
    return `Run ${run} is at its end, and what is always done there is not held back: it gives free what the run has taken.`;
  }
  return `${step === undefined ? `Run ${run}` : `Step ${step} of run ${run}`} is followed by no other step, so there is nothing to pause.`;
}

const about = ({ step, lock }: PromptState): string => (lock === undefined ? `step ${step}` : lock.name);

const choices = (run: string, prompt: PromptState): string => `Answer ${listed(run, prompt, prompt.answers)}.`;

const others = (run: string, prompt: PromptState): string =>
  `Answer ${listed(
    run,
    prompt,
    prompt.answers.filter((answer) => answer !== 'retry'),
  )}.`;

const typed = (run: string, { id, digest }: PromptState, answer: AnswerKind): string =>
  `\`/${[answer, ...(answer === 'approve' ? [digest] : []), run, id].join(' ')}\``;

function listed(run: string, prompt: PromptState, answers: readonly AnswerKind[]): string {
  const lines = answers.map((answer) => typed(run, prompt, answer));
  return [lines.slice(0, -1).join(', '), lines.at(-1)].filter(Boolean).join(' or ');
}
