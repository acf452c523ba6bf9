import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { actionNamed } from '../../src/actions/index.ts';
import type { Json } from '../../src/language/types.ts';
import { findProgram, needs } from '../support/needs.ts';
import { toldOfProcedure, withSteps } from '../language/told.ts';
import { bench, envOf, workOf, type Bench } from './kit.ts';
import { folder, HOSTILE, link, write } from './scenarios.ts';

const benches: Bench[] = [];
const host = (shell?: string): Bench => {
  const made = bench('sync', shell);
  benches.push(made);
  return made;
};
const PATH = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = PATH;
  for (const each of benches.splice(0)) each.remove();
});
const shows = (on: Bench, input: Json) => {
  const look = on.look(input);
  return actionNamed('sync')!.preview!({ ...look, exitCode: look.code ?? -1 }, envOf(workOf('sync', input)), undefined);
};
const deleting = (most: number) => ({ src: 'new', dest: 'data', delete: true, max_delete: most });
const PLAIN = { src: 'new', dest: 'data' };

/** `new` with a file that `data` lacks; `data` with three that `new` lacks. */
function arrange(on: Bench): void {
  folder(on, 'new');
  write(on, 'new/made', 'x');
  folder(on, 'data');
  for (const name of ['a', 'b', HOSTILE]) write(on, `data/${name}`, name);
}

const both =
  (more: (on: Bench) => void = () => undefined) =>
  (on: Bench): void => {
    folder(on, 'new');
    more(on);
  };

/** A stand-in before the real rsync, for what cannot be brought about otherwise: things that happen in between. */
function rsyncStandIn(on: Bench, text: string): void {
  const place = join(on.here, '../stand-in');
  mkdirSync(place);
  process.env['PATH'] = PATH;
  const real = findProgram('rsync') ?? '';
  writeFileSync(join(place, 'rsync'), `#!/bin/sh\nREAL=${real}\n${text}\nexec ${real} "$@"\n`, { mode: 0o755 });
  process.env['PATH'] = `${place}:${PATH ?? ''}`;
}

needs('rsync')('sync', () => {
  it.each(['dash', 'bash'])('makes a folder be what another is, whatever its things are called, in %s', (shell) => {
    const on = host(shell);
    arrange(on);
    for (const name of ['-rf', ' ', '\n', 'é', '*deleting x', '\\#012', HOSTILE]) write(on, `new/${name}`, name);
    link(on, 'new/link', HOSTILE);
    const input = { src: 'new/', dest: 'data//', delete: true, max_delete: 2 };
    expect(on.run('apply', input)).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('2 deleted') });
    expect(readdirSync(join(on.here, 'data')).sort()).toEqual(readdirSync(join(on.here, 'new')).sort());
    expect(on.run('probe', input)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('counts deletions first, and moves nothing where there are more than allowed', () => {
    const on = host();
    arrange(on);
    const before = on.tree();
    for (const phase of ['probe', 'apply'] as const) {
      expect(on.run(phase, deleting(2))).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('it would delete 3, and max_delete allows 2, so nothing was begun'),
      });
    }
    expect(on.tree()).toEqual(before);
    expect(shows(on, deleting(2)).text).toContain('would delete 3');
    expect(on.run('apply', deleting(3))).toMatchObject({ code: 0 });
    expect(readdirSync(join(on.here, 'data'))).toEqual(['made']);
  });

  it('is bounded again where more is to be deleted by then', () => {
    const on = host();
    arrange(on);
    rsyncStandIn(on, 'case " $* " in *" -n "*) ;; *) touch data/c data/d ;; esac');
    expect(on.run('apply', deleting(3))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it stopped at 3 deletions, which is all that max_delete allows'),
    });
    expect(readdirSync(join(on.here, 'data')).filter((name) => name !== 'made')).toHaveLength(2);
  });

  it('deletes nothing where it does not say so, and leaves out what is excluded', () => {
    const on = host();
    arrange(on);
    write(on, 'new/x.log', 'x');
    write(on, 'data/y.log', 'y');
    const input = { ...PLAIN, exclude: ['*.log', HOSTILE] };
    expect(on.run('apply', input)).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(join(on.here, 'data')).sort()).toEqual(['a', 'b', 'made', 'y.log', HOSTILE].sort());
    expect(on.run('apply', { ...deleting(2), exclude: ['*.log', '-rf*'] })).toMatchObject({ code: 0 });
    expect(readdirSync(join(on.here, 'data')).sort()).toEqual(['made', 'y.log', HOSTILE].sort());
  });

  it('gives owner, mode and times too, and hard links as they are', () => {
    const on = host();
    arrange(on);
    chmodSync(join(on.here, 'new/made'), 0o640);
    utimesSync(join(on.here, 'new/made'), 1_600_000_000, 1_600_000_000);
    write(on, 'data/made', 'x');
    expect(shows(on, PLAIN).text).toMatch(/^new → data: 1 to copy, 0 to delete, \d with another/);
    on.run('apply', PLAIN);
    const { mode, mtimeMs } = statSync(join(on.here, 'data/made'));
    expect([(mode & 0o777).toString(8), mtimeMs]).toEqual(['640', 1_600_000_000_000]);
  });

  it('shows how many it copies and deletes, with the first names', () => {
    const on = host();
    arrange(on);
    for (let n = 0; n < 30; n += 1) write(on, `new/file ${n}`, '');
    const { kind, text } = shows(on, deleting(5));
    expect([kind, text.split('\n')[0]]).toEqual([
      'text',
      expect.stringMatching(/^new → data: 31 to copy, 3 to delete, of at most 5, \d with another owner, mode or time$/),
    ]);
    expect(text.split('\n')).toHaveLength(22);
    expect(text).toContain('\ndelete b\n');
    expect(text).toMatch(/\nand 1[45] more$/);
    expect(shows(on, { src: 'new', dest: 'none/data' }).text).toContain('missing now');
    on.run('apply', deleting(5));
    expect(shows(on, deleting(5))).toEqual({ kind: 'nothing', text: 'data is what new is' });
  });

  it.each<[what: string, words: string, input: Json, arrange: (on: Bench) => void]>([
    [
      'a missing source',
      'new is missing',
      PLAIN,
      (on) => {
        folder(on, 'data');
      },
    ],
    [
      'a source that is a file',
      'only folders are copied',
      PLAIN,
      (on) => {
        write(on, 'new', '');
      },
    ],
    [
      'a destination that is a file',
      'data is there and not a folder',
      PLAIN,
      both((on) => {
        write(on, 'data', '');
      }),
    ],
    [
      'one that is a link',
      'is a symbolic link',
      PLAIN,
      both((on) => {
        link(on, 'data', 'x');
      }),
    ],
    ['one without the folder it goes into', 'make it in an earlier step', { ...PLAIN, dest: 'x/y' }, both()],
    ['the same folder', 'or is the same folder', { ...PLAIN, dest: './new/' }, both()],
    ['one within the source', 'stands within', { ...PLAIN, dest: 'new/x' }, both()],
    [
      'a source within the destination',
      'stands within',
      { src: 'new/x', dest: 'new' },
      both((on) => {
        folder(on, 'new/x');
      }),
    ],
    [
      'a backup within it',
      'backup_dir',
      { ...PLAIN, backup_dir: 'data/kept' },
      both((on) => {
        folder(on, 'data');
      }),
    ],
    [
      'what rsync cannot do: a folder that is not empty where a file shall be',
      'rsync ended with 23',
      PLAIN,
      (on) => {
        arrange(on);
        folder(on, 'data/made');
        write(on, 'data/made/precious', '');
      },
    ],
  ])('refuses %s, changing nothing', (_what, words, input, make) => {
    const on = host();
    make(on);
    const before = on.tree();
    for (const phase of ['probe', 'apply'] as const) {
      expect(on.run(phase, input)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    }
    expect(on.tree()).toEqual(before);
  });

  it('refuses a backup_dir that is there already, since it would hold more than this run replaces', () => {
    const on = host();
    arrange(on);
    folder(on, 'kept');
    expect(on.run('keep', { ...PLAIN, backup_dir: 'kept' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is there already'),
    });
  });

  it('fails where there is something left to copy afterwards, and passes what has only vanished', () => {
    const on = host();
    arrange(on);
    rsyncStandIn(on, 'case " $* " in *" -n "*) [ ! -e copied ] || touch new/late ;; *) touch copied ;; esac');
    expect(on.run('apply', PLAIN)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there are still 1 to copy, 0 to delete'),
    });
    // What people work on goes on changing.
    expect(on.run('apply', { ...PLAIN, live: true })).toMatchObject({ code: 0, stderr: '' });
    const other = host();
    arrange(other);
    rsyncStandIn(other, '"$REAL" "$@" && exit 24');
    expect(other.run('apply', PLAIN)).toMatchObject({ code: 0 });
    expect(existsSync(join(other.here, 'data/made'))).toBe(true);
  });

  it('keeps each attempt’s replaced files apart, so that the oldest comes back', () => {
    const on = host();
    arrange(on);
    write(on, 'data/made', 'first of all');
    const before = on.tree();
    const input = { ...PLAIN, backup_dir: 'kept' };
    for (const phase of ['keep', 'apply'] as const) expect(on.run(phase, input)).toMatchObject({ code: 0 });
    write(on, 'new/made', 'longer than before');
    expect(on.run('apply', input)).toMatchObject({ code: 0 });
    expect(readdirSync(join(on.here, 'kept')).sort()).toEqual(['1', '2']);
    expect(on.run('undo', input)).toMatchObject({ code: 0, stderr: '' });
    const { 'new/made': _changed, ...rest } = on.tree();
    const { 'new/made': _old, ...wanted } = before;
    expect(rest).toEqual(wanted);
  });

  it('does not undo a copy that did not end where there is what it cannot have brought', () => {
    const on = host();
    arrange(on);
    const input = { ...PLAIN, backup_dir: 'kept' };
    expect(on.run('keep', input)).toMatchObject({ code: 0 });
    rsyncStandIn(on, 'case " $* " in *" -n "*) ;; *) : >data/.made.aB3xYz; kill -9 0 ;; esac');
    on.run('apply', input);
    process.env['PATH'] = PATH;
    write(on, 'data/foreign', '');
    expect(on.run('undo', input)).toMatchObject({
      code: 77,
      stderr: expect.stringContaining('did not bring (foreign '),
    });
    expect(existsSync(join(on.here, 'data/foreign'))).toBe(true);
  });
});

describe('sync, as it is written', () => {
  const told = (fields: string) =>
    toldOfProcedure(withSteps('  - id: copy', `    sync: { ${fields} }`, '    reversible: false'));

  it.each([
    ['src: /a, dest: /b, delete: true', 'delete: true wants max_delete beside it'],
    ['src: /a, dest: /b, max_delete: 3', 'max_delete has no meaning without delete: true'],
    ['src: /a, dest: /b, delete: true, max_delete: -1', 'a whole number from 0'],
    [
      'src: /a, dest: /b, delete: true, max_delete: many',
      'a whole number from 0 to 1000000000, or one ${{ }} that gives',
    ],
    ["src: /a, dest: /b, delete: true, max_delete: '${{ params.most }}'", 'there is no param "most"'],
    ["src: /a, dest: 'web:b'", 'on another host the whole path is wanted'],
    ["src: /a, dest: 'web:/b', backup_dir: kept", 'it stands on the other host'],
    ["src: /a, dest: /b, exclude: '*.log'", "rsync's patterns are wanted here as a list"],
    ['src: /a, dest: /b, excludes: [a]', 'unknown key "excludes"; did you mean "exclude"?'],
    ['src: /a', 'the key "dest" is missing'],
    ["src: /a, dest: '${{ params.too }}:/b'", 'there is no param "too"'],
  ])('%s: lint says so', (fields, message) => {
    expect(told(fields)).toEqual([expect.stringContaining(message)]);
    expect(told(fields)[0]).toMatch(/^5:\d+ /);
  });

  it('undoes itself with backup_dir only', () => {
    const lines = (fields: string) => toldOfProcedure(withSteps('  - id: copy', `    sync: { ${fields} }`));
    expect(lines('src: /a, dest: /b, backup_dir: /c')).toEqual([]);
    expect(lines('src: /a, dest: /b')).toEqual([expect.stringContaining('nothing says how to undo this step')]);
  });
});
