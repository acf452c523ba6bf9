import type { Param, Procedure } from '../language/types.ts';
import { type Callable, usage } from '../plan/params.ts';
import { wants } from './environment-text.ts';
import { fit } from './fit.ts';
import { jsonText } from './format.ts';
import { blocks, cellCode, code, fence, listed, plain, table } from './markdown.ts';
import { mistakeText } from './mistake-text.ts';
import { APPROVE, DECISIONS, LOCKS, PROCEDURE_USAGE, QUESTIONS } from './verbs.ts';

/** What `/help` and `/procedures` say of a procedure: the very definitions that a call is checked against. */
export type Described = Callable & Pick<Procedure, 'description' | 'hosts' | 'window' | 'file'>;

/**
 * `/help`, alone or about a verb, or about one procedure.
 * @param verb an answer's, a question's or a procedure's; all systems that have it are shown.
 */
export function renderHelp(procedures: readonly Described[], verb?: string, system?: string): string {
  if (verb === undefined) return overview(procedures);
  const own = ownVerb(verb);
  if (own !== undefined && system === undefined) return own;
  const found = procedures.filter((each) => each.verb === verb && (system === undefined || each.system === system));
  const [only] = found;
  if (only === undefined)
    return system === undefined
      ? mistakeText({ kind: 'no_such_verb', verb, known: procedures.map((each) => each.verb) })
      : mistakeText({ kind: 'no_procedure', verb, system, known: procedures });
  return found.length === 1
    ? procedureHelp(only)
    : fit((detail) => blocks(`### ${code(`/${verb}`)}`, procedureTable(found, detail.rows)));
}

function ownVerb(verb: string): string | undefined {
  const row = Object.entries({ ...DECISIONS, approve: APPROVE, ...QUESTIONS, ...LOCKS }).find(
    ([name]) => name === verb,
  )?.[1];
  if (row === undefined) return undefined;
  const example = row.example === undefined ? [] : ['For example:', fence(row.example)];
  return blocks(`### ${code(row.usage)}`, `${capital(row.summary)}.`, ...example);
}

function overview(procedures: readonly Described[]): string {
  const rows = (verbs: Readonly<Record<string, { readonly usage: string; readonly summary: string }>>): string =>
    table(
      ['type', 'for'],
      Object.values(verbs).map(({ usage, summary }) => [cellCode(usage), summary]),
    );
  const [first] = procedures;
  return fit((detail) =>
    blocks(
      '### What can be typed here',
      `One command a comment, at the start of a line. A procedure: ${code(PROCEDURE_USAGE)}. With ${code('dryrun')} it shows what would happen and changes nothing.`,
      procedureTable(procedures, detail.rows),
      '**Answers**, where a run waits',
      rows({ ...DECISIONS, approve: APPROVE }),
      '**Questions**',
      rows(QUESTIONS),
      '**Locks**, and what waits',
      rows(LOCKS),
      first === undefined ? undefined : `More about one procedure: ${code(`/help ${first.verb} ${first.system}`)}.`,
    ),
  );
}

/** `/procedures`. */
export const renderProcedures = (procedures: readonly Described[]): string =>
  fit((detail) =>
    blocks(
      '### Procedures',
      procedureTable(procedures, detail.rows),
      procedures.length === 0 ? undefined : `${code('/help <verb> <system>')} tells more about one.`,
    ),
  );

function procedureTable(procedures: readonly Described[], most: number): string {
  if (procedures.length === 0)
    return `There are no procedures yet. One is a file ${code('procedures/<system>/<verb>.yml')} on the default branch.`;
  return blocks(
    table(
      ['type', 'for', 'hosts'],
      procedures
        .slice(0, most)
        .map((each) => [cellCode(usageOf(each)), plain(each.description), some(each.hosts, 6, cellCode)]),
    ),
    more(procedures.length - most),
  );
}

const more = (left: number): string | undefined => (left > 0 ? `and ${left} more` : undefined);

/** The first of them, and how many there are besides. */
const some = (words: readonly string[], most: number, show: (word: string) => string): string =>
  listed([...words.slice(0, most).map(show), ...(words.length > most ? [`${words.length - most} more`] : [])]);

/** `/upgrade pryv <version> [speed=4] [dryrun]`, as a refused call is told it. */
export const usageOf = (procedure: Callable): string => `${usage(procedure)} [dryrun]`;

function procedureHelp(procedure: Described): string {
  const params = procedure.params.map((param) => [
    cellCode(param.name),
    plain(param.description),
    whatItTakes(param),
    param.default === undefined
      ? param.required
        ? 'must be given'
        : 'may be left out'
      : cellCode(jsonText(param.default)),
  ]);
  return fit((detail) =>
    blocks(
      `### ${code(usageOf(procedure))}`,
      plain(procedure.description),
      params.length === 0
        ? 'It takes no values.'
        : blocks(
            table(['value', 'what it is', 'must be', 'if left out'], params.slice(0, detail.rows)),
            more(params.length - detail.rows),
            'Values stand in this order, or each with its name, as in `name=value`. One with spaces stands in quotes.',
          ),
      `It touches ${some(procedure.hosts, 20, code)} and nothing outside. It stands in ${code(procedure.file)}.`,
      ...places(procedure, detail.rows),
      'See what it would do, without changing anything:',
      fence(exampleOf(procedure)),
    ),
  );
}

/** The environments of which a command names one; or, without any, when it may start. */
function places(procedure: Described, most: number): readonly (string | undefined)[] {
  const { environments = [], environmentOptional = false, window } = procedure;
  const bare = wants(undefined, window).map((each) => plain(each, 1_000));
  if (environments.length === 0) return bare;
  const rows = environments.map((each) => [
    cellCode(`environment=${each.name}`),
    each.hosts === undefined ? 'all' : some(each.hosts, 6, cellCode),
    wants(each, each.window ?? window)
      .map((words) => plain(words, 1_000))
      .join(' '),
  ]);
  return [
    environmentOptional
      ? `A command may name one of its environments. Without the word: ${bare.join(' ') || 'nothing of this.'}`
      : 'A command names one of its environments:',
    table(['environment', 'hosts', 'what it wants'], rows.slice(0, most)),
    more(rows.length - most),
  ];
}

function whatItTakes(param: Param): string {
  const type = {
    string: 'text',
    int: 'a whole number',
    bool: '`true` or `false`',
    host: "a host's name",
    choice: listed(
      (param.choices ?? []).map((choice) => cellCode(choice)),
      'or',
    ),
  }[param.type];
  return param.pattern === undefined ? type : `${type} that matches ${cellCode(param.pattern)}`;
}

const exampleOf = (procedure: Described): string =>
  [
    `/${procedure.verb}`,
    procedure.system,
    ...procedure.params.filter((param) => param.required && param.default === undefined).map(({ name }) => `${name}=…`),
    ...(procedure.environmentOptional === true ? [] : (procedure.environments ?? []))
      .slice(0, 1)
      .map(({ name }) => `environment=${name}`),
    'dryrun',
  ].join(' ');

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
