import { choice, fileBeside, keys, script, text } from '../language/fields.ts';
import { fileAbsent } from './file-absent.ts';
import { fileContent } from './file-content.ts';
import { fileFolder } from './file-folder.ts';
import { fileByHand } from './file-by-hand.ts';
import { previewFile } from './file-preview.ts';
import { given } from './shell.ts';
import type { Action } from './types.ts';

const fields = {
  path: text(),
  content: text().optional(),
  src: fileBeside().optional(),
  state: choice('file', 'directory', 'absent').optional(),
  mode: text().optional(),
  owner: text().optional(),
  group: text().optional(),
  validate: script().optional(),
};

const schema = keys(fields).check(({ value, issues }) => {
  const wrong = (field: keyof typeof fields, message: string): void => {
    issues.push({ code: 'custom', path: [field], message, input: value });
  };
  const state = value.state ?? 'file';
  const { mode } = value;
  if (mode !== undefined && 'lit' in mode && typeof mode.lit === 'string' && !MODE.test(mode.lit)) {
    wrong('mode', "a mode is three or four octal digits in quotes, such as '0640'");
  }
  if (state === 'file' && value.content === undefined && value.src === undefined) {
    wrong(
      'content',
      "content is missing: write what shall stand in the file ('' for nothing), or src: the file beside the " +
        'procedure in which it stands, or state: directory',
    );
  }
  if (value.content !== undefined && value.src !== undefined) {
    wrong('src', 'content and src both say what shall stand in the file: take one of them out');
  }
  for (const field of FIELDS_OF_OTHERS[state]) {
    if (value[field] !== undefined) wrong(field, `${field} has no meaning with state: ${state}; leave it out`);
  }
});

const MODE = /^0?[0-7]{3,4}$/;
const FIELDS_OF_OTHERS = {
  file: [],
  directory: ['content', 'src', 'validate'],
  absent: ['content', 'src', 'validate', 'mode', 'owner', 'group'],
} as const;

const SCRIPTS = { file: fileContent, directory: fileFolder, absent: fileAbsent } as const;

export const file: Action = {
  name: 'file',
  summary: 'makes a file or folder be as written, or be gone',
  schema,
  sources: ['src'],
  changes: true,
  undoesItself: () => true,
  work(input, { read }) {
    const { path, content, src, state = 'file', mode, owner, group, validate } = schema.parse(input);
    const wanted = src === undefined ? content : { lit: read(src) };
    return {
      kind: 'job',
      env: given({
        CO_STATE: { lit: state },
        CO_PATH: path,
        CO_MODE: mode,
        CO_OWNER: owner,
        CO_GROUP: group,
        CO_VALIDATE: validate === undefined ? undefined : { lit: validate },
      }),
      ...(wanted === undefined ? {} : { stdin: wanted }),
      ...SCRIPTS[state],
      needs: [],
      touches: { paths: [path], units: [] },
    };
  },
  byHand: (input, id) => fileByHand(schema.parse(input), id),
  preview: previewFile,
};
