import { describe, expect, it } from '@jest/globals';
import { drive, type Drive } from '../../src/engine/drive.ts';
import { pickUp } from '../../src/engine/pick-up.ts';
import type { Host, Hosts, Journal, LogSink, Logs } from '../../src/engine/ports.ts';
import { createRuns } from '../../src/engine/runs.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import type { Workshop } from '../../src/engine/workshop.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { NO_HASH, hashOf, lineOf } from '../../src/run/chain.ts';
import type { Actor, JobReport, RunEvent, RunId } from '../../src/run/types.ts';
import { finished, memoryLogs, obedientHosts } from '../github/workbench.ts';
import { createSecrets } from '../../src/host/secrets.ts';
import { plan, step } from '../run/plans.ts';

const olivia: Actor = { kind: 'terminal', user: 'olivia' };
const william: Actor = { kind: 'terminal', user: 'william' };
const anywhere = { kind: 'terminal' } as const;

/** Jobs that end when the test says so, followed by whoever asks; counts who follows at once. */
function heldJobs(tellsStart = true): {
  readonly hosts: Hosts;
  readonly end: (job: string, report: JobReport) => void;
  readonly asked: readonly string[];
  /** The most who followed one job at the same time. */
  readonly most: () => number;
  /** Sinks of the jobs under way. */
  readonly sinks: readonly LogSink[];
} {
  const asked: string[] = [];
  const ends = new Map<string, (report: JobReport) => void>();
  const reports = new Map<string, Promise<JobReport>>();
  const sinks: LogSink[] = [];
  const following = new Map<string, number>();
  let most = 0;
  const follow = async (kind: string, job: string, sink: LogSink): Promise<JobReport> => {
    asked.push(`${kind} ${job}`);
    sinks.push(sink);
    const now = (following.get(job) ?? 0) + 1;
    following.set(job, now);
    most = Math.max(most, now);
    const report = reports.get(job) ?? new Promise<JobReport>((resolve) => ends.set(job, resolve));
    reports.set(job, report);
    const answer = await report;
    following.set(job, now - 1);
    return answer;
  };
  const base: Host = obedientHosts().host(plan([step('x')]).hosts[0] ?? never());
  const host: Host = {
    ...base,
    ensureJob: (order, sink, started) => {
      if (tellsStart) started({ pid: 7, bootId: 'boot' });
      return follow('ensure', `${order.job.step}@${order.job.host}`, sink);
    },
    settle: (order, sink) => follow('settle', `${order.job.step}@${order.job.host}`, sink),
    kill: (_run, job) => {
      asked.push(`kill ${job.step}@${job.host}`);
      return base.kill(_run, job, 0);
    },
  };
  return {
    hosts: {
      host: ({ name }) => ({
        ...host,
        preflight: () =>
          Promise.resolve({
            kind: 'ok',
            value: { troubles: [], machine_id: name, boot_id: 'boot', login_user: 'root' },
          }),
      }),
      end: () => Promise.resolve(),
    },
    end: (job, report) => {
      ends.get(job)?.(report);
    },
    asked,
    most: () => most,
    sinks,
  };
}

function never(): never {
  throw new Error('a plan has a host');
}

function workshopOf(hosts: Hosts, journal: Journal = createMemoryJournal({ clock: systemClock, worker: 'test' })) {
  return {
    hosts,
    journal,
    logs: memoryLogs(),
    clock: systemClock,
    secrets: createSecrets({}),
    worker: 'test',
    source: {
      head: () => Promise.resolve(null),
      read: () => Promise.resolve(undefined),
      list: () => Promise.resolve([]),
    },
    conversation: { changed: () => undefined, settled: () => Promise.resolve() },
  } satisfies Workshop;
}

const two = plan([step('one', { hosts: ['alpha', 'beta'] }), step('two', { hosts: ['alpha'] })]);

async function begun(workshop: Workshop, what = two): Promise<Drive> {
  const first = { type: 'run_requested', plan: what, mode: 'apply', by: olivia, where: anywhere } as const;
  const { writer, events } = await workshop.journal.create(first, systemClock.now());
  const started = await writer.append([{ type: 'run_started', worker: 'test', epoch: writer.epoch }]);
  return drive(workshop, writer, [...events, ...started]);
}

async function eventsOf(journal: Journal, run: RunId): Promise<readonly RunEvent[]> {
  const read = await journal.read(run);
  return read.kind === 'ok' ? read.events : [];
}

/** Waits until it holds, for a while at most. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 8000 && !holds(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
}

describe('a turn at a run', () => {
  it('records all that happens side by side in one order, each event chained to the one before', async () => {
    const jobs = heldJobs();
    const workshop = workshopOf(jobs.hosts);
    const turn = await begun(workshop);
    await until(() => jobs.asked.length === 2);
    jobs.end('one@beta', finished('done'));
    jobs.end('one@alpha', finished('done'));
    await until(() => jobs.asked.includes('ensure two@alpha'));
    jobs.end('two@alpha', finished('done'));
    const end = await turn.ended;
    expect(end).toMatchObject({ kind: 'finished', state: { status: 'succeeded' } });
    const events = await eventsOf(workshop.journal, end.state.run);
    let head = NO_HASH;
    for (const [index, event] of events.entries()) {
      expect(event).toMatchObject({ seq: index + 1, prev: head });
      head = hashOf(lineOf(event));
    }
    const ends = events.flatMap((event) =>
      event.type === 'job_finished' ? [`${event.job.step}@${event.job.host}`] : [],
    );
    expect(ends).toEqual(['one@beta', 'one@alpha', 'two@alpha']);
    expect(jobs.asked).toHaveLength(3);
  });

  it('begins an effect once, however often other events pass by while it is under way', async () => {
    const jobs = heldJobs();
    const workshop = workshopOf(jobs.hosts);
    const turn = await begun(workshop);
    await until(() => jobs.asked.length === 2);
    jobs.end('one@alpha', finished('done'));
    await until(() => turn.state().steps[0]?.tasks.some((task) => task.outcome === 'changed') === true);
    for (const decision of ['retry', 'skip', 'continue'] as const) {
      expect(await turn.decide({ kind: decision }, william)).toMatchObject({ ok: false });
    }
    expect(jobs.asked).toEqual(['ensure one@alpha', 'ensure one@beta']);
    turn.stop();
    await turn.ended;
  });

  it('follows a job once also when it is aborted, and its end is the record’s last word', async () => {
    // Its start is not known yet: a look whether it ever started is wanted, but it is being followed already.
    const jobs = heldJobs(false);
    const workshop = workshopOf(jobs.hosts);
    const turn = await begun(workshop);
    await until(() => jobs.asked.length === 2);
    expect(await turn.decide({ kind: 'abort' }, william)).toMatchObject({ ok: true });
    await until(() => jobs.asked.includes('kill one@alpha') && jobs.asked.includes('kill one@beta'));
    jobs.end('one@alpha', killed);
    jobs.end('one@beta', killed);
    const { kind, state } = await turn.ended;
    expect([kind, state.status, jobs.most()]).toEqual(['finished', 'aborted', 1]);
    expect(jobs.asked).not.toContain('ensure two@alpha');
    expect((await eventsOf(workshop.journal, state.run)).at(-1)).toMatchObject({ type: 'run_finished' });
  });

  it('lets the first of two decisions win, and tells the other so', async () => {
    const workshop = workshopOf(obedientHosts(() => finished('failed')));
    const turn = await begun(workshop, plan([step('one')]));
    const { state } = await turn.ended;
    expect(state.prompts).toMatchObject([{ id: 'p1' }]);
    const runs = createRuns(workshop);
    const picked = await pickUp(workshop, state.run, true);
    if (picked.kind !== 'working') throw new Error('the run waits, so it can be picked up');
    const [first, second] = await Promise.all([
      picked.drive.decide({ kind: 'abort', prompt: 'p1' }, olivia),
      picked.drive.decide({ kind: 'skip', prompt: 'p1' }, william),
    ]);
    expect(first).toMatchObject({ ok: true });
    expect(second).toMatchObject({ ok: false, refusal: { kind: 'answered' } });
    expect(await picked.drive.ended).toMatchObject({ kind: 'finished', state: { status: 'aborted' } });
    expect(await picked.drive.decide({ kind: 'retry' }, william)).toBe('over');
    expect(await runs.decide(state.run, { kind: 'retry' }, william)).toMatchObject({ kind: 'refused' });
  });

  it('hears a decision made at once after a waiting run was picked up', async () => {
    const workshop = workshopOf(obedientHosts(() => finished('failed')));
    const { state } = await (await begun(workshop, plan([step('one')]))).ended;
    for (let tries = 2; tries < 6; tries += 1) {
      const picked = await pickUp(workshop, state.run, true);
      if (picked.kind !== 'working') throw new Error('the run waits, so it can be picked up');
      expect(await picked.drive.decide({ kind: 'retry' }, william)).toMatchObject({ ok: true });
      expect(await picked.drive.ended).toMatchObject({ kind: 'waiting', state: { epoch: tries } });
    }
  });
});

const killed: JobReport = { ...finishedReport(), end: 'killed', exitCode: null };

function finishedReport(): Extract<JobReport, { kind: 'finished' }> {
  const report = finished('failed');
  if (report.kind !== 'finished') throw new Error('it is finished');
  return report;
}

describe('a worker that is told to stop', () => {
  it('begins nothing more, gives the run back, and writes no byte into its logs from then on', async () => {
    const jobs = heldJobs();
    const written: string[] = [];
    const logs: Logs = {
      ...memoryLogs(),
      open: async (run, job) => {
        const log = await memoryLogs().open(run, job);
        return {
          ...log,
          write: (_stream, bytes) => {
            written.push(Buffer.from(bytes).toString());
            return Promise.resolve();
          },
        };
      },
    };
    const workshop = { ...workshopOf(jobs.hosts), logs };
    const turn = await begun(workshop);
    await until(() => jobs.sinks.length === 2);
    await jobs.sinks[0]?.write('out', Buffer.from('heard'));
    turn.stop();
    expect(await turn.ended).toMatchObject({ kind: 'stopped' });
    // Refused, and not held: behind what follows a job on the way to its host all else would wait, too.
    await expect(jobs.sinks[0]?.write('out', Buffer.from('too late'))).rejects.toThrow('is over');
    jobs.end('one@alpha', finished('done'));
    jobs.end('one@beta', finished('done'));
    const next = await workshop.journal.claim(turn.state().run);
    expect(next).toMatchObject({ kind: 'claimed', writer: { epoch: 2 } });
    const last = (await eventsOf(workshop.journal, turn.state().run)).at(-1);
    expect(last).toMatchObject({ type: 'worker_stopped', worker: workshop.worker });
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toEqual(['heard']);
    expect(jobs.asked).toEqual(['ensure one@alpha', 'ensure one@beta']);
  });

  it('gives back all its runs at once', async () => {
    const jobs = heldJobs();
    const workshop = workshopOf(jobs.hosts);
    const runs = createRuns(workshop);
    const request = { mode: 'apply', by: olivia, where: anywhere } as const;
    const drives = [
      await runs.start({ ...request, plan: plan([step('one', { hosts: ['alpha'] })]) }),
      await runs.start({ ...request, plan: plan([step('one', { hosts: ['beta'] })]) }),
    ];
    await until(() => jobs.asked.length === 2);
    await runs.drain();
    for (const each of drives) {
      expect(await each.ended).toMatchObject({ kind: 'stopped' });
      expect(await workshop.journal.claim(each.state().run)).toMatchObject({ kind: 'claimed' });
    }
    expect((await runs.states()).map((state) => state.status)).toEqual(['running', 'running']);
  });
});

describe('a worker whose run was taken over', () => {
  it('learns it from the host, records nothing, and says so', async () => {
    const workshop = workshopOf(obedientHosts(() => ({ kind: 'fenced', epoch: 2 })));
    const turn = await begun(workshop, plan([step('one')]));
    const end = await turn.ended;
    expect(end).toMatchObject({ kind: 'lost', why: expect.stringMatching(/Another worker .* \(epoch 2\)/) });
    const types = (await eventsOf(workshop.journal, end.state.run)).map((event) => event.type);
    expect(types).not.toContain('job_finished');
    expect(types).not.toContain('prompt_opened');
  });

  it('learns it from the journal: what it wants to add is not taken', async () => {
    const jobs = heldJobs();
    const workshop = workshopOf(jobs.hosts);
    const first = { type: 'run_requested', plan: two, mode: 'apply', by: olivia, where: anywhere } as const;
    const { writer, events } = await workshop.journal.create(first, systemClock.now());
    const turn = drive(workshop, writer, [
      ...events,
      ...(await writer.append([{ type: 'run_started', worker: 'test', epoch: 1 }])),
    ]);
    await until(() => jobs.asked.length === 2);
    await writer.release();
    const next = await workshop.journal.claim(writer.run);
    expect(next).toMatchObject({ kind: 'claimed' });
    const before = await eventsOf(workshop.journal, writer.run);
    jobs.end('one@alpha', finished('done'));
    expect(await turn.ended).toMatchObject({ kind: 'lost' });
    expect(await eventsOf(workshop.journal, writer.run)).toEqual(before);
    expect(jobs.asked).not.toContain('ensure two@alpha');
  });
});
