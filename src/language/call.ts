/** `call`: the steps of another procedure in the place of one. */
import * as z from 'zod';
import { asValue, described, keys, mapOf, plainText } from './fields.ts';
import { valueAt } from './literals.ts';
import { entriesAt, isMap, type Reading } from './reading.ts';
import type { CheckedStep, WrongKey } from './step-rules.ts';
import { hasExpression } from './template.ts';
import type { Call, Value } from './types.ts';
import type { Path } from './yaml-file.ts';

const NAME = /^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/;
const NAME_WANTED = 'a procedure is named by its system and its verb, such as pryv/redis-merge';

const name = () =>
  plainText().regex(NAME, {
    error: ({ input }) =>
      hasExpression(String(input)) ? 'no ${{ }} can stand here: write the name itself' : NAME_WANTED,
  });

/** What a command could give too: a text, in which `${{ }}` may stand, a number, true or false. */
const given = () =>
  z.union([z.string().transform((source): Value => asValue(source)), z.number(), z.boolean()], {
    error: ({ input }) => `a text, a number, true or false is wanted here, and this is ${described(input)}`,
  });

/** How a call may be written. */
export const call = () =>
  z.union([name(), keys({ procedure: name(), with: mapOf(given()).optional() })], {
    error: ({ input }) => `${NAME_WANTED}, or {procedure: …, with: {…}}; this is ${described(input)}`,
  });

/** The call at a path, once its form is checked; its values are held to being what they look like. */
export function readCall(file: Reading, path: Path): Call {
  const { yaml } = file;
  const at = isMap(yaml.at(path)) ? [...path, 'procedure'] : path;
  const named = yaml.at(at);
  return {
    procedure: typeof named === 'string' ? named : '',
    place: yaml.place(at),
    with: entriesAt(yaml, [...path, 'with']).map(([param, each]) => ({
      name: param,
      value: valueAt(file, each),
      keyPlace: yaml.keyPlace(each),
      place: yaml.place(each),
    })),
  };
}

/** What a step that calls can say beside; a condition that is a script is asked as the user whom it becomes. */
export const goesWithCall = (key: string, whenIsScript: boolean): boolean =>
  ['id', 'name', 'when'].includes(key) || (whenIsScript && ['become', 'become_user'].includes(key));

/** Tells what a step that calls cannot say, and where to say it instead. */
export function checkCalling(step: CheckedStep, has: (key: string) => boolean, wrongKey: WrongKey): void {
  const whenIsScript = step.read.when !== undefined && 'run' in step.read.when;
  // Of secrets it is told where all of them are looked at.
  for (const key of Object.keys(step.read).filter((each) => each !== 'secrets')) {
    if (has(key) && !goesWithCall(key, whenIsScript)) wrongKey(key, ELSEWHERE[key] ?? elsewhere(key));
  }
  if (step.kind !== 'step')
    wrongKey(step.action.name, `${NOT_THERE[step.kind]} calls no procedure: write its steps here`);
  else if (step.read.id === undefined) {
    wrongKey(
      step.action.name,
      'the steps that are called are named after this one, so it needs a name that stays: add id, for instance id: stop',
    );
  }
}

const NOT_THERE = {
  undo: 'a step that undoes another',
  rollback: 'what follows a rollback',
  always: 'what is done at the end of every run',
} as const;

const elsewhere = (key: string): string =>
  `${key} belongs to the steps of the procedure that is called: say it there, or in its defaults, and take it out here`;

const ELSEWHERE: Readonly<Record<string, string>> = {
  env: 'the called procedure has its own params and vars only: give it values by with, and take env out',
  on: 'the called procedure says itself where its steps are taken: give it a param of type host, and take on out',
  loop: 'a procedure is called once: take loop out',
  on_rollback: 'the steps that are called say themselves how they are undone: take on_rollback out',
  reversible: 'the steps that are called say themselves whether they can be undone: take reversible out',
};
