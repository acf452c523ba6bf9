import type { FoundJob } from '../engine/ports.ts';
import { decodeName } from './quote.ts';

const STATES: readonly FoundJob['state'][] = ['prepared', 'void', 'running', 'ended', 'gone'];

/** Reads the kit's answer to `co_jobs`: `found STATE HOST/STEP/ITEM/PHASE.ATTEMPT` lines. */
export function readFoundJobs(lines: readonly string[]): readonly FoundJob[] {
  return lines.flatMap((line) => {
    const match = /^found (\S+) ([^/ ]+)\/([^/ ]+)\/([^/ ]+)\/(apply|undo)\.(\d+)$/.exec(line);
    const state = STATES.find((each) => each === match?.[1]);
    const [host, step, item] = (match?.slice(2, 5) ?? []).map(decodeName);
    if (!match || !state || host === undefined || step === undefined || item === undefined) return [];
    const phase = match[5] === 'undo' ? ('undo' as const) : ('apply' as const);
    return [{ state, job: { host, step, item, phase, attempt: Number(match[6]) } }];
  });
}
