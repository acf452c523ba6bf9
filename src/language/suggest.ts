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
    const far = slips(folded(word), folded(candidate));
    // Where no letter is right, nothing was meant by it.
    if (far < bestDistance && far < Math.max(word.length, candidate.length)) {
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

/** Two neighbours that changed places are one slip of the finger. */
function slips(word: string, candidate: string): number {
  let at = 0;
  while (at < word.length && word[at] === candidate[at]) at += 1;
  const swapped = word.slice(0, at) + word.charAt(at + 1) + word.charAt(at) + word.slice(at + 2);
  return swapped === candidate ? 1 : distance(word, candidate);
}

const folded = (word: string): string => word.toLowerCase().replaceAll('-', '_');
