import type { EventBody, RunEvent } from './types.ts';

/** The form of records that this version writes. One in which what is known means something else would have a higher number. */
const FORMAT = 1;

const TYPES: Readonly<Record<EventBody['type'], true>> = {
  run_requested: true,
  run_approved: true,
  run_started: true,
  worker_stopped: true,
  observed: true,
  step_opened: true,
  job_started: true,
  job_finished: true,
  job_settled: true,
  step_skipped: true,
  prompt_opened: true,
  decision_made: true,
  rollback_started: true,
  always_started: true,
  run_finished: true,
};

const SEEN: Readonly<Record<Extract<EventBody, { readonly type: 'observed' }>['for'], true>> = {
  preflight: true,
  open: true,
  choose: true,
  foresee: true,
  look: true,
  check: true,
  wait: true,
  verify: true,
  settle: true,
  boot: true,
  restart: true,
  wake: true,
  lock: true,
  lock_name: true,
  unlock: true,
  bar: true,
  barred: true,
};

/**
 * The first event of a record that only a newer version can have written, in words; undefined where there is none. Who does not know
 * what an event means cannot tell how the run stands. Fields that are not known say nothing of the kind: they change only by adding.
 */
export function unknownEvent(events: readonly RunEvent[]): { readonly seq: number; readonly why: string } | undefined {
  for (const event of events) {
    const { seq, type } = event;
    const what = strange(event);
    if (what !== undefined) return { seq, why: `event ${String(seq)} (${printable(type)}) ${what}` };
  }
  return undefined;
}

function strange(event: RunEvent): string | undefined {
  if ('format' in event && event.format !== FORMAT) return `is of the form ${printable(event.format)}`;
  if (!Object.hasOwn(TYPES, event.type)) return 'is of a type that is not known here';
  return event.type === 'observed' && !Object.hasOwn(SEEN, event.for)
    ? `was seen for "${printable(event.for)}", which is not known here`
    : undefined;
}

/** It may be anything, and goes into a sentence. */
const printable = (value: unknown): string => JSON.stringify([value]).slice(1, -1).replace(/^"|"$/g, '').slice(0, 40);
