import { choice, keys, script, text } from '../language/fields.ts';
import { fileAbsent } from './file-absent.ts';
import { fileContent } from './file-content.ts';
import { fileFolder } from './file-folder.ts';
import { previewFile } from './file-preview.ts';
import { given } from './shell.ts';
import type { Action } from './types.ts';

const fields = {
  path: text(),
  content: text().optional(),
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
  if (state === 'file' && value.content === undefined) {
    wrong('content', "content is missing: write what shall stand in the file ('' for nothing), or state: directory");
  }
  for (const field of FIELDS_OF_OTHERS[state]) {
    if (value[field] !== undefined) wrong(field, `${field} has no meaning with state: ${state}; leave it out`);
  }
});

const MODE = /^0?[0-7]{3,4}$/;
const FIELDS_OF_OTHERS = {
  file: [],
  directory: ['content', 'validate'],
  absent: ['content', 'validate', 'mode', 'owner', 'group'],
} as const;

const SCRIPTS = { file: fileContent, directory: fileFolder, absent: fileAbsent } as const;

export const file: Action = {
  name: 'file',
  summary: 'makes a file or folder be as written, or be gone',
  schema,
  changes: true,
  undoesItself: () => true,
  work(input) {
    const { path, content, state = 'file', mode, owner, group, validate } = schema.parse(input);
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
      ...(content === undefined ? {} : { stdin: content }),
      ...SCRIPTS[state],
      needs: [],
      touches: { paths: [path], units: [] },
    };
  },
  preview: previewFile,
};
