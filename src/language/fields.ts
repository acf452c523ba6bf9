/**
 * The kinds of fields that actions and procedures are made of, as zod schemas whose messages are written for the
 * people who write procedures. What a schema here accepts, it gives back in the words of `types.ts`.
 *
 * A schema built from these keeps the shape of its input (no transform of whole objects): so expressions in it can be
 * found, and what is wrong with them can be told at their place in the file.
 */
import * as z from 'zod';
import { isBuiltIn, ID, ID_RULE, HOST, HOST_RULE, USER, USER_RULE, VARIABLE, VARIABLE_RULE } from './names.ts';
import { didYouMean } from './suggest.ts';
import { hasExpression, parseTemplate } from './template.ts';
import type { Condition, Script, Value } from './types.ts';

/** A text, in which `${{ }}` may stand. Numbers and booleans are refused: YAML has changed them before we see them. */
export const text = () => plainText().transform((source): Value => asValue(source));

/** A text without `${{ }}`, e.g. a name or a regular expression. */
export const fixedText = () =>
  plainText().refine((source) => !hasExpression(source), { error: 'no ${{ }} can stand here: write the text itself' });

/** `true`, `false`, or one `${{ }}` that gives one of them. */
export const flag = () =>
  z
    .union([z.boolean(), z.string().refine(isOneExpression, { error: FLAG_WANTED })], { error: FLAG_WANTED })
    .transform((given): Value => (typeof given === 'string' ? { expr: given.trim() } : { lit: given }));

/** A shell script, in which no `${{ }}` may stand: what is put into a script's text would be read as code. */
export const script = () =>
  z
    .string({ error: (issue) => `a shell script is wanted here, and this is ${described(issue.input)}` })
    .refine((source) => source.trim() !== '', { error: 'the script is empty' })
    .refine((source) => !source.includes('\0'), { error: 'a script cannot contain the character NUL' })
    .refine((source) => !hasExpression(source), { error: NO_EXPRESSION_IN_SCRIPT })
    .meta({ contentMediaType: SHELL_SCRIPT });

/** By which a script is told from other texts, in a schema of ours and in what is published of it. */
const SHELL_SCRIPT = 'application/x-sh';

/** Whether what it takes is a script. */
export const isScript = (schema: z.ZodType): boolean => schema.meta()?.['contentMediaType'] === SHELL_SCRIPT;

/** Which shell runs a script: `sh` as `sh -eu`, `bash` as `bash -euo pipefail`. */
export const shell = () => choice('sh', 'bash');

/** An expression, with or without `${{ }}` around it, or `{run: script}` that exits 0 where it holds. */
export const condition = () =>
  z.union([conditionExpression(), conditionScript()], {
    error: "a condition is wanted here: an expression such as facts.version == '1.6', or {run: script}",
  });

/** `500ms`, `90s`, `10m`, `2h`, or a number of seconds; gives milliseconds. */
export const duration = () =>
  z
    .union([z.string(), z.number()], { error: DURATION_WANTED })
    .meta({ examples: ['30s', '10m', '2h'] })
    .transform((given, context): number => {
      const ms = typeof given === 'number' ? given * 1000 : milliseconds(given);
      if (ms !== undefined && Number.isFinite(ms) && ms >= 1 && ms <= LONGEST_MS) return Math.round(ms);
      context.addIssue({ code: 'custom', message: DURATION_WANTED, input: given });
      return z.NEVER;
    });

/** One of the given words. */
export const choice = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z.enum(words, {
    error: (issue) =>
      `one of ${words.join(', ')} is wanted here` +
      (typeof issue.input === 'string' ? didYouMean(issue.input, words) : `, and this is ${described(issue.input)}`),
  });

/** A step's id. */
export const stepId = () => named(ID, `an id is made of ${ID_RULE}`);

/** The name of a param, var, fact or `env` variable. */
export const variableName = () => named(VARIABLE, `a name is made of ${VARIABLE_RULE}`);

/** The name of a host or a group. */
export const hostName = () => named(HOST, `a host or group is named by ${HOST_RULE}`);

/** A text file of the repository: its path from the procedure's own folder down. */
export const fileBeside = () => fixedText().refine(leadsDown, { error: FILE_WANTED });

/** A user of a host. */
export const userName = () => plainText().regex(USER, { error: `a user is named by ${USER_RULE}` });

/** `true` or `false` itself, where it must be known before anything runs. */
export const bool = () =>
  z.boolean({ error: (issue) => `true or false is wanted here, and this is ${described(issue.input)}` });

/** A whole number within bounds, where it must be known before anything runs. */
export const integer = (from: number, to: number) =>
  z
    .number({ error: (issue) => `a whole number is wanted here, and this is ${described(issue.input)}` })
    .refine((given) => Number.isInteger(given) && given >= from && given <= to, {
      error: `a whole number from ${from} to ${to} is wanted here`,
    })
    .meta({ type: 'integer', minimum: from, maximum: to });

/** The same, or one `${{ }}` that gives it. */
export const amount = (from: number, to: number) => {
  const wanted = `a whole number from ${from} to ${to}, or one \${{ }} that gives one, is wanted here`;
  return z
    .union([integer(from, to), z.string().refine(isOneExpression, { error: wanted })], { error: wanted })
    .transform((given): Value => (typeof given === 'string' ? { expr: given.trim() } : { lit: given }));
};

/** A map of named things, e.g. `env` or `vars`; what the names may be is for the caller to check. */
export const mapOf = <T extends z.ZodType>(of: T) =>
  z.record(z.string(), of, {
    error: (issue) => `a map (name: value) is wanted here, and this is ${described(issue.input)}`,
  });

/** Exactly these keys; which of them is nearest to a wrong one is told by whoever knows the file. */
export const keys = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'invalid_type'
        ? `a map (key: value) is wanted here, and this is ${described(issue.input)}`
        : undefined,
  });

/** A field's text as a value: written as it is, or to be resolved. */
export const asValue = (source: string): Value => (hasExpression(source) ? { expr: source } : { lit: source });

/** What a value from YAML is, in an operator's words. */
export function described(input: unknown): string {
  if (input === undefined) return 'missing';
  if (input === null) return 'empty';
  if (typeof input === 'string') return 'a text';
  if (typeof input === 'number' || typeof input === 'bigint') return `the number ${input}`;
  if (typeof input === 'boolean') return String(input);
  return Array.isArray(input) ? 'a list' : 'a map';
}

const BUILT_IN = 'this name has a meaning of its own to the program: choose another';
const FILE_WANTED =
  "a file beside the procedure is wanted here: its path from the procedure's own folder down, such as files/app.conf, " +
  'without / at its beginning, . and ..';
const LONGEST_PATH = 200;
const LONGEST_MS = 480 * 3_600_000;
const FLAG_WANTED = 'true, false, or one ${{ }} that gives one of them is wanted here';
const DURATION_WANTED =
  'a duration is wanted here: 500ms, 90s, 10m, 2h or a number of seconds, more than nothing and at most 480h';
const NO_EXPRESSION_IN_SCRIPT =
  'no ${{ }} can stand in a script, since no value may be read as code: params and vars are environment variables ' +
  'already (write "$version" for params.version); for anything else add to the step, for instance, ' +
  'env: {FOUND: \'${{ facts.found }}\'} and write "$FOUND"';

/** A text as it stands, with or without `${{ }}`. */
export const plainText = () =>
  z.string({
    error: ({ input }) =>
      typeof input === 'number' || typeof input === 'boolean' || typeof input === 'bigint'
        ? `quote it: a text is wanted here, and without quotes YAML makes it ${described(input)} ` +
          '(1.10 would be 1.1, and 0640 would be 640)'
        : `a text is wanted here, and this is ${described(input)}`,
  });

const named = (pattern: RegExp, error: string) =>
  plainText()
    .regex(pattern, { error })
    .refine((name) => !isBuiltIn(name), { error: BUILT_IN });

const leadsDown = (path: string): boolean =>
  path.length <= LONGEST_PATH &&
  !/[\\\p{Cc}]/u.test(path) &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function milliseconds(source: string): number | undefined {
  const [, amount, unit] = /^(\d{1,15}(?:\.\d{1,6})?)\s*(ms|s|m|h)$/.exec(source.trim()) ?? [];
  const factor = unit === undefined ? undefined : UNITS[unit];
  return factor === undefined ? undefined : Number(amount) * factor;
}

function isOneExpression(source: string): boolean {
  const template = parseTemplate(source.trim());
  return template.ok && template.parts.length === 1 && template.parts[0]?.kind === 'expr';
}

const conditionExpression = () =>
  z.union([z.string(), z.boolean()]).transform((given, context): Condition => {
    if (typeof given === 'boolean') return { expr: String(given) };
    const expr = unwrapped(given);
    if (expr !== undefined && expr.trim() !== '') return { expr };
    context.addIssue({
      code: 'custom',
      message: expr === undefined ? WHOLE_EXPRESSION : 'the condition is empty',
      input: given,
    });
    return z.NEVER;
  });

const WHOLE_EXPRESSION =
  "a condition is one expression: write all of it within one ${{ }}, or without any, as in params.version == '1.6'";

const conditionScript = () =>
  keys({ run: script(), shell: shell().optional() }).transform(({ run, shell: chosen }): Condition => {
    const made: Script = { shell: chosen ?? 'sh', text: run };
    return { run: made };
  });

/** The expression itself, whether `${{ }}` stands around it or not; undefined where text and `${{ }}` are mixed. */
function unwrapped(source: string): string | undefined {
  if (!hasExpression(source)) return source;
  const template = parseTemplate(source.trim());
  if (!template.ok || template.parts.length !== 1) return undefined;
  const [part] = template.parts;
  return part?.kind === 'expr' ? part.source : undefined;
}
