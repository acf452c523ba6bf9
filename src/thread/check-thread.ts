import { waitsForPerson } from '../run/evolve-decision.ts';
import type { RunState } from '../run/types.ts';
import { type Found, nameOf, type Posted, TEXT } from './check-thread-text.ts';
import { commentsOf } from './comments.ts';
import { type Marked, readMarked, textDigest } from './marker.ts';
import { isOver } from './marks.ts';
import { standInFaults } from './stand-in.ts';
import type { View } from './view.ts';

/** Changeover's own comments in a run's issue, oldest first; or why there are none to compare, and what to do. */
export type ThreadRead =
  { readonly kind: 'read'; readonly comments: readonly Posted[] } | { readonly kind: 'not_read'; readonly why: string };

/** A run's record, whose chain has been checked. */
export interface Recorded {
  readonly state: RunState;
  /** Of its events, in their order. */
  readonly hashes: readonly string[];
}

/** Something that could not be compared: what, as a list names it, and why. */
export interface Note {
  readonly about: string;
  readonly text: string;
}

/** What comparing the comments with the record found, in words. */
export interface ThreadChecked {
  /** Comments that are as the record has them. */
  readonly count: number;
  /** Changed by somebody, beyond doubt. */
  readonly broken: readonly string[];
  /** Changed by somebody, unless the words are still on their way. */
  readonly late: readonly string[];
  readonly notes: readonly Note[];
}

/** How a comment stands beside what the record has for it. */
type Standing =
  | { readonly kind: 'same' }
  | { readonly kind: 'broken' | 'late'; readonly text: string }
  | { readonly kind: 'note'; readonly about: string; readonly text: string };

/**
 * Compares a run's comments with what the record makes of them: all are there, each carries the hash of the event that it
 * stands for and the record's words, and none tells of something that the record does not have.
 * @param posted Changeover's own comments alone, oldest first, read before the record was
 * @param unsaidFrom number of the event from which on only terminals worked on the run: they post nothing
 */
export function checkThread(
  recorded: Recorded,
  posted: readonly Posted[],
  view: View,
  unsaidFrom: number | undefined,
): ThreadChecked {
  const { state, hashes } = recorded;
  const found = posted.flatMap((each): readonly Found[] => {
    const marked = readMarked(each.body);
    return marked?.run === state.run ? [{ ...each, marked }] : [];
  });
  const wanted = commentsOf(state, view).flatMap(({ body }) => readMarked(body) ?? []);
  const known = wanted.map(({ kind }) => kind);
  const standings: readonly Standing[] = [
    ...found
      .filter(({ marked }) => !known.includes(marked.kind))
      .map((each) => ofLost(each, recorded) ?? unknown(each, hashes)),
    ...wanted.flatMap((ours) => {
      const [first, ...doubles] = found.filter(
        ({ marked }) => marked.kind === ours.kind && !isOfLost(marked, recorded),
      );
      if (first === undefined) return [missing(ours, hashes, unsaidFrom)];
      // A post that was repeated leaves a second comment, which is not kept in step.
      return [standing(ours, first, recorded), ...doubles.flatMap((each) => forged(each, hashes) ?? [])];
    }),
  ];
  return {
    count: standings.filter(({ kind }) => kind === 'same').length,
    broken: [
      ...standInFaults(state, posted),
      ...standings.flatMap((each) => (each.kind === 'broken' ? [each.text] : [])),
    ],
    late: standings.flatMap((each) => (each.kind === 'late' ? [each.text] : [])),
    notes: standings.flatMap((each) => (each.kind === 'note' ? [{ about: each.about, text: each.text }] : [])),
  };
}

/** A comment may be of the record that was lost, of which one that was made anew knows nothing. */
const ofLost = (found: Found, { state }: Recorded): Standing | undefined =>
  state.rebuilt === undefined
    ? undefined
    : { kind: 'note', about: nameOf(found.marked.kind), text: TEXT.ofLost(found) };

const isOfLost = (marked: Marked, { state, hashes }: Recorded): boolean =>
  state.rebuilt !== undefined && isUnknownHead(marked, hashes);

const unknown = (found: Found, hashes: readonly string[]): Standing => ({
  kind: 'broken',
  text: isUnknownHead(found.marked, hashes) ? TEXT.unknownHead(found) : TEXT.unknown(found),
});

const isUnknownHead = ({ head }: Marked, hashes: readonly string[]): boolean =>
  head !== undefined && !hashes.includes(head);

function missing({ kind, head }: Marked, hashes: readonly string[], unsaidFrom: number | undefined): Standing {
  const seq = head === undefined ? hashes.length : hashes.indexOf(head) + 1;
  return unsaidFrom !== undefined && seq >= unsaidFrom
    ? { kind: 'note', about: nameOf(kind), text: TEXT.unsaid(kind) }
    : { kind: 'late', text: TEXT.missing(kind) };
}

/** What a comment shows by itself. */
function forged(found: Found, hashes: readonly string[]): Standing | undefined {
  if (isUnknownHead(found.marked, hashes)) return { kind: 'broken', text: TEXT.unknownHead(found) };
  const { digest, text } = found.marked;
  const whole = digest === undefined || digest === textDigest(text);
  return whole ? undefined : { kind: 'broken', text: TEXT.edited(found) };
}

function standing(ours: Marked, found: Found, { state, hashes }: Recorded): Standing {
  const { marked } = found;
  const own = forged(found, hashes);
  if (own !== undefined) return own;
  if (marked.head !== ours.head) {
    // A comment that had none and is to get one may not have got it yet.
    return { kind: marked.head === undefined ? 'late' : 'broken', text: TEXT.otherHead(found, ours, hashes) };
  }
  if (marked.text === ours.text) return { kind: 'same' };
  if (marked.digest === undefined) return { kind: 'late', text: TEXT.undigested(found) };
  // While a run is at work its comments may tell of an earlier moment.
  const resting = isOver(state) || waitsForPerson(state);
  return resting ? { kind: 'note', about: nameOf(ours.kind), text: TEXT.otherWords(found) } : { kind: 'same' };
}
