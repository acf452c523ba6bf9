import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RunEvent } from '../run/types.ts';
import { CALL_RESULTS, type CallResult } from './calls.ts';
import type { Census } from './census.ts';

/** What became of a request to the webhooks' address. */
export type WebhookResult = 'taken' | 'refused' | 'failed';

/** What is looked at when the metrics are asked for. */
export interface Looked {
  readonly census: () => Promise<Census>;
  readonly links: () => { readonly open: number; readonly made: number; readonly failed: number };
  readonly failures: () => number;
}

/** What a server tells Prometheus. Labels have few values, all known beforehand: no run, host, person or text is ever one. */
export interface Metrics {
  event(event: RunEvent): void;
  webhook(result: WebhookResult): void;
  call(result: CallResult): void;
  readonly contentType: string;
  text(): Promise<string>;
}

/** From what a probe takes to what a dump of a database takes. */
const BUCKETS_S = [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 900, 3_600];

export function createMetrics({ census, links, failures }: Looked): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, look: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(look());
      },
    });
  const counter = (name: string, help: string, look: () => number): Counter =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(look());
      },
    });

  let counted: Census | undefined;
  new Gauge({
    name: 'changeover_runs',
    help: 'Runs in the journal by their status.',
    labelNames: ['status'],
    registers,
    collect() {
      for (const [status, number] of Object.entries(counted?.runs ?? {})) this.set({ status }, number);
    },
  });
  gauge('changeover_prompts_waiting', 'Prompts that nobody has answered yet.', () => counted?.prompts ?? 0);
  const events = new Counter({
    name: 'changeover_events_total',
    help: 'Events that this process has recorded, by type.',
    labelNames: ['type'],
    registers,
  });
  const jobs = new Counter({
    name: 'changeover_jobs_total',
    help: 'Jobs of steps that have ended, by phase and outcome.',
    labelNames: ['phase', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'changeover_job_duration_seconds',
    help: 'How long jobs of steps took on their hosts.',
    labelNames: ['phase'],
    buckets: BUCKETS_S,
    registers,
  });
  const webhooks = new Counter({
    name: 'changeover_webhooks_total',
    help: 'Requests to the address of webhooks: taken, refused or failed.',
    labelNames: ['result'],
    registers,
  });
  const calls = new Counter({
    name: 'changeover_github_calls_total',
    help: 'Calls to GitHub, by how they ended.',
    labelNames: ['result'],
    registers,
  });
  // From the beginning, so that the first failure is an increase.
  for (const result of ['taken', 'refused', 'failed'] as const) webhooks.inc({ result }, 0);
  for (const result of CALL_RESULTS) calls.inc({ result }, 0);
  counter('changeover_commands_failed_total', 'Commands that Changeover itself could not follow.', failures);
  gauge('changeover_ssh_connections', 'Connections to hosts that are open.', () => links().open);
  counter('changeover_ssh_connections_made_total', 'Connections to hosts that were made.', () => links().made);
  counter(
    'changeover_ssh_connections_failed_total',
    'Connections to hosts that could not be made.',
    () => links().failed,
  );

  return {
    event: (event) => {
      events.inc({ type: event.type });
      if (event.type !== 'job_finished') return;
      const { job, outcome, duration_ms: ms } = event;
      jobs.inc({ phase: job.phase, outcome });
      durations.observe({ phase: job.phase }, ms / 1000);
    },
    webhook: (result) => {
      webhooks.inc({ result });
    },
    call: (result) => {
      calls.inc({ result });
    },
    contentType: registry.contentType,
    text: async () => {
      counted = await census();
      return registry.metrics();
    },
  };
}
