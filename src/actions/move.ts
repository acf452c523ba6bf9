import { shellWord, type Instruction } from '../language/by-hand.ts';
import { keys, text } from '../language/fields.ts';
import { moveScripts } from './move-scripts.ts';
import { refusal, seenIn, shown } from './seen.ts';
import { given } from './shell.ts';
import type { Action } from './types.ts';

const schema = keys({ src: text(), dest: text() });

export const move: Action = {
  name: 'move',
  summary: 'moves a file or folder within its file system; never onto something',
  schema,
  changes: true,
  undoesItself: () => true,
  work(input) {
    const { src, dest } = schema.parse(input);
    return {
      kind: 'job',
      env: given({ CO_SRC: src, CO_DEST: dest }),
      ...moveScripts,
      needs: [],
      touches: { paths: [src, dest], units: [] },
    };
  },
  byHand(input) {
    const { src, dest } = schema.parse(input);
    return { work: moving(shellWord(src), shellWord(dest)), undo: moving(shellWord(dest), shellWord(src)) };
  },
  preview(look, env) {
    if (look.exitCode !== 0 && look.exitCode !== 1) return { kind: 'text', text: refusal(look.stderr) };
    const seen = seenIn(look.stdout);
    const size = seen['size'] === undefined ? 'size not counted within 20 s' : sizeOf(Number(seen['size']));
    const missing =
      seen['folder'] === 'missing' ? '\n(the folder it goes into is missing now and must be there by then)' : '';
    return {
      kind: 'text',
      text: `${shown(env['CO_SRC'] ?? '')} → ${shown(env['CO_DEST'] ?? '')} (${size})${missing}`,
    };
  },
};

/** `1.5 GiB`, from KiB. */
function sizeOf(kib: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(Math.floor(Math.log2(Math.max(kib, 1)) / 10), units.length - 1);
  const size = kib / 1024 ** step;
  return `${step === 0 ? size : size.toFixed(1)} ${units[step] ?? 'TiB'}`;
}

/** `mv -n` says nothing where it has moved nothing, so one looks. */
const moving = (from: string, to: string): readonly Instruction[] => [
  { script: `mv -nT -- ${from} ${to}\n[ ! -e ${from} ] && [ -e ${to} ]`, shell: 'sh' },
];
