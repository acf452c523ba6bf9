import { describe, expect, it } from '@jest/globals';
import { drive } from '../../src/engine/drive.ts';
import type { Hosts, JobLog, Journal, Logs, RunWriter } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import type { Workshop } from '../../src/engine/workshop.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import type { Plan } from '../../src/plan/types.ts';
import type { Actor, EventBody, JobKey, JobReport } from '../../src/run/types.ts';
import { finished, memoryLogs, obedientHosts } from '../github/workbench.ts';
import { createSecrets } from '../../src/host/secrets.ts';
import { plan, step } from '../run/plans.ts';

const by: Actor = { kind: 'terminal', user: 'olivia' };
const FULL = 'ENOSPC: no space left on device';

interface Parts {
  readonly hosts?: Hosts;
  readonly logs?: Logs;
  /** Whether the journal takes these events. */
  readonly takes?: (events: readonly EventBody[]) => boolean;
  readonly release?: () => Promise<void>;
  readonly made?: Plan;
}

/** A run of two steps on one host, as far as it comes. */
async function worked({
  hosts = obedientHosts(),
  logs = memoryLogs(),
  takes = () => true,
  release,
  made = plan([step('one'), step('two')]),
}: Parts): Promise<{
  readonly drive: ReturnType<typeof drive>;
  readonly journal: Journal;
}> {
  const journal = createMemoryJournal({ clock: systemClock, worker: 'test' });
  const workshop: Workshop = {
    ...{ hosts, journal, logs, secrets: createSecrets({}), clock: systemClock, worker: 'test' },
    source: {
      head: () => Promise.resolve(null),
      read: () => Promise.resolve(undefined),
      list: () => Promise.resolve([]),
    },
    conversation: { changed: () => undefined, settled: () => Promise.resolve() },
  };
  const first = {
    type: 'run_requested',
    plan: made,
    mode: 'apply',
    by,
    where: { kind: 'terminal' },
  } as const;
  const { writer, events } = await journal.create(first, systemClock.now());
  const started = await writer.append([{ type: 'run_started', worker: 'test', epoch: 1 }]);
  const choosy: RunWriter = {
    ...writer,
    append: (bodies) => (takes(bodies) ? writer.append(bodies) : Promise.reject(new Error(FULL))),
    release: release ?? (() => writer.release()),
  };
  return { drive: drive(workshop, choosy, [...events, ...started]), journal };
}

const fullDisk = (): Logs => {
  const log: JobLog = {
    offsets: () => ({ out: 0, err: 0 }),
    write: () => Promise.reject(new Error(FULL)),
    seal: () => Promise.reject(new Error(FULL)),
  };
  return { ...memoryLogs(), open: () => Promise.resolve(log) };
};

describe('a turn at a run', () => {
  it('has a job tidied on its host once its end is recorded, and not before', async () => {
    const tidied: JobKey[] = [];
    let recorded = 0;
    const known: number[] = [];
    const hosts = obedientHosts();
    const tidying: Hosts = {
      ...hosts,
      host: (host) => ({
        ...hosts.host(host),
        tidyJob: (_run, job) => {
          tidied.push(job);
          known.push(recorded);
          return Promise.resolve({ kind: 'ok', value: null });
        },
      }),
    };
    const takes = (events: readonly EventBody[]): boolean => {
      recorded += events.filter(({ type }) => type === 'job_finished').length;
      return true;
    };
    const { drive: turn } = await worked({ hosts: tidying, takes });
    expect((await turn.ended).kind).toBe('finished');
    expect(tidied.map(({ step: id }) => id)).toEqual(['one', 'two']);
    expect(known).toEqual([1, 2]);
  });

  it('leaves on the host what tells of a job whose end was not seen', async () => {
    const tidied: JobKey[] = [];
    const unknown: JobReport = { kind: 'unknown', why: 'the link broke', alive: false };
    const hosts = obedientHosts(() => unknown);
    const tidying: Hosts = {
      ...hosts,
      host: (host) => ({
        ...hosts.host(host),
        tidyJob: (_run, job) => {
          tidied.push(job);
          return Promise.resolve({ kind: 'ok', value: null });
        },
      }),
    };
    const { drive: turn } = await worked({ hosts: tidying });
    expect((await turn.ended).kind).toBe('waiting');
    expect(tidied).toEqual([]);
  });

  it('ends, with the reason, where a log cannot be written, and the run can be taken up again', async () => {
    const { drive: turn, journal } = await worked({ logs: fullDisk() });
    expect(await turn.ended).toMatchObject({ kind: 'lost', why: FULL });
    expect((await journal.claim(turn.state().run)).kind).toBe('claimed');
  });

  it('answers whoever decides although the journal does not take the decision', async () => {
    let hang: (report: JobReport) => void = () => undefined;
    const hosts = obedientHosts(() => new Promise((resolve) => (hang = resolve)));
    const takes = (events: readonly EventBody[]): boolean => events.every(({ type }) => type !== 'decision_made');
    const { drive: turn } = await worked({ hosts, takes });
    expect(await turn.decide({ kind: 'abort' }, by)).toBe('over');
    expect(await turn.ended).toMatchObject({ kind: 'lost', why: FULL });
    hang(finished('done'));
  });

  it('is over once somebody is asked at the end of an aborted run, whatever had been waited for before', async () => {
    const waits = { kind: 'wait', until: { expr: 'facts.up' }, everyMs: 3_600_000, atMostMs: 3_600_000 } as const;
    const made = plan([step('one'), step('wait', { work: waits, readOnly: true, undo: { kind: 'none' } })], {
      always: [step('free', { undo: { kind: 'none' } })],
    });
    let polled: () => void = () => undefined;
    const polling = new Promise<void>((resolve) => (polled = resolve));
    const hosts = obedientHosts(({ job }) => finished(job.step === 'free' ? 'failed' : 'done'));
    const down: Hosts = {
      ...hosts,
      host: (host) => ({
        ...hosts.host(host),
        read: () => {
          polled();
          return Promise.resolve({ kind: 'ok', value: { exit_code: 1, stdout: '', stderr: '' } });
        },
      }),
    };
    const { drive: turn } = await worked({ hosts: down, made });
    await polling;
    expect(await turn.decide({ kind: 'abort' }, by)).toMatchObject({ ok: true });
    const end = await turn.ended;
    expect(end.kind).toBe('waiting');
    expect(end.state).toMatchObject({ ending: { status: 'aborted' }, prompts: [{ step: 'free' }] });
  });

  it('says so where it cannot give the run back', async () => {
    const { drive: turn } = await worked({ release: () => Promise.reject(new Error(FULL)) });
    expect(await turn.ended).toMatchObject({ kind: 'lost', why: FULL });
  });
});
