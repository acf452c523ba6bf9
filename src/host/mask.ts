import type { Mask } from '../engine/ports.ts';
import { automatonOf } from './automaton.ts';
import { Masker, type Matching } from './masker.ts';
import { formsOf } from './secret-forms.ts';

/** Hides these values, in all forms in which they may be printed. */
export function maskOf(values: readonly string[]): Mask {
  const forms = formsOf(values);
  const matching: Matching = { plain: automatonOf(forms.plain), broken: automatonOf(forms.broken) };
  return {
    stream: (offset) => new Masker(matching, offset),
    text: (text, cut = false) => {
      const masker = new Masker(matching);
      const parts = [masker.take(Buffer.from(text)), masker.end(cut)];
      return Buffer.concat(parts.map(({ bytes }) => bytes)).toString();
    },
  };
}
