import { createHash, randomUUID } from 'node:crypto';
import { findRun } from '../engine/find-run.ts';
import type { Clock, Journal } from '../engine/ports.ts';
import { mayDo, rightOf } from '../policy/rights.ts';
import { RUN_ID } from '../run/run-id.ts';
import type { RunId, RunState, Where } from '../run/types.ts';
import { plain } from '../thread/markdown.ts';
import { type Client, ONCE, type Place } from './api.ts';
import { patiently } from './patience.ts';
import type { Log, Repository } from './repository.ts';

/** A run on its way from one job of a workflow to the next. Only who knows the nonce takes it, and only once. */
export interface Handover {
  readonly run: RunId;
  readonly nonce: string;
}

/** The workflow whose next job goes on: its file's name, and the branch on which it runs. */
export interface Workflow {
  readonly file: string;
  readonly ref: string;
}

/** What is given to the next job; undefined where that is nothing of ours. */
export function readHandover(text: string): Handover | undefined {
  const [run = '', nonce = '', ...more] = text.trim().split(/\s+/);
  return RUN_ID.test(run) && nonce !== '' && more.length === 0 ? { run, nonce } : undefined;
}

/** The journal can be read by more people than may start a workflow, so it holds the nonce's digest alone. */
const keyOf = (what: 'offered' | 'taken', { run, nonce }: Handover): string =>
  `handover-${what}-${run}-${createHash('sha256').update(nonce).digest('hex')}`;

type Issue = Extract<Where, { kind: 'issue' }>;
type Noting = Pick<Journal, 'acceptOnce' | 'isAccepted' | 'settle' | 'kept'>;

/** @returns whether it is the first time, for ever */
async function note(journal: Noting, key: string, where: Issue): Promise<boolean> {
  const isFirst = await journal.acceptOnce(key, where);
  if (isFirst) await journal.settle(key);
  return isFirst;
}

/** Notes in the journal that a run may be taken over by who has what is returned. */
async function offer(journal: Noting, { run }: RunState, where: Issue): Promise<Handover> {
  const handover = { run, nonce: randomUUID() };
  await note(journal, keyOf('offered', handover), where);
  return handover;
}

/** A run is given back within this time, or the next job finds it as that of a job that has ended. */
const GIVE_BACK_MS = 60_000;
/** GitHub is waited for so long. If it starts the next job twice, that makes no difference. */
const START_MS = 5 * 60_000;

/**
 * Gives back the runs that a job works on, and starts a job for each to go on with it.
 * @param giveBack no new step is begun, jobs on hosts go on
 * @returns how many could not be handed over: they are given back all the same
 */
export async function handOver(
  { client, place, workflow }: { readonly client: Client; readonly place: Place; readonly workflow: Workflow },
  { journal, clock }: { readonly journal: Noting; readonly clock: Clock },
  app: { readonly atWork: () => Promise<readonly RunState[]>; readonly drain: (atMostMs: number) => Promise<void> },
  log: Log,
): Promise<number> {
  const offers: Handover[] = [];
  for (const state of await app.atWork()) {
    if (state.where.kind === 'issue') offers.push(await offer(journal, state, state.where));
  }
  await app.drain(GIVE_BACK_MS);
  // The next job must find them given back.
  await journal.kept?.();
  let failed = 0;
  for (const each of offers) {
    const inputs = { handover: `${each.run} ${each.nonce}` };
    const asked = { ...place, ...ONCE, workflow_id: workflow.file, ref: workflow.ref, inputs };
    const route = 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches';
    try {
      const warn = (message: string): void => {
        log.warn({ run: each.run }, message);
      };
      const patience = { clock, forMs: START_MS, signal: new AbortController().signal, log: warn };
      await patiently(() => client.request(route, asked), patience);
      log.info({ run: each.run, workflow: workflow.file }, 'The run is handed over to a new job.');
    } catch (error) {
      failed += 1;
      log.error({ err: error, run: each.run }, CANNOT_START);
    }
  }
  return failed;
}

const CANNOT_START =
  'No job could be started to go on with the run; it is given back, and the next job of any comment takes it up. The ' +
  'workflow needs `permissions: actions: write` and `on: workflow_dispatch` with an input `handover`.';

/**
 * Takes a run that another job has handed over. Who asked for the run must still be somebody who may.
 * @returns why it is not taken
 */
export async function takeHandover(repository: Repository, handover: Handover): Promise<string | undefined> {
  const { workshop, api, runs, conversation } = repository;
  const { run } = handover;
  const found = await findRun(workshop, run);
  if (found.kind !== 'ok') return `there is no run ${run} that can be read`;
  const { by, where, requestedAt } = found.state;
  if (by.kind !== 'github' || where.kind !== 'issue') return `run ${run} was not asked for in an issue`;
  if (!(await workshop.journal.isAccepted(keyOf('offered', handover)))) return `nobody has handed run ${run} over so`;
  const patience = {
    ...{ clock: workshop.clock, forMs: START_MS, signal: repository.closing },
    log: (message: string) => {
      repository.log.warn({ run }, message);
    },
  };
  const permission = await patiently(() => api.permission(by.login), patience);
  const right = permission === undefined ? 'none' : rightOf(permission.role_name, permission.permission);
  if (mayDo(found.state.mode === 'dryrun' ? 'dryrun' : 'run', right).kind === 'refused') {
    const text =
      `Run ${run} was not taken over by a new job: **${plain(by.login)}**, who asked for it, has the right "${right}" now. ` +
      'What is under way on its hosts goes on there. Somebody who may can type `/abort`.';
    conversation.reply(where.issue, { id: where.comment, createdAt: requestedAt }, text, {
      about: 'handover',
      again: true,
    });
    return `${by.login}, who asked for run ${run}, has the right "${right}" now`;
  }
  if (!(await note(workshop.journal, keyOf('taken', handover), where))) return `run ${run} was taken over so before`;
  await runs.pickUpAll((state) => state.run === run);
  return undefined;
}
