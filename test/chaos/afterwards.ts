import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../src/run/types.ts';
import type { ChaosHost, ChaosHosts } from './hosts.ts';
import { ALL_LINES, blockOf, chaosSteps } from './procedure.ts';
import { contentOf } from './record.ts';

/** What is wrong once a run has ended; empty where each line and each byte is there once and nothing is left. */
export async function wrongAfter(
  hosts: ChaosHosts,
  run: string,
  journal: string,
  events: readonly RunEvent[],
): Promise<readonly string[]> {
  const status = events.flatMap((event) => (event.type === 'run_finished' ? [event.status] : []));
  const isBlocked = status[0] === 'failed' && !events.some(({ type }) => type === 'step_opened');
  const left = await Promise.all(hosts.all.map((host) => leftOn(host, run, isBlocked)));
  return [
    ...(isBlocked || (status.length === 1 && status[0] === 'succeeded') ? [] : [`it ended as: ${status.join(', ')}`]),
    ...hosts.all.flatMap((host) => wrongLines(host, isBlocked ? '' : ALL_LINES)),
    ...wrongLogs(hosts, run, journal, events),
    ...claimLeft(join(journal, 'locks', run)),
    ...left.flat(),
  ];
}

function wrongLines(host: ChaosHost, wanted: string): readonly string[] {
  const lines = host.lines();
  return lines === wanted ? [] : [`${host.name} has the lines ${lines.trim().split('\n').join(' ')}`];
}

/** Each job's log is what its step prints, or, where the job did not come to its end, what it begins with. */
function wrongLogs(hosts: ChaosHosts, run: string, journal: string, events: readonly RunEvent[]): readonly string[] {
  return chaosSteps.flatMap((step) => {
    const block = blockOf(step);
    return hosts.all.flatMap(({ name }) => {
      const folder = join(journal, 'logs', run, name, step.id, '-');
      const files = existsSync(folder) ? readdirSync(folder) : [];
      return files.flatMap((file) => {
        const [, attempt, stream] = /^apply\.(\d+)\.(out|err)$/.exec(file) ?? [];
        if (attempt === undefined || (stream !== 'out' && stream !== 'err')) return [];
        const kept = contentOf(folder, file);
        const isWhole = endOf(events, step.id, name, Number(attempt)) === 'changed';
        const wanted = isWhole ? block[stream] : block[stream].slice(0, kept.length);
        return kept === wanted ? [] : [`the log ${join(name, step.id, file)} (${String(kept.length)} bytes) is wrong`];
      });
    });
  });
}

/** Settled by checks it may have ended in mid-word, so only what the host itself tells counts. */
function endOf(events: readonly RunEvent[], step: string, host: string, attempt: number): string | undefined {
  const last = events.findLast(
    (event) =>
      (event.type === 'job_finished' || (event.type === 'job_settled' && event.by === 'host')) &&
      event.job.step === step &&
      event.job.host === host &&
      event.job.attempt === attempt,
  );
  return last !== undefined && 'outcome' in last ? last.outcome : undefined;
}

/** The last worker has given the run back. */
function claimLeft(folder: string): readonly string[] {
  const last = Math.max(0, ...readdirSync(folder).map((name) => (/^\d+$/.test(name) ? Number(name) : 0)));
  const claim = contentOf(folder, String(last));
  return claim.includes('"released":true') ? [] : [`the run is still claimed in the journal: ${claim}`];
}

async function leftOn(host: ChaosHost, run: string, isBlocked: boolean): Promise<readonly string[]> {
  const home = host.machine.path('home/.changeover');
  const processes = await host.machine.left();
  return [
    ...(existsSync(join(home, 'lock')) ? [`${host.name} is still locked: ${contentOf(home, 'lock')}`] : []),
    ...(existsSync(join(home, 'runs', run)) ? [`${host.name} still has the run's folder`] : []),
    ...(isBlocked || existsSync(join(home, 'closed', run)) ? [] : [`${host.name} has no mark that the run is closed`]),
    ...processes.map(
      (pid) => `${host.name} has a process left: ${contentOf('/proc', String(pid), 'cmdline').replaceAll('\0', ' ')}`,
    ),
  ];
}
