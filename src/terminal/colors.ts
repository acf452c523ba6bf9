import { styleText } from 'node:util';
import type { Style } from '../thread/terminal-style.ts';

/** Colours by meaning; where the terminal or the person wants none, `plainStyle` is used instead. */
export const colored: Style = (text, tone) => styleText(FORMATS[tone], text);

const FORMATS: Readonly<Record<Parameters<Style>[1], Parameters<typeof styleText>[0]>> = {
  good: 'green',
  bad: ['red', 'bold'],
  ask: 'yellow',
  busy: 'cyan',
  quiet: 'gray',
  title: 'bold',
};
