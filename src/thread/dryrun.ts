import { distance } from 'fastest-levenshtein';

const WORD = 'dryrun';

/**
 * Whether a bare word is the word `dryrun`, or so near to it (`--dry-run`, `dryrn`) that taking it for a value could
 * start a run that was meant as a look. Nearly is a mistake; who really means such a value puts it in quotes.
 */
export function readsAsDryrun(word: string): 'yes' | 'nearly' | 'no' {
  if (word === WORD) return 'yes';
  if (word.length > 2 * WORD.length) return 'no';
  const letters = word.toLowerCase().replaceAll(/[^a-z]/g, '');
  return letters.length >= WORD.length - 1 && distance(letters, WORD) <= 2 ? 'nearly' : 'no';
}
