import { hasOffset, readMoment } from '../language/local-time.ts';
import type { Instant } from '../run/types.ts';
import type { Mistake } from './mistake.ts';

type TimeAnswer =
  | { readonly ok: true; readonly at: Instant; readonly words: number }
  | { readonly ok: false; readonly mistake: Mistake };

/**
 * Reads what follows `at`: a time with an offset, or a local time and, as a word of its own, an IANA zone. A local time
 * that the clocks skip or show twice is refused, since nobody can know which moment is meant.
 * @param words the words after `at`.
 */
export function parseTime(words: readonly string[]): TimeAnswer {
  const [word, zone] = words;
  if (word === undefined) return wrong({ kind: 'no_time' });
  const moment = readMoment(word, zone);
  switch (moment.kind) {
    case 'moment':
      return { ok: true, at: moment.at, words: hasOffset(word) ? 1 : 2 };
    case 'bad_time':
      return wrong({ kind: 'bad_time', word });
    case 'no_zone':
      return wrong({ kind: 'time_without_zone', word });
    case 'unknown_zone': {
      const near = moment.near === undefined ? {} : { near: moment.near };
      return wrong({ kind: 'unknown_zone', word: moment.zone, ...near });
    }
    case 'skipped':
      return wrong({ kind: 'time_skipped', word, zone: moment.zone, instead: moment.instead });
    case 'doubled':
      return wrong({ kind: 'time_doubled', word, zone: moment.zone, instead: moment.instead });
  }
}

const wrong = (mistake: Mistake): TimeAnswer => ({ ok: false, mistake });
