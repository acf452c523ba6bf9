import { load, loadInventory, procedureNames } from '../engine/load.ts';
import { readLog } from '../engine/read-log.ts';
import type { Problem } from '../language/types.ts';
import { allSteps, withoutItem } from '../run/steps.ts';
import type { JobKey, RunState } from '../run/types.ts';
import type { Command } from '../thread/command.ts';
import { LONGEST } from '../thread/fit.ts';
import { mistakeText } from '../thread/mistake-text.ts';
import { renderHosts, renderLogs, renderRunStatus, renderStatus } from '../thread/render-answers.ts';
import { renderQueue } from '../thread/render-queue.ts';
import { type Described, renderHelp, renderProcedures } from '../thread/render-help.ts';
import { damagedIn, noRun, ofIssue } from './issue-runs.ts';
import { problemsText, withProblems } from './problems-text.ts';
import { view } from '../engine/view.ts';
import type { Repository } from './repository.ts';

type Question = Exclude<Command, { kind: 'procedure' | 'decision' | 'approve' | 'lock' | 'unlock' | 'cancel' }>;

/** Answers a question asked in an issue. Nothing is changed by it. */
export async function answerQuestion(repository: Repository, question: Question, issue: number): Promise<string> {
  const { workshop, runs } = repository;
  switch (question.kind) {
    case 'help': {
      const { described, faults } = await describeAll(repository);
      return withProblems(renderHelp(described, question.verb, question.system), faults);
    }
    case 'procedures': {
      const { described, faults } = await describeAll(repository);
      return withProblems(renderProcedures(described), faults);
    }
    case 'hosts': {
      const inventory = await loadInventory(workshop.source, await workshop.source.head());
      return inventory.ok
        ? renderHosts(inventory.value, await runs.states(), await workshop.journal.handLocks())
        : problemsText(inventory.problems);
    }
    case 'queue':
      return renderQueue(await runs.states(), await workshop.journal.handLocks());
    case 'status': {
      const { states, damaged } = await runs.all();
      const here = ofIssue(states, issue);
      const broken = damagedIn(damaged, issue, question.run);
      if (question.run === undefined) return [renderStatus(here), broken].filter((part) => part !== '').join('\n\n');
      const state = here.find(({ run }) => run === question.run);
      if (state !== undefined) return renderRunStatus(state, view);
      return broken === '' ? noRun(question.run, here) : broken;
    }
    case 'logs':
      return logs(repository, question, ofIssue(await runs.states(), issue));
  }
}

/** Every procedure that can be read, and what is wrong with those that cannot. */
async function describeAll({
  workshop: { source },
}: Repository): Promise<{ readonly described: readonly Described[]; readonly faults: readonly Problem[] }> {
  const commit = await source.head();
  const loadings = await Promise.all((await procedureNames(source, commit)).map((name) => load(source, commit, name)));
  const described = loadings.flatMap((loading) => (loading.kind === 'ok' ? [loading.loaded.procedure] : []));
  const problems = loadings.flatMap((loading) => (loading.kind === 'faulty' ? loading.problems : []));
  // What is wrong with the inventory is found anew with each procedure.
  return { described, faults: [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()] };
}

/** Bytes of each stream that a comment could have room for. */
const LOG_BYTES = 64 * 1024;

/** The last attempt of a step in the run that is named, or in the newest run of the issue that has such a step. */
async function logs(
  { workshop }: Repository,
  { step, host, run }: Extract<Question, { kind: 'logs' }>,
  here: readonly RunState[],
): Promise<string> {
  const meant = run === undefined ? here : here.filter((state) => state.run === run);
  const [newest] = meant;
  if (newest === undefined) return run === undefined ? mistakeText({ kind: 'no_runs_here' }) : noRun(run, here);
  const named = meant.filter((state) => stepIds(state).includes(step));
  if (named.length === 0) return mistakeText({ kind: 'no_such_step', step, known: stepIds(newest) });
  for (const state of named) {
    const jobs = lastJobs(state, step).filter((job) => host === undefined || job.host === host);
    const parts: string[] = [];
    for (const job of jobs) {
      const log = await readLog(workshop.logs, state, job, Math.floor(LOG_BYTES / jobs.length));
      if (log !== undefined) parts.push(renderLogs(state, { job, ...log }));
    }
    if (parts.length > 0) return fitting(parts, step, state.run);
  }
  return mistakeText({ kind: 'no_log', step, ...(host === undefined ? {} : { host }) });
}

const stepIds = (state: RunState): readonly string[] => [...new Set(allSteps(state).map(({ id }) => withoutItem(id)))];

/** The rollback's attempts are the later ones. */
function lastJobs(state: RunState, step: string): readonly JobKey[] {
  for (const steps of [state.always, state.after, state.undo, state.steps]) {
    const jobs = steps
      .filter(({ id }) => withoutItem(id) === step)
      .flatMap(({ id, phase, tasks }) =>
        tasks.flatMap(({ item, host, attempts }) => {
          // One that waits to be tried again has said nothing yet.
          const begun = attempts.findLast((each) => (each.startedAt ?? each.finished) !== undefined);
          const attempt = (begun ?? attempts.at(-1))?.attempt;
          return attempt === undefined ? [] : [{ step: id, item, host, phase, attempt }];
        }),
      );
    if (jobs.length > 0) return jobs;
  }
  return [];
}

/** What does not fit into a comment is asked for by itself rather than cut. */
function fitting(parts: readonly string[], step: string, run: string): string {
  const shown: string[] = [];
  for (const part of parts) {
    if (shown.length > 0 && shown.join('\n\n').length + part.length > LONGEST) break;
    shown.push(part);
  }
  const left = parts.length - shown.length;
  return left === 0
    ? shown.join('\n\n')
    : [
        ...shown,
        `The output of ${String(left)} more has no room here. Ask for a host's: \`/logs ${step} <host> ${run}\`.`,
      ].join('\n\n');
}
