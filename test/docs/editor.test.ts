/** What somebody who writes a procedure or an inventory is shown by an editor with the YAML language server. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actions } from '../../src/actions/index.ts';
import { MODIFIERS } from '../../src/language/step-schema.ts';
import { type At, type Completion, type LanguageServer, startLanguageServer } from '../support/language-server.ts';
import { examples } from './examples.ts';
import { read, ROOT } from './pages.ts';

const SHIPPED = readdirSync(`${ROOT}procedures`, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yml') && !path.includes('/files/'))
  .map((path) => `procedures/${path}`);

let server: LanguageServer;
beforeAll(async () => {
  server = await startLanguageServer(ROOT.replace(/\/$/, ''));
});
afterAll(async () => {
  await server.stop();
});

let files = 0;
const uriOf = (path: string): string => `file://${ROOT}${path}`;
/** A file of its own, of a system that is not there. */
const fresh = (folder: string): string => uriOf(`${folder}/editor-${String((files += 1))}.yml`);

const PROCEDURE = '# yaml-language-server: $schema=../../schema/procedure.schema.json\n';
const INVENTORY = '# yaml-language-server: $schema=schema/inventory.schema.json\n';

/** A text with its cursor, `|`, taken out. */
function cursor(text: string): { readonly text: string; readonly at: At } {
  const before = text.slice(0, text.indexOf('|')).split('\n');
  return { text: text.replace('|', ''), at: { line: before.length - 1, character: before.at(-1)!.length } };
}

const words = ({ documentation = '' }: Completion): string =>
  typeof documentation === 'string' ? documentation : documentation.value;

async function offered(uri: string, written: string): Promise<readonly Completion[]> {
  const { text, at } = cursor(written);
  await server.open(uri, text);
  return server.complete(uri, at);
}

async function shown(uri: string, written: string): Promise<string> {
  const { text, at } = cursor(written);
  await server.open(uri, text);
  return server.hover(uri, at);
}

const HEAD = 'description: d\nhosts: [web]\n';

describe('an editor', () => {
  it('offers each action and each modifier of a step, with what it does', async () => {
    const found = await offered(fresh('procedures/demo'), `${PROCEDURE}${HEAD}steps:\n  - |\n`);
    const labels = found.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining([...actions.map(({ name }) => name), ...MODIFIERS]));
    for (const item of found.filter(({ label }) => /^\w+$/.test(label)))
      expect([item.label, words(item)]).not.toEqual([item.label, '']);
    for (const { name, summary } of actions) {
      expect(words(found.find(({ label }) => label === name)!).replaceAll(/[\\`]/g, '')).toContain(
        summary.replaceAll('`', ''),
      );
    }
  });

  it.each([
    ['the document', `${PROCEDURE}${HEAD}|\n`, ['params', 'facts', 'vars', 'secrets', 'defaults', 'steps']],
    [
      'a param',
      `${PROCEDURE}${HEAD}params:\n  release:\n    |\n`,
      ['type', 'pattern', 'choices', 'default', 'required'],
    ],
    [
      'a file',
      `${PROCEDURE}${HEAD}steps:\n  - id: a\n    file:\n      |\n`,
      ['path', 'content', 'state', 'mode', 'validate'],
    ],
    [
      'on_failure',
      `${PROCEDURE}${HEAD}steps:\n  - id: a\n    on_failure: |\n`,
      ['prompt', 'rollback', 'abort', 'continue'],
    ],
    [
      'what undoes a step',
      `${PROCEDURE}${HEAD}steps:\n  - id: a\n    run: x\n    on_rollback:\n      |\n`,
      ['leave', 'run', 'file'],
    ],
  ])('offers what can stand in %s', async (_what, written, wanted) => {
    const found = await offered(fresh('procedures/demo'), written);
    expect(found.map(({ label }) => label)).toEqual(expect.arrayContaining(wanted));
  });

  it('offers what can be said of a host', async () => {
    const found = await offered(uriOf('editor-inventory.yml'), `${INVENTORY}hosts:\n  web1:\n    |\n`);
    expect(found.map(({ label }) => label)).toEqual(expect.arrayContaining(['address', 'user', 'via', 'host_key']));
  });

  it.each([
    [
      'an action',
      `${PROCEDURE}${HEAD}steps:\n  - id: a\n    sym|link: { path: /a, target: b }\n`,
      'switches a symbolic link',
    ],
    [
      'a modifier',
      `${PROCEDURE}${HEAD}steps:\n  - comment: x\n    wh|en: facts.up\n`,
      'it does not hold the step is skipped',
    ],
    [
      'a key of an action',
      `${PROCEDURE}${HEAD}steps:\n  - id: a\n    move:\n      sr|c: /a\n      dest: /b\n`,
      'what is moved',
    ],
    [
      'a key of the document',
      `${PROCEDURE}descrip|tion: d\nhosts: [web]\nsteps:\n  - comment: x\n`,
      'one line; /help shows it',
    ],
  ])('shows of %s what it does', async (_what, written, wanted) => {
    expect((await shown(fresh('procedures/demo'), written)).replaceAll(/[\\`]/g, '')).toContain(wanted);
  });

  it('shows of a host’s key what it is', async () => {
    const written = `${INVENTORY}hosts:\n  web1:\n    addr|ess: a\n    user: b\n`;
    expect(await shown(uriOf('editor-hover.yml'), written)).toContain('name or IP address');
  });

  it.each([
    ['a key that nobody knows', `${PROCEDURE}${HEAD}steps:\n  - comment: x\n    wehn: facts.up\n`, 5, 'wehn'],
    ['a word that nobody knows', `${PROCEDURE}${HEAD}steps:\n  - comment: x\n    on_failure: panic\n`, 5, 'rollback'],
    ['a number as a text', `${PROCEDURE}description: 1.10\nhosts: [web]\nsteps:\n  - comment: x\n`, 1, 'string'],
  ])('marks %s, in its line', async (_what, text, line, says) => {
    const found = await server.open(fresh('procedures/demo'), text);
    expect(found.map(({ range }) => range.start.line)).toEqual([line]);
    expect(found[0]!.message).toContain(says);
  });

  it('marks a wrong key of an inventory, in its line', async () => {
    const text = `${INVENTORY}hosts:\n  web1:\n    adress: a\n    user: b\n`;
    const found = await server.open(uriOf('editor-wrong.yml'), text);
    expect(found.map(({ range }) => range.start.line)).toContain(3);
  });

  it.each(SHIPPED)('has nothing against %s, whose first line names the schema', async (path) => {
    const uri = uriOf(path);
    expect(await server.open(uri, read(path))).toEqual([]);
    const wrong = read(path).replace(/^steps:/m, 'stesp:');
    expect((await server.open(uri.replace('.yml', '-wrong.yml'), wrong)).length).toBeGreaterThan(0);
  });

  it('has nothing against what the docs show', async () => {
    for (const { at, kind, file } of examples()) {
      if (kind === 'workflow') continue;
      const [uri, line] =
        kind === 'procedure' ? [fresh('procedures/demo'), PROCEDURE] : [uriOf('editor-docs.yml'), INVENTORY];
      expect([at, await server.open(uri, `${line}${file}`)]).toEqual([at, []]);
    }
  });

  it('has fetched nothing for all that', () => {
    expect(server.reached()).toBe(0);
  });
});

describe('the schemas', () => {
  it.each(['procedure', 'inventory'])('say of each key of %s what it is', (name) => {
    const bare: string[] = [];
    const visit = (schema: unknown, at: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [key, value] of Object.entries(schema)) {
        if (key === 'properties') {
          for (const [name, of] of Object.entries(value as object)) {
            if (!/^\S/.test((of as { readonly description?: string }).description ?? '')) bare.push(`${at}.${name}`);
          }
        }
        visit(value, `${at}.${key}`);
      }
    };
    visit(JSON.parse(read(`schema/${name}.schema.json`)), name);
    expect(bare).toEqual([]);
  });
});
