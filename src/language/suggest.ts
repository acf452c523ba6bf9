import { distance } from 'fastest-levenshtein';

/** Longer words are nobody's slip of the finger, and comparing them would take time for nothing. */
const LONGEST = 100;

/**
 * The candidate that was probably meant: at most a third of the letters wrong, capitals and `-`/`_` counting little.
 * Of equally near ones the first.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate.length > LONGEST || candidate === word) continue;
    const far = distance(folded(word), folded(candidate));
    if (far < bestDistance) {
      best = candidate;
      bestDistance = far;
    }
  }
  return best;
}

/** `; did you mean "upgrade"?`, or nothing where no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearest(word, candidates);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

const folded = (word: string): string => word.toLowerCase().replaceAll('-', '_');
