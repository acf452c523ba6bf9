import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { lint } from '../../src/terminal/commands/lint.ts';
import { folderSource } from '../../src/terminal/folder-source.ts';

const INVENTORY = 'hosts: { web: { address: web.example, user: ops } }\n';
const GOOD = 'description: d\nhosts: [web]\nsteps: [{ comment: x }]\n';
const WITH_FILE =
  'description: d\nhosts: [web]\nsteps:\n  - id: a\n    file: { path: /etc/app.conf, src: files/app.conf }\n';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with these files, and `lint` as it answers there. `$` in an answer stands for the folder. */
function place(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'changeover-Lint_'));
  folders.push(root);
  for (const [path, text] of Object.entries({ 'inventory.yml': INVENTORY, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const options = {
    procedures: join(root, 'books'),
    inventory: join(root, 'inventory.yml'),
    ...{ journal: join(root, 'journal'), json: false, color: false, yes: false },
  };
  return async (...names: readonly string[]): Promise<readonly [code: number, ...lines: string[]]> => {
    const lines: string[] = [];
    const code = await lint(
      {
        options,
        workshop: { source: folderSource(options.procedures, options.inventory) },
        say: (line) => lines.push(line),
        complain: (line) => lines.push(`error: ${line}`),
      },
      names.map((name) => name.replace('$', root)),
    );
    return [code, ...lines.map((line) => line.replaceAll(root, '$'))];
  };
}

describe('lint', () => {
  it('looks at all procedures and the inventory, and at the files that steps name', async () => {
    const answer = place({
      ...{ 'books/site/conf.yml': WITH_FILE, 'books/site/files/app.conf': 'a', 'books/site/up.yml': GOOD },
      ...{ 'books/site/files/compose.yaml': 'services: {}', 'books/README.md': '# Books' },
    });
    expect(await answer()).toEqual([0, '2 procedures: clean']);
  });

  it('tells what is missing beside a procedure, of all and of one given by hand, wherever it is', async () => {
    const words = 'there is no file "files/app.conf" beside this procedure; did you mean "files/ap.conf"?';
    const answer = place({ 'books/site/conf.yml': WITH_FILE, 'books/site/files/ap.conf': 'a' });
    expect(await answer()).toEqual([2, `$/books/site/conf.yml:5:39: ${words}`]);
    expect(await answer('$/books/site/conf.yml')).toEqual([2, `$/books/site/conf.yml:5:39: ${words}`]);
    const elsewhere = place({ 'conf.yml': WITH_FILE, 'files/ap.conf': 'a' });
    expect(await elsewhere('$/conf.yml')).toEqual([2, `$/conf.yml:5:39: ${words}`]);
    const there = place({ 'conf.yml': WITH_FILE, 'files/app.conf': 'a' });
    expect(await there('$/conf.yml')).toEqual([0, '1 procedure: clean']);
  });

  it('tells of each YAML file that no command can reach how to name it', async () => {
    const answer = place({ 'books/site/up.yaml': GOOD, 'books/site/Up_x.yml': GOOD, 'books/up.yml': GOOD });
    expect(await answer()).toEqual([
      2,
      expect.stringMatching(/^\$\/books\/site\/Up_x\.yml:1:1: no command can reach this file: name it up-x\.yml/),
      expect.stringMatching(/^\$\/books\/site\/up\.yaml:1:1: no command can reach this file: name it up\.yml/),
      expect.stringMatching(/^\$\/books\/up\.yml:1:1: .*<system>\/<verb>\.yml/),
    ]);
    expect(await answer('$/books/site/up.yaml')).toEqual([2, expect.stringContaining('name it up.yml')]);
  });

  it('takes the inventory for the inventory, also when it is given by hand', async () => {
    expect(await place({})('$/inventory.yml')).toEqual([0, 'inventory: clean']);
    expect(await place({ 'books/site/up.yml': GOOD })('$/inventory.yml', '$/books/site/up.yml')).toEqual([
      0,
      'inventory, 1 procedure: clean',
    ]);
    const faulty = place({ 'inventory.yml': 'hosts: { web: { address: x, usr: y } }\n' });
    const [code, first] = await faulty('$/./inventory.yml');
    expect([code, first]).toEqual([2, expect.stringMatching(/^\$\/\.\/inventory\.yml:1:29: unknown key "usr"/)]);
  });

  it('names a file given by hand as it was typed', async () => {
    const answer = place({ 'books/site/up.yml': 'descripton: d\n', 'procedures/site/up.yml': 'descripton: d\n' });
    const typed = relative('.', join(folders.at(-1) ?? '', 'books/site/up.yml'));
    expect((await answer(typed))[1]).toMatch(`${typed.replace(folders.at(-1) ?? '', '$')}:1:1: `);
    expect((await answer('$/books/../books/site/up.yml'))[1]).toMatch('$/books/../books/site/up.yml:1:1: ');
    expect((await answer('$/procedures/site/up.yml'))[1]).toMatch('$/procedures/site/up.yml:1:1: ');
    expect(await answer('$/books/site/notes.txt')).toEqual([2, expect.stringContaining('its name ends in .yml')]);
  });

  it('tells what is wrong with the inventory once, however many procedures there are', async () => {
    const answer = place({ 'inventory.yml': 'hosts: 1\n', 'books/site/up.yml': GOOD, 'books/site/down.yml': GOOD });
    expect(await answer()).toEqual([2, expect.stringMatching(/^\$\/inventory\.yml:1:8: /)]);
  });
});
