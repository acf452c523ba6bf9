import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { readArguments } from '../../src/playground/start-words.ts';
import { type Example, examples, faultsOf } from './examples.ts';
import { commands, help } from './help.ts';
import { blocks, docs, pages, read } from './pages.ts';

/** The lines of the pages' shell examples that call something, continued lines joined. */
const lines = (...languages: readonly string[]): readonly string[] =>
  pages()
    .flatMap((path) => blocks(path, ...languages))
    .flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))
    .map((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/ +# .*$/, '')
        .trim(),
    )
    .filter((line) => line !== '');

const calls = (): readonly string[] => lines('console', 'sh').filter((line) => line.includes('dist/cli.js '));

describe('YAML in the docs', () => {
  it('is there, of each kind', () => {
    expect(new Set(examples().map(({ kind }) => kind))).toEqual(new Set(['procedure', 'inventory', 'workflow']));
    expect(examples().length).toBeGreaterThan(10);
  });

  it.each(examples().map((example): [string, Example] => [example.at, example]))('%s is clean', (_at, example) => {
    expect(faultsOf(example)).toEqual([]);
  });

  it('is told from what is not clean', () => {
    const [first] = examples().filter(({ kind }) => kind === 'procedure');
    expect(faultsOf({ ...first!, file: first!.file.replace('hosts:', 'host:') })).not.toEqual([]);
  });

  it('shows a workflow that follows new comments, on a runner that keeps its disk', () => {
    const [workflow] = examples().filter(({ kind }) => kind === 'workflow');
    expect(parse(workflow?.file ?? '')).toMatchObject({
      on: { issue_comment: { types: ['created'] } },
      permissions: { issues: 'write', contents: 'read' },
      jobs: { follow: { 'runs-on': expect.arrayContaining(['self-hosted']) } },
    });
  });
});

describe('commands in the docs', () => {
  it('are there', () => {
    expect(calls().length).toBeGreaterThan(8);
  });

  it.each(calls())('%s is one that the program has', (line) => {
    const [command = '', ...words] = line.split('dist/cli.js ')[1]!.split(/ +/);
    expect(commands()).toContain(command);
    const text = help(command);
    for (const option of words.filter((word) => word.startsWith('-'))) {
      expect(text).toMatch(new RegExp(`^ +${option}(?: |$)`, 'm'));
    }
  });

  it.each(lines('sh').filter((line) => line.startsWith('npm ')))('%s is a script of the package', (line) => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
    for (const call of line.split(' && ')) {
      const [, word = '', script = '', rest] = /^npm (run )?(\S+)(?: -- (.*))?$/.exec(call) ?? [];
      if (word === '' && script === 'ci') continue;
      expect(Object.keys(scripts)).toContain(script);
      if (script === 'start')
        expect(readArguments((rest ?? '').split(' ').filter(Boolean))).toMatchObject({ kind: 'start' });
    }
  });

  it('are called by their right names in prose too', () => {
    const named = docs().flatMap((path) => [...read(path).matchAll(/`(?:changeover|node dist\/cli\.js) ([a-z]+)/g)]);
    const known = commands();
    expect(known).toContain('verify');
    expect(named.map(([, name = '']) => name).filter((name) => !known.includes(name))).toEqual([]);
  });
});
