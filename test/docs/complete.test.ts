import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { actions } from '../../src/actions/index.ts';
import { parseInventory } from '../../src/language/inventory.ts';
import { MODIFIERS } from '../../src/language/step-schema.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import { EXIT } from '../../src/terminal/exit-codes.ts';
import { DECISIONS, LOCKS, QUESTIONS } from '../../src/thread/verbs.ts';
import { TROUBLES } from '../../src/playground/local-github/troubles.ts';
import { FAULTS } from '../../src/playground/local-hosts/faults.ts';
import { commands, help } from './help.ts';
import { docs, read, ROOT, section } from './pages.ts';

/** The code spans that stand in a row's first cell: what a table's row is about. */
const rowsOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .flatMap((line) => [...(line.split(/(?<!\\)\|/)[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, span]) => span ?? ''));

const missing = (wanted: readonly string[], there: readonly string[]): readonly string[] =>
  wanted.filter((word) => !there.includes(word));

/** The keys that there are, as the reader itself lists them to whoever writes another. */
function keysTold(problems: readonly { readonly message: string }[]): readonly string[] {
  const told = problems.map(({ message }) => /^unknown key "qqqqqqqqqq"; there are: (.+)$/.exec(message)?.[1]);
  return told.find((list) => list !== undefined)?.split(', ') ?? [];
}

const documentKeys = (): readonly string[] => {
  const text = 'qqqqqqqqqq: 1\ndescription: d\nhosts: [h]\nsteps: [{comment: hello}]\n';
  const parsed = parseProcedure(text, { file: 'f', system: 's', verb: 'v', actions });
  return parsed.ok ? [] : keysTold(parsed.problems);
};

const paramKeys = (): readonly string[] => {
  const text = 'description: d\nhosts: [h]\nparams: {p: {qqqqqqqqqq: 1}}\nsteps: [{comment: hello}]\n';
  const parsed = parseProcedure(text, { file: 'f', system: 's', verb: 'v', actions });
  return parsed.ok ? [] : keysTold(parsed.problems);
};

const hostKeys = (): readonly string[] => {
  const parsed = parseInventory('hosts:\n  h: {address: h, user: u, qqqqqqqqqq: 1}\n', 'f');
  return parsed.ok ? [] : keysTold(parsed.problems);
};

/** Every source file's text. */
const sources = (): readonly string[] =>
  readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => read(`src/${path}`));

const variables = (texts: readonly string[]): readonly string[] =>
  [...new Set(texts.flatMap((text) => text.match(/\bCHANGEOVER_[A-Z]+(?:_[A-Z]+)*\b/g) ?? []))]
    // Procedures name these.
    .filter((name) => !name.startsWith('CHANGEOVER_SECRET_'))
    .sort();

describe('the docs name everything that there is, and nothing else', () => {
  it('of actions', () => {
    const linked = rowsOf(section('docs/language.md', 'Steps').split('\n### ')[0] ?? '');
    const names = actions.map(({ name }) => name);
    expect(linked.filter((word) => names.includes(word))).toEqual(names);
    const page = read('docs/language.md');
    expect(actions.filter(({ summary }) => !page.includes(`| ${summary} |`)).map(({ name }) => name)).toEqual([]);
  });

  it.each(actions)('of the keys of $name', ({ name, schema, siblings = {} }) => {
    const fields = fieldsOf(name, schema);
    const text = section('docs/language.md', name);
    const own = name === 'comment' ? ['comment'] : rowsOf(text);
    expect(missing([...fields, ...Object.keys(siblings)], own)).toEqual([]);
    expect(own.filter((word) => ![...fields, ...Object.keys(siblings), 'timeout'].includes(word))).toEqual([]);
  });

  it('of modifiers', () => {
    const [table = ''] = section('docs/language.md', 'Modifiers').split('\n### ');
    expect([...rowsOf(table)].sort()).toEqual([...MODIFIERS].sort());
  });

  it("of a document's, a param's and a host's keys", () => {
    const [document = ''] = section('docs/language.md', 'The document').split('\n### ');
    expect([...rowsOf(document)].sort()).toEqual([...documentKeys()].sort());
    expect([...rowsOf(section('docs/language.md', 'Params'))].sort()).toEqual([...paramKeys()].sort());
    const [hosts = ''] = section('docs/inventory.md', 'Inventory').split('\n## ');
    expect([...rowsOf(hosts)].sort()).toEqual([...hostKeys()].sort());
    expect(hostKeys()).toContain('via');
  });

  it('of what can be typed in a comment', () => {
    expect(rowsOf(section('docs/comments.md', 'Answers'))).toEqual([
      ...Object.keys(DECISIONS).map((verb) => `/${verb}`),
      '/approve <digest>',
    ]);
    expect(rowsOf(section('docs/comments.md', 'Questions'))).toEqual(
      Object.values(QUESTIONS).map(({ usage }) => usage),
    );
    expect(rowsOf(section('docs/comments.md', 'Locks, and what waits'))).toEqual(
      Object.values(LOCKS).map(({ usage }) => usage),
    );
  });

  it('of exit codes', () => {
    const codes = section('docs/cli.md', 'Exit codes').matchAll(/^\| (\d+) \|/gm);
    expect([...codes].map(([, code]) => Number(code))).toEqual(Object.values(EXIT));
  });

  it('of commands and their options', () => {
    const documented = rowsOf(section('docs/cli.md', 'Commands')).map((row) => row.split(' ')[0] ?? '');
    const options = documented.filter((word) => word.startsWith('-'));
    expect(documented.filter((word) => !word.startsWith('-')).filter((word) => !commands().includes(word))).toEqual([]);
    expect(missing(commands(), documented)).toEqual([]);
    expect(
      missing(
        commands(),
        rowsOf(section('README.md', 'The commands')).map((row) => row.split(' ')[0] ?? ''),
      ),
    ).toEqual([]);
    const own = commands().flatMap((command) => optionsIn(help(command).split('Global Options:')[0] ?? ''));
    expect([...new Set(own)].sort()).toEqual([...options].sort());
    const everywhere = rowsOf(section('docs/cli.md', 'Options everywhere')).flatMap(
      (row) => /^--[a-z-]+/.exec(row) ?? [],
    );
    expect(everywhere).toEqual(optionsIn(help()));
  });

  it('of types of events', () => {
    const { oneOf } = JSON.parse(read('schema/event.schema.json')) as { readonly oneOf: readonly { title: string }[] };
    const types = oneOf.map(({ title }) => title);
    const page = read('docs/events.md');
    const [, , table = ''] = page.split(/\n\n(?=\| )/);
    expect(rowsOf(table)).toEqual(types);
  });

  it('of faults in the playground', () => {
    expect(rowsOf(section('docs/playground.md', 'Faults'))).toEqual([...FAULTS, ...TROUBLES].map(({ name }) => name));
  });

  it('of environment variables', () => {
    const inSource = variables(sources());
    expect(inSource).toContain('CHANGEOVER_JOURNAL');
    expect(variables(docs().map(read))).toEqual(inSource);
    const settings = ['settings', 'action-settings'].flatMap((file) => [
      ...read(`src/github/${file}.ts`).matchAll(/In\(env, '([A-Z_]+)'/g),
    ]);
    const names = [...new Set(settings.map(([, name]) => name ?? ''))];
    expect(names).toContain('WEBHOOK_SECRET');
    const told = [read('docs/server.md'), read('docs/action.md')].join('\n');
    expect(names.filter((name) => !told.includes(name))).toEqual([]);
  });
});

/** An action's keys. What can be written in a short form too has its own among them. */
function fieldsOf(name: string, schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  const forms = schema instanceof z.ZodUnion ? schema.options : [];
  return [name, ...forms.flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : []))];
}

const optionsIn = (text: string): readonly string[] =>
  [...text.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)]
    .map(([, name]) => name ?? '')
    .filter((name) => name !== '--help' && name !== '--version');
