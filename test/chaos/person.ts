import { appendFileSync } from 'node:fs';
import type { Answer } from './bot.ts';
import type { ChaosHosts } from './hosts.ts';
import { attemptOn, sessionOf } from './moment.ts';
import { chaosSteps } from './procedure.ts';
import type { RunRecord } from './record.ts';

export interface Judged extends Answer {
  /** Hosts on which the person did by hand what was missing. */
  readonly byHand: readonly string[];
}

/**
 * What a person would answer who looks at the hosts: nothing while a job of the step lives; `retry` where nothing of it
 * was done, or where it may be done again; `skip` where it was done, after doing by hand what is missing elsewhere.
 */
export function judge(hosts: ChaosHosts, run: string, record: RunRecord): Judged | undefined {
  const prompt = record.openPrompt();
  const step = chaosSteps.find(({ id }) => id === prompt?.step);
  if (prompt === undefined || step === undefined) return undefined;
  const about = prompt.tasks.map(({ host }) => hosts.named(host));
  const lives = about.some((host) => {
    const { pid, moment } = attemptOn(host, run, step.id);
    return pid !== undefined && moment !== 'ended' && sessionOf(pid).length > 0;
  });
  if (lives) return undefined;
  const missing = about.filter((host) => !host.lines().split('\n').includes(step.line));
  const isSafe = step.kind !== 'plain' || missing.length === about.length;
  if (isSafe) return { prompt: prompt.prompt, word: 'retry', byHand: [] };
  for (const host of missing) appendFileSync(host.machine.path('home/lines'), `${step.line}\n`);
  return { prompt: prompt.prompt, word: 'skip', byHand: missing.map(({ name }) => name) };
}
