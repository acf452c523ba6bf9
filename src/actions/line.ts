import { shellWord, written } from '../language/by-hand.ts';
import { keys, text } from '../language/fields.ts';
import { ereMatches } from './ere.ts';
import { previewLine } from './line-preview.ts';
import { lineScripts } from './line-scripts.ts';
import { given } from './shell.ts';
import type { Action } from './types.ts';

const fields = { path: text(), regexp: text().optional(), line: text() };

const schema = keys(fields).check(({ value, issues }) => {
  const wrong = (field: keyof typeof fields, message: string): void => {
    issues.push({ code: 'custom', path: [field], message, input: value });
  };
  const [line, regexp] = [literal(value.line), literal(value.regexp)];
  if (line === '') wrong('line', 'the line is empty: write what shall stand there');
  if (line !== undefined && /[\n\r]/.test(line)) {
    wrong('line', 'one line is wanted here, without | or > before it; several are several steps, or a file');
  }
  if (regexp === '') wrong('regexp', 'the regexp is empty: leave it out to add the line where it does not stand yet');
  if (regexp?.includes('\n') === true) wrong('regexp', 'one line is wanted here, without | or > before it');
  if (regexp === undefined || regexp === '') return;
  const verdict = ereMatches(regexp, line ?? '');
  if (verdict.kind === 'broken') {
    wrong('regexp', `this is no POSIX extended regular expression: ${verdict.why}`);
  } else if (verdict.kind === 'differs' && line !== undefined) {
    wrong(
      'regexp',
      'the regexp does not match the line itself, so each run would add it once more: let it match the line as it was ' +
        "and as it shall be, as in '^#? *Port '",
    );
  }
});

const literal = (value: { readonly lit: unknown } | { readonly expr: string } | undefined): string | undefined =>
  value !== undefined && 'lit' in value && typeof value.lit === 'string' ? value.lit : undefined;

export const line: Action = {
  name: 'line',
  summary: 'replaces the last line that matches, or adds one',
  schema,
  changes: true,
  undoesItself: () => true,
  work(input) {
    const { path, regexp, line: wanted } = schema.parse(input);
    return {
      kind: 'job',
      env: given({ CO_PATH: path, CO_REGEXP: regexp, CO_LINE: wanted }),
      ...lineScripts,
      needs: [],
      touches: { paths: [path], units: [] },
    };
  },
  byHand(input, id) {
    const { path, regexp, line: wanted } = schema.parse(input);
    const [file, aside] = [shellWord(path), `"$HOME/before-${id}"`];
    const matching = regexp === undefined ? 'If it does not stand there yet, add' : 'If no line matches, add';
    return {
      work: [
        { say: 'Set the file aside as it is now:' },
        { script: `cp -a -- ${file} ${aside}`, shell: 'sh' },
        ...(regexp === undefined
          ? []
          : [
              { say: 'The last line that this finds is to be replaced:' },
              { show: `grep -nE -e ${shellWord(regexp)} -- ${file} | tail -n 1` },
            ]),
        { say: `${matching} this line at the end:` },
        { show: written(wanted) },
      ],
      undo: [{ say: 'Put the file back that was set aside:' }, { show: `cp -a -- ${aside} ${file}` }],
    };
  },
  preview: previewLine,
};
