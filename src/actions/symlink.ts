import * as z from 'zod';
import { shellWord } from '../language/by-hand.ts';
import { keys, text } from '../language/fields.ts';
import { refusal, seenIn, shown } from './seen.ts';
import { given } from './shell.ts';
import { symlinkByCommand, symlinkByRename } from './symlink-scripts.ts';
import type { Action } from './types.ts';

const COMMAND_WANTED =
  "the command and its arguments are wanted here as a list of 1 to 20, as in [sudo, -n, /usr/local/sbin/switch.sh, '1.6']";

const schema = keys({
  path: text(),
  target: text(),
  using: z
    .array(text(), { error: COMMAND_WANTED })
    .min(1, { error: COMMAND_WANTED })
    .max(20, { error: COMMAND_WANTED })
    .optional(),
});

export const symlink: Action = {
  name: 'symlink',
  summary: 'switches a symbolic link in one move',
  schema,
  changes: true,
  // How a command of the host's own is undone is known to who wrote it, not to us.
  undoesItself: (input) => schema.parse(input).using === undefined,
  work(input) {
    const { path, target, using } = schema.parse(input);
    const program = using?.[0];
    return {
      kind: 'job',
      env: {
        ...given({ CO_PATH: path, CO_TARGET: target }),
        ...Object.fromEntries((using ?? []).map((word, at) => [`CO_USING_${at + 1}`, word])),
      },
      ...(using === undefined ? symlinkByRename : symlinkByCommand(using.length)),
      needs: program !== undefined && 'lit' in program && typeof program.lit === 'string' ? [program.lit] : [],
      touches: { paths: [path], units: [] },
    };
  },
  byHand(input) {
    const { path, target, using } = schema.parse(input);
    const link = shellWord(path);
    const note = [{ say: 'Note where the link leads now, for the way back:' }, { show: `readlink -- ${link}` }];
    if (using !== undefined) {
      return { work: [...note, { script: using.map(shellWord).join(' '), shell: 'sh' as const }], undo: [] };
    }
    return {
      work: [...note, { script: switching(shellWord(target), link), shell: 'sh' }],
      undo: [
        { say: 'With what you have noted as `<old>`; where there was no link, remove it instead:' },
        { show: switching('<old>', link) },
      ],
    };
  },
  preview(look, env) {
    if (look.exitCode !== 0 && look.exitCode !== 1) return { kind: 'text', text: refusal(look.stderr) };
    const path = shown(env['CO_PATH'] ?? '');
    const target = shown(env['CO_TARGET'] ?? '');
    if (look.exitCode === 0) return { kind: 'nothing', text: `${path} leads to ${target}` };
    const seen = seenIn(look.stdout);
    const now = seen['link'] === undefined ? 'nothing' : shown(Buffer.from(seen['link'], 'base64').toString('utf8'));
    const missing = seen['target'] === 'missing' ? '\n(the new target is not there now)' : '';
    return { kind: 'text', text: `${path}: ${now} → ${target}${missing}` };
  },
};

/** Made beside and renamed over the old one, so that there is no moment without a link. */
const switching = (target: string, link: string): string =>
  `ln -s -- ${target} ${link}.new\nmv -fT -- ${link}.new ${link}`;
