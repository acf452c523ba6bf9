import type { JobReport } from '../engine/ports.ts';
import type { Reached } from '../run/types.ts';

/** What a host says about a job. `bytes`: how long its streams are, known once it has ended. */
export type JobAnswer =
  | Extract<JobReport, { readonly kind: 'refused' }>
  | { readonly kind: 'none' }
  | { readonly kind: 'fenced'; readonly epoch: number }
  | { readonly kind: 'void'; readonly topEpoch: number }
  | { readonly kind: 'running'; readonly claim: Claim }
  /** `anew`: the host has restarted since. */
  | { readonly kind: 'gone'; readonly claim: Claim; readonly anew: boolean }
  | { readonly kind: 'ended'; readonly claim: Claim; readonly report: Extract<JobReport, { kind: 'finished' }> };

export interface Claim {
  readonly pid: number;
  readonly bootId: string;
}

type Finished = Extract<JobReport, { kind: 'finished' }>;
const REACHED: readonly Reached[] = ['prepare', 'probe', 'keep', 'apply', 'verify'];
const ENDS: readonly Finished['end'][] = ['done', 'nothing', 'failed', 'timed_out', 'killed'];

const REFUSALS: Readonly<Record<string, (word: string) => string>> = {
  closed: () => 'the run is closed on this host; nothing of it can start there any more',
  later: (word) => `a later attempt (${word}) stands on the host; this one can no longer start`,
  unsettled: (word) => `an earlier attempt (${word}) has not ended on the host; settle it first`,
  foreign: () =>
    "~/.changeover on the host is somebody else's, or the run's folder in it, the job's, or its claim is so or is a symbolic link; look who put it there, and take it away",
  folder: () =>
    "the job could not be written to ~/.changeover on the host; look whether its disk is full, read-only, or the folder somebody else's",
};

/** Said before it is looked whether the job has begun. */
const UNSEEN = ['closed', 'foreign', 'folder'];

/** Reads the kit's answer to `co_job`, `co_follow` and `co_settle`. */
export function readJobAnswer(lines: readonly string[]): JobAnswer {
  const words = lines[0]?.split(' ') ?? [];
  if (words[0] === 'refused') {
    if (words[1] === 'epoch') return { kind: 'fenced', epoch: Number(words[2]) };
    const [, word = '', name = ''] = words;
    const say = REFUSALS[word];
    if (say) return { kind: 'refused', why: say(name), ...(UNSEEN.includes(word) ? { unseen: true } : {}) };
  }
  const [, how, top, pid, bootId, ...end] = words;
  if (how === 'none') return { kind: 'none' };
  if (how === 'void' || end[0] === 'void') return { kind: 'void', topEpoch: Number(top) };
  const claim = { pid: Number(pid), bootId: bootId ?? '' };
  if (how === 'running') return { kind: how, claim };
  if (how === 'gone') return { kind: how, claim, anew: end[0] === 'anew' };
  const report = how === 'ended' ? readEnd(end) : undefined;
  // A half-written or foreign end: it may have run, and nothing here says how it ended.
  return report === undefined ? { kind: 'gone', claim, anew: false } : { kind: 'ended', claim, report };
}

/** Reads how a job ended, as its claim holds it: `END REACHED CODE TOOK OUT ERR SURVIVORS CUT`; undefined where it is no such thing. */
export function readEnd(words: readonly string[]): Finished | undefined {
  const [end, reached, code = '', ...counts] = words;
  const knownEnd = ENDS.find((each) => each === end);
  const knownReached = REACHED.find((each) => each === reached);
  const [took, out, err, survivors, cut] = counts.map((word) => (/^\d{1,15}$/.test(word) ? Number(word) : undefined));
  if (knownEnd === undefined || knownReached === undefined || !/^(-|\d{1,3})$/.test(code)) return undefined;
  if (took === undefined || out === undefined || err === undefined) return undefined;
  if (survivors === undefined || cut === undefined) return undefined;
  return {
    kind: 'finished',
    reached: knownReached,
    exitCode: code === '-' ? null : Number(code),
    end: knownEnd,
    durationMs: took * 10,
    bytes: { out, err },
    survivors,
    cut: cut === 1,
  };
}
