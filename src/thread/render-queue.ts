import type { Actor, Instant, RunState, Where } from '../run/types.ts';
import { fit } from './fit.ts';
import { clock, commandLine, who } from './format.ts';
import { blocks, cellCode, code, plain, table } from './markdown.ts';
import { isOver, statusMark } from './marks.ts';
import { linkTo } from './waiting-text.ts';

/** Something that a person has locked, as far as it is shown. */
export interface LockedByHand {
  readonly name: string;
  readonly by: Actor;
  readonly reason: string;
  readonly at: Instant;
  readonly where: Extract<Where, { readonly kind: 'issue' }>;
}

/** `/queue`: what is locked or waited for, who has it, since when and why, and which runs wait for it, in their order. */
export function renderQueue(all: readonly RunState[], locks: readonly LockedByHand[]): string {
  const runs = all.filter((run) => !isOver(run) && run.mode === 'apply');
  const names = [
    ...locks.map(({ name }) => name),
    ...runs.flatMap((run) => [
      ...run.lockedNames,
      ...run.locked,
      ...(run.waitingFor === undefined ? [] : [run.waitingFor.name]),
    ]),
  ];
  const rows = [...new Set(names)].sort().map((name) => [
    cellCode(name),
    holders(name, runs, locks).join('<br>') || 'nobody',
    waiters(name, runs)
      .map((run, index) => `${String(index + 1)}. ${cellCode(run.run)}, ${aboutRun(run)}`)
      .join('<br>'),
  ]);
  if (rows.length === 0) return 'Nothing is locked, and no run waits.';
  return fit((detail) =>
    blocks(
      '### What is locked, and who waits',
      table(['what', 'who has it', 'who waits'], rows.slice(0, detail.rows)),
      rows.length > detail.rows ? `and ${String(rows.length - detail.rows)} more` : undefined,
      `${code('/cancel <run>')} drops a run that waits to begin; ${code('/unlock <what>')} takes back what a person has locked.`,
    ),
  );
}

function holders(name: string, runs: readonly RunState[], locks: readonly LockedByHand[]): readonly string[] {
  const holder = runs.find((run) => run.locked.includes(name) || run.lockedNames.includes(name));
  const lock = locks.find((each) => each.name === name);
  // One that is in no record here is known to those who wait for it.
  const told = waiters(name, runs).find(({ waitingFor }) => waitingFor?.holder?.kind === 'run')?.waitingFor?.held;
  return [
    ...(lock === undefined
      ? []
      : [`🔒 ${plain(who(lock.by))} since ${clock(lock.at, 'day')}: ${plain(lock.reason)}${place(lock.where)}`]),
    ...(holder === undefined
      ? told === undefined
        ? []
        : [plain(told)]
      : [`${cellCode(holder.run)} ${statusMark(holder).word}, ${aboutRun(holder)}`]),
  ];
}

const aboutRun = (run: RunState): string =>
  `${cellCode(commandLine(run))} by ${plain(who(run.by))} since ${clock(run.requestedAt, 'day')}${run.where.kind === 'issue' ? place(run.where) : ''}`;

function place({ owner, repo, issue, link }: Extract<Where, { readonly kind: 'issue' }>): string {
  const where = `${owner}/${repo}#${String(issue)}`;
  const words = link === undefined ? undefined : linkTo({ who: '', why: '', since: '', where, link });
  return ` (${words ?? plain(where)})`;
}

/** In the order in which they were asked for. */
const waiters = (name: string, runs: readonly RunState[]): readonly RunState[] =>
  runs
    .filter((run) => run.waitingFor?.name === name)
    .toSorted((one, other) => (`${one.requestedAt} ${one.run}` < `${other.requestedAt} ${other.run}` ? -1 : 1));
