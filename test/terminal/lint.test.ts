import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { lint } from '../../src/terminal/commands/lint.ts';
import { folderSource } from '../../src/terminal/folder-source.ts';
import { needs } from '../support/needs.ts';

const PROCEDURES = fileURLToPath(new URL('../../procedures', import.meta.url));
const INVENTORY = 'hosts: { web: { address: web.example, user: ops } }\n';
const GOOD = 'description: d\nhosts: [web]\nsteps: [{ comment: x }]\n';
const WITH_FILE =
  'description: d\nhosts: [web]\nsteps:\n  - id: a\n    file: { path: /etc/app.conf, src: files/app.conf }\n';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with these files, and `lint` as it answers there. `$` in an answer stands for the folder. */
function place(files: Readonly<Record<string, string>>, procedures?: string) {
  const root = mkdtempSync(join(tmpdir(), 'changeover-Lint_'));
  folders.push(root);
  for (const [path, text] of Object.entries({ 'inventory.yml': INVENTORY, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const options = {
    procedures: procedures ?? join(root, 'books'),
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

/** A procedure with these lines as its script, which begin in line 6, column 7. */
const withScript = (...lines: readonly string[]): string =>
  [
    'description: d\nhosts: [web]\nparams: { release: {} }\nsteps:\n  - run: |',
    ...lines.map((line) => `      ${line}`),
    '    read_only: true\n',
  ].join('\n');

needs('shellcheck')('lint, of scripts', () => {
  it('tells what ShellCheck warns of, at its place in the file, and how to say that it is meant so', async () => {
    const answer = place({
      'books/site/up.yml': withScript('cd /srv', 'ls "$release"', '  echo "ä $nope" &&  local x'),
    });
    const meant = (code: string): string =>
      `(ShellCheck ${code}; if it is meant so, write above it: # shellcheck disable=${code})`;
    expect(await answer()).toEqual([
      2,
      `$/books/site/up.yml:8:17: nope is referenced but not assigned ${meant('SC2154')}`,
      `$/books/site/up.yml:8:28: In POSIX sh, 'local' is undefined ${meant('SC3043')}`,
      `$/books/site/up.yml:8:34: x appears unused. Verify use (or export if used externally) ${meant('SC2034')}`,
    ]);
  });

  it('tells what cannot be read as a script', async () => {
    const answer = place({ 'books/site/up.yml': withScript('if true; then', '  echo a', 'fo') });
    const [code, first = ''] = await answer('$/books/site/up.yml');
    expect(code).toBe(2);
    expect(first).toMatch(/^\$\/books\/site\/up\.yml:6:\d+: .* \(ShellCheck SC10\d\d\)$/);
  });

  it('takes neither hints nor what a script is given for mistakes, and heeds what a script says itself', async () => {
    const inventory = 'hosts: { web: { address: web.example, user: ops, vars: { own: x } } }\n';
    const text = withScript('# shellcheck disable=SC2154', 'echo $release $own', 'echo "$nope"', 'echo "$nope"');
    expect(await place({ 'inventory.yml': inventory, 'books/site/up.yml': text })()).toEqual([0, '1 procedure: clean']);
    const once = withScript('true', '# shellcheck disable=SC3043', 'local release', 'local release');
    const [, ...lines] = await place({ 'books/site/up.yml': once })();
    expect(lines).toEqual([expect.stringContaining('up.yml:9:7: In POSIX sh')]);
  });

  it('looks at the scripts of all files, each named as it was typed, however many there are', async () => {
    const bad = withScript('echo "$nope"');
    const many = Object.fromEntries(Array.from({ length: 230 }, (_, at) => [`books/site/up-${String(at)}.yml`, bad]));
    const [, ...lines] = await place(many)();
    expect(lines).toHaveLength(230);
    expect(new Set(lines.map((line) => line.split(':')[0])).size).toBe(230);
    const answer = place({ 'a/up.yml': bad, 'b/up.yml': withScript('true', 'echo "$nope"') });
    expect((await answer('$/a/up.yml', '$/b/up.yml')).slice(1)).toEqual([
      expect.stringContaining('$/a/up.yml:6:13: '),
      expect.stringContaining('$/b/up.yml:7:13: '),
    ]);
  });

  it('finds the shipped procedures clean', async () => {
    const boxes = ['one', 'two'].map((name) => `${name}: { address: ${name}.example.org, user: root }`);
    const hosts = ['pryv: { address: pryv.example.org, user: root }', ...boxes].join(', ');
    const inventory = `hosts: { ${hosts} }\ngroups: { nbhosting: [one, two] }\n`;
    expect(await place({ 'inventory.yml': inventory }, PROCEDURES)()).toEqual([
      0,
      expect.stringMatching(/^\d+ procedures?: clean$/),
    ]);
  });
});
