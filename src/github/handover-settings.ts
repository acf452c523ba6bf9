import type { Workflow } from './handover.ts';
import { type Env, wordIn } from './settings.ts';

const HANDOVER = 'CHANGEOVER_HANDOVER_SECONDS';
/** GitHub ends a job on its own runners after six hours. */
const DEFAULT_HANDOVER_S = 20_400;
const MOST_HANDOVER_S = 5 * 86_400;
export const HANDOVER_PROBLEM = `${HANDOVER}: seconds, up to ${String(MOST_HANDOVER_S)}, after which a job hands its runs over to a new one; 0: never`;

/** In ms; undefined where what is given is no such time. */
export function handoverAfterIn(env: Env): number | undefined {
  const word = wordIn(env, 'INPUT_HANDOVER_SECONDS') ?? wordIn(env, 'CHANGEOVER_HANDOVER_SECONDS');
  const seconds = word === undefined ? DEFAULT_HANDOVER_S : /^\d+$/.test(word) ? Number(word) : undefined;
  return seconds === undefined || seconds > MOST_HANDOVER_S ? undefined : seconds * 1000;
}

/** When a job hands its runs over, and to a job of which workflow; absent: it does not. */
export interface Next {
  readonly next?: { readonly afterMs: number; readonly workflow: Workflow };
}

/** The workflow of this job, as GitHub names it: `owner/repo/.github/workflows/file.yml@refs/heads/main`. */
export function nextIn(env: Env, afterMs: number): Next {
  const [, file, ref] = /\/([^/@]+)@refs\/heads\/(.+)$/.exec(wordIn(env, 'GITHUB_WORKFLOW_REF') ?? '') ?? [];
  return file === undefined || ref === undefined || afterMs === 0 ? {} : { next: { afterMs, workflow: { file, ref } } };
}
