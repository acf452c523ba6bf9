import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { actionNamed } from '../../src/actions/index.ts';
import type { Json } from '../../src/language/types.ts';
import { needs } from '../support/needs.ts';
import { bench, BESIDE, envOf, stdinOf, workOf, type Bench } from './kit.ts';
import { folder, HOSTILE, link, write } from './scenarios.ts';
import { execFileSync } from '../support/run-sync.ts';

const file = actionNamed('file')!;
const benches: Bench[] = [];
const host = (): Bench => {
  const made = bench('file');
  benches.push(made);
  return made;
};
afterEach(() => {
  for (const each of benches.splice(0)) each.remove();
});
const apply = (on: Bench, input: Json) => {
  expect(on.run('keep', input)).toMatchObject({ code: 0 });
  return on.run('apply', input);
};
/** What the dry run shows. */
const shows = (on: Bench, input: Json) => {
  const look = on.look(input);
  const work = workOf('file', input);
  const stdin = stdinOf(work);
  return file.preview!({ ...look, exitCode: look.code ?? -1 }, envOf(work), stdin);
};

describe('file', () => {
  it('writes long, odd and empty content to the last byte', () => {
    for (const content of ['', 'no newline', '\n\n', `${HOSTILE}%s\\n`, 'é'.repeat(200_000)]) {
      const on = host();
      expect(apply(on, { path: 'f', content })).toMatchObject({ code: 0, stderr: '' });
      expect(readFileSync(join(on.here, 'f'), 'utf8')).toBe(content);
      expect(on.look({ path: 'f', content })).toMatchObject({ code: 0 });
    }
  });

  it('writes what stands in a file beside the procedure, in which nothing is filled in', () => {
    const on = host();
    const input = { path: 'f', src: 'files/app.conf' };
    expect(shows(on, input)).toMatchObject({ kind: 'diff', text: expect.stringContaining('+port = 80') });
    expect(apply(on, input)).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(on.here, 'f'), 'utf8')).toBe(BESIDE['files/app.conf']);
    expect(shows(on, input)).toMatchObject({ kind: 'nothing' });
  });

  it('gives a new file the mode that the umask leaves, and a given mode exactly', () => {
    const umask = parseInt(execFileSync('sh', ['-c', 'umask']).toString(), 8);
    const on = host();
    apply(on, { path: 'plain', content: '' });
    expect(statSync(join(on.here, 'plain')).mode & 0o777).toBe(0o666 & ~umask);
    const other = host();
    apply(other, { path: 'secret', content: '', mode: '0600' });
    expect(statSync(join(other.here, 'secret')).mode & 0o777).toBe(0o600);
  });

  it('leaves the file alone where validate refuses the new content, which stands in $CO_NEW', () => {
    const on = host();
    write(on, 'f', 'old');
    const before = on.tree();
    const input = {
      path: 'f',
      content: 'bad',
      validate: 'if grep -q bad "$CO_NEW"; then echo it is bad >&2; false; fi',
    };
    expect(apply(on, input)).toMatchObject({ code: 2, stderr: expect.stringContaining('it is bad') });
    expect(on.tree()).toEqual(before);
    expect(on.run('undo', input)).toMatchObject({ code: 0 });
  });

  it('leaves the file alone where the content did not arrive whole', () => {
    const on = host();
    const input = { path: 'f', content: 'whole' };
    on.run('keep', input);
    const work = workOf('file', input);
    const env = { ...process.env, ...envOf(work), CO_BEFORE: on.before };
    const cut = () => execFileSync('sh', ['-euc', work.apply.text], { cwd: on.here, env, input: 'who', stdio: 'pipe' });
    expect(cut).toThrow(/did not arrive whole/);
    expect(on.tree()).toEqual({});
  });

  it.each<[string, Json, (on: Bench) => void]>([
    [
      'is a symbolic link',
      { path: 'f', content: '' },
      (on) => {
        link(on, 'f', 'g');
      },
    ],
    [
      'is a folder',
      { path: 'f', content: '' },
      (on) => {
        folder(on, 'f');
      },
    ],
    [
      'not a folder',
      { path: 'f', state: 'directory' },
      (on) => {
        write(on, 'f', '');
      },
    ],
    [
      'symbolic link',
      { path: 'f', state: 'directory' },
      (on) => {
        link(on, 'f', '.');
      },
    ],
    [
      'not empty',
      { path: 'f', state: 'absent' },
      (on) => {
        folder(on, 'f');
        write(on, 'f/\n', '');
      },
    ],
    ['/ itself', { path: '//', state: 'absent' }, () => undefined],
    ['not . or ..', { path: 'f/..', state: 'absent' }, () => undefined],
    ['octal', { path: 'f', content: '', mode: '${{ params.mode }}' }, () => undefined],
  ])('refuses, changing nothing: "%s" %j', (words, input, arrange) => {
    const on = host();
    arrange(on);
    const before = on.tree();
    expect(on.look(input)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    expect(on.run('apply', input)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    expect(shows(on, input)).toMatchObject({ kind: 'text', text: expect.stringContaining(words) });
    expect(on.tree()).toEqual(before);
  });

  it('shows a diff, "nothing to do", or the sizes of what is no text or too long', () => {
    const on = host();
    write(on, 'f', 'one\ntwo\n');
    expect(shows(on, { path: 'f', content: 'one\n2\n', mode: '0600' })).toEqual({
      kind: 'diff',
      text: 'mode 0644 → 0600\n--- f\n+++ f\n@@ -1,2 +1,2 @@\n one\n-two\n+2',
    });
    expect(shows(on, { path: 'f', content: 'one\ntwo\n' })).toEqual({ kind: 'nothing', text: 'f is as it shall be' });
    expect(shows(on, { path: 'f', content: 'one\ntwo\n', mode: '600' })).toEqual({
      kind: 'text',
      text: 'f: mode 0644 → 0600',
    });
    expect(shows(on, { path: 'new', content: 'a\n', mode: '0600' })).toEqual({
      kind: 'diff',
      text: 'makes new with mode 0600\n--- /dev/null\n+++ new\n@@ -0,0 +1,1 @@\n+a',
    });
    writeFileSync(join(on.here, 'binary'), Buffer.from([0xff, 0, 1]));
    expect(shows(on, { path: 'binary', content: 'text' })).toEqual({
      kind: 'text',
      text: 'binary is no text: 3 bytes now, 4 bytes then',
    });
    write(on, 'large', 'x'.repeat(40_000));
    expect(shows(on, { path: 'large', content: 'text' })).toEqual({
      kind: 'text',
      text: 'large is too large for a diff: 40000 bytes now, 4 bytes then',
    });
    expect(shows(on, { path: HOSTILE, content: '' })).toMatchObject({ text: expect.not.stringContaining('\n\n') });
  });

  it('shows folders and what is removed', () => {
    const on = host();
    folder(on, 'd');
    expect(shows(on, { path: 'd', state: 'directory' })).toMatchObject({ kind: 'nothing' });
    expect(shows(on, { path: 'd', state: 'directory', mode: '0700' })).toMatchObject({ text: 'd: mode 0755 → 0700' });
    expect(shows(on, { path: 'a/b', state: 'directory' })).toMatchObject({
      text: expect.stringContaining('missing now'),
    });
    expect(shows(on, { path: 'd', state: 'absent' })).toMatchObject({ text: 'removes d (a folder)' });
    expect(shows(on, { path: 'none', state: 'absent' })).toMatchObject({ kind: 'nothing' });
  });

  it('prints nothing of a file in a job, since a job’s output goes to the log', () => {
    const on = host();
    write(on, 'f', 'password');
    expect(on.run('probe', { path: 'f', content: 'other' })).toMatchObject({ code: 1, stdout: '' });
    expect(on.look({ path: 'f', content: 'other' }).stdout).toContain('content ');
  });

  it.each<[Json, string]>([
    [{ path: 'f' }, 'content is missing'],
    [{ path: 'f', content: '', src: 'a' }, 'content and src both'],
    [{ path: 'f', state: 'directory', src: 'a' }, 'src has no meaning'],
    ...['/etc/passwd', '../a', 'a/../../b', '..', '.', './a', 'a/', 'a//b', '', 'a\\b', 'a\nb', 'x'.repeat(201)].map(
      (src): [Json, string] => [{ path: 'f', src }, 'a file beside the procedure is wanted here'],
    ),
    [{ path: 'f', src: '${{ params.x }}.conf' }, 'no ${{ }} can stand here'],
    [{ path: 'f', content: '', mode: 640 }, 'quote it'],
    [{ path: 'f', content: '', mode: 'u+x' }, 'octal'],
    [{ path: 'f', state: 'directory', content: '' }, 'content has no meaning'],
    [{ path: 'f', state: 'gone' }, 'file, directory, absent'],
    [{ path: 'f', content: '', validate: 'test ${{ params.x }}' }, 'script'],
    [{ path: 'f', content: '', sate: 'file' }, 'sate'],
  ])('refuses %j, saying "%s"', (input, words) => {
    const checked = file.schema.safeParse(input);
    expect(checked.success).toBe(false);
    expect(checked.error?.issues.map((issue) => issue.message).join('; ')).toContain(words);
  });
});

needs('setfacl', 'getfacl')('file and access lists', () => {
  const aclOf = (on: Bench): string => execFileSync('getfacl', ['-cnp', join(on.here, 'f')]).toString();

  it('keeps the access list of a file that it replaces, and gives it back', () => {
    const on = host();
    write(on, 'f', 'old');
    execFileSync('setfacl', ['-m', 'u:65534:rw', join(on.here, 'f')]);
    const before = aclOf(on);
    const input = { path: 'f', content: 'new' };
    expect(apply(on, input)).toMatchObject({ code: 0 });
    expect(aclOf(on)).toBe(before);
    execFileSync('setfacl', ['-b', join(on.here, 'f')]);
    expect(on.run('undo', input)).toMatchObject({ code: 77 });
    execFileSync('setfacl', ['-m', 'u:65534:rw', join(on.here, 'f')]);
    expect(on.run('undo', input)).toMatchObject({ code: 0 });
    expect(aclOf(on)).toBe(before);
    expect(readFileSync(join(on.here, 'f'), 'utf8')).toBe('old');
  });
});
