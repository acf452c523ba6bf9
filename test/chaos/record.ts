import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../src/run/types.ts';

type Of<T extends RunEvent['type']> = Extract<RunEvent, { readonly type: T }>;

/** A run's journal while somebody writes it. */
export interface RunRecord {
  /** The events so far; a last line that is not whole yet does not count. */
  events(): readonly RunEvent[];
  /** The step and phase that were opened last. */
  openStep(): Of<'step_opened'> | undefined;
  /** The prompt that nobody has answered yet. */
  openPrompt(): Of<'prompt_opened'> | undefined;
  end(): Of<'run_finished'> | undefined;
}

/** Reads on from where it was, since it is looked at often. */
export function recordOf(file: string): RunRecord {
  const events: RunEvent[] = [];
  let offset = 0;
  const read = (): void => {
    if (!existsSync(file)) return;
    const handle = openSync(file, 'r');
    try {
      const more = Buffer.alloc(Math.max(0, fstatSync(handle).size - offset));
      const got = readSync(handle, more, 0, more.length, offset);
      const whole = more.subarray(0, got).lastIndexOf(10) + 1;
      offset += whole;
      for (const line of more.subarray(0, whole).toString('utf8').split('\n')) {
        if (line !== '') events.push(JSON.parse(line) as RunEvent);
      }
    } finally {
      closeSync(handle);
    }
  };
  const last = <T extends RunEvent['type']>(type: T): Of<T> | undefined => {
    read();
    return events.findLast((event): event is Of<T> => event.type === type);
  };
  return {
    events: () => {
      read();
      return events;
    },
    openStep: () => last('step_opened'),
    openPrompt: () => {
      const prompt = last('prompt_opened');
      const answered = events.some((event) => event.type === 'decision_made' && event.prompt === prompt?.prompt);
      return answered ? undefined : prompt;
    },
    end: () => last('run_finished'),
  };
}

/** A file's content, or '' where there is none. */
export function contentOf(...path: readonly string[]): string {
  try {
    return readFileSync(join(...path), 'utf8');
  } catch {
    return '';
  }
}
