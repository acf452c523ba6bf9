import { waitsForPerson } from '../run/evolve-decision.ts';
import type { Instant, RunId, RunState } from '../run/types.ts';
import { editDue, type Written } from './schedule.ts';

/** A comment that should exist for a run. The marker, which its body begins with, is how it is found again. */
export interface Wanted {
  readonly marker: string;
  readonly body: string;
  /** When that of which it tells first came about. */
  readonly at: Instant;
}

/** An answer to a comment. */
export interface Reply {
  readonly marker: string;
  readonly body: string;
  /** When the comment was made to which it answers. */
  readonly since: string;
  /** When it was given. */
  readonly at: Instant;
  /** An earlier process may have said it, so that it is looked for first. */
  readonly again?: boolean;
  /** Called once it stands there, or GitHub is known not to take it. */
  readonly said?: () => Promise<void>;
}

/** A comment as it stands on GitHub, as far as is known; `kept`: GitHub would not take this body, so it was let be. */
export interface Said {
  readonly id: number | undefined;
  readonly body: string;
}

/** What is known about the words on one run. */
export interface Talk {
  readonly state: RunState;
  readonly wanted: readonly Wanted[];
  readonly said: ReadonlyMap<string, Said>;
  readonly written: Written;
  /** Set: the state has moved on, and this is when its words are made anew, in ms since 1970. */
  readonly renderAt?: number;
}

/** What an issue's speaker does next. */
export type NextWord =
  | { readonly do: 'reply'; readonly reply: Reply }
  | { readonly do: 'post'; readonly run: RunId; readonly wanted: Wanted }
  | { readonly do: 'edit'; readonly run: RunId; readonly wanted: Wanted; readonly id: number }
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'rest' };

/**
 * What is missing first, answers and comments in the order in which they came about, and at once; then edits, when their
 * time has come.
 * @param now milliseconds since 1970.
 */
export function nextWord(replies: readonly Reply[], talks: readonly Talk[], now: number): NextWord {
  const [reply] = replies;
  const missing = talks.flatMap(({ state, wanted, said }) => {
    const next = wanted.find(({ marker }) => !said.has(marker));
    return next === undefined ? [] : [{ do: 'post' as const, run: state.run, wanted: next }];
  });
  const [oldest] = missing.toSorted((one, other) => (one.wanted.at < other.wanted.at ? -1 : 1));
  if (reply !== undefined && (oldest === undefined || reply.at <= oldest.wanted.at)) return { do: 'reply', reply };
  if (oldest !== undefined) return oldest;
  const edits = talks.flatMap((talk) => differing(talk).map((edit) => ({ ...edit, due: dueOf(talk) })));
  const [first] = edits.toSorted((a, b) => a.due - b.due);
  if (first !== undefined && first.due <= now)
    return { do: 'edit', run: first.run, wanted: first.wanted, id: first.id };
  const until = Math.min(
    first?.due ?? Infinity,
    ...talks.map(({ renderAt }) => (renderAt === undefined ? Infinity : Math.max(renderAt, now + 1))),
  );
  return until === Infinity ? { do: 'rest' } : { do: 'wait', until };
}

function differing({ state, wanted, said }: Talk): readonly Extract<NextWord, { do: 'edit' }>[] {
  return wanted.flatMap((each) => {
    const there = said.get(each.marker);
    if (there?.id === undefined || there.body === each.body) return [];
    return [{ do: 'edit' as const, run: state.run, wanted: each, id: there.id }];
  });
}

const dueOf = ({ state, written }: Talk): number => editDue(written, isResting(state));

/** The run waits for a person or its next worker, or is over: nothing will change soon. */
export const isResting = (state: RunState): boolean =>
  state.endedAt !== undefined || state.stopped !== undefined || waitsForPerson(state);
