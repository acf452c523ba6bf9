import { shellWord, written, type ByHand, type Instruction } from '../language/by-hand.ts';
import type { Value } from '../language/types.ts';

interface FileInput {
  readonly path: Value;
  readonly content?: Value | undefined;
  readonly src?: string | undefined;
  readonly state?: 'file' | 'directory' | 'absent' | undefined;
  readonly mode?: Value | undefined;
  readonly owner?: Value | undefined;
  readonly group?: Value | undefined;
  readonly validate?: string | undefined;
}

/** `file` as a person does it: the old one set aside where no service reads it, the new one made beside and renamed. */
export function fileByHand(input: FileInput, id: string): ByHand {
  const path = shellWord(input.path);
  if (input.state === 'directory') return folderByHand(input, path);
  const aside = `"$HOME/before-${id}"`;
  const undo = [
    { say: `If ${code(aside)} is there, put it back:` },
    { show: `rm -f -- ${path}\ncp -a -- ${aside} ${path}` },
    { say: 'Otherwise there was nothing before:' },
    { show: `rm -f -- ${path}` },
  ];
  return {
    work: [{ say: 'Set aside what is there now, if anything:' }, keeping(path, aside), ...making(input, path)],
    undo,
  };
}

function folderByHand(input: FileInput, path: string): ByHand {
  const look = { show: `ls -ld -- ${path}` };
  return {
    work: [
      { say: 'Note whether it is there now, with which mode, owner and group, for the way back:' },
      look,
      { script: [`[ -d ${path} ] || mkdir -- ${path}`, ...dressing(input, path)].join('\n'), shell: 'sh' },
    ],
    undo: [
      { say: 'If it was there before, give it the mode, owner and group that you have noted. Otherwise:' },
      { show: `rmdir -- ${path}` },
    ],
  };
}

const code = (text: string): string => `\`${text}\``;

const keeping = (path: string, aside: string): Instruction => ({
  script: `[ ! -e ${path} ] || cp -a -- ${path} ${aside}`,
  shell: 'sh',
});

function making(input: FileInput, path: string): readonly Instruction[] {
  const { content, src, state, validate } = input;
  if (state === 'absent') {
    return [{ script: `if [ -d ${path} ]; then rmdir -- ${path}; else rm -f -- ${path}; fi`, shell: 'sh' }];
  }
  const beside = `${path}.new`;
  const wanted: readonly Instruction[] =
    src === undefined
      ? [
          { say: `Write this, and nothing else, into \`${beside}\`:` },
          { show: content === undefined ? '' : written(content) },
        ]
      : [{ say: `Copy the repository's file \`${src}\`, which stands beside the procedure, to \`${beside}\`.` }];
  const checked: readonly Instruction[] =
    validate === undefined
      ? []
      : [{ say: 'It must be found good:' }, { script: `export CO_NEW=${beside}\n${validate}`, shell: 'sh' }];
  const dress = dressing(input, beside);
  return [...wanted, ...checked, { script: [...dress, `mv -fT -- ${beside} ${path}`].join('\n'), shell: 'sh' }];
}

function dressing({ owner, group, mode }: FileInput, path: string): readonly string[] {
  const lines: readonly (readonly [string, Value | undefined])[] = [
    ['chown', owner],
    ['chgrp', group],
    ['chmod', mode],
  ];
  return lines.flatMap(([program, value]) =>
    value === undefined ? [] : [`${program} -- ${shellWord(value)} ${path}`],
  );
}
