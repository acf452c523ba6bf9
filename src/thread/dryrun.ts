import { distance } from 'fastest-levenshtein';

const WORD = 'dryrun';

/**
 * Whether a bare word is the word `dryrun`, or so near to it (`--dry-run`, `dryrn`) that taking it for a value could
 * start a run that was meant as a look. Nearly is a mistake; who really means such a value puts it in quotes.
 */
export function readsAsDryrun(word: string): 'yes' | 'nearly' | 'no' {
  if (word === WORD) return 'yes';
  if (word.length > 2 * WORD.length) return 'no';
  const letters = lettersOf(word);
  if (letters.length >= WORD.length - 1 && distance(letters.replaceAll(OTHER, ''), WORD) <= 2) return 'nearly';
  return isDrawnLike(letters) ? 'nearly' : 'no';
}

/** A letter of another script, which may be drawn like any of ours. */
const OTHER = '?';

/** In small letters, full-width ones as others, accents gone, and each letter of another script by one mark. */
const lettersOf = (word: string): string =>
  word
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z\p{L}]/gu, '')
    .replaceAll(/[^a-z]/gu, OTHER);

/** Two letters in their places are enough, where all that differs are letters of other scripts: `\u0501r\u0443run`. */
const DRAWN_LIKE = /^[d?][r?][y?][r?][u?][n?]$/;

const isDrawnLike = (letters: string): boolean => DRAWN_LIKE.test(letters) && letters.replaceAll(OTHER, '').length >= 2;
