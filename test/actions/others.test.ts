import { chmodSync, existsSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { actionNamed, actions } from '../../src/actions/index.ts';
import type { Json } from '../../src/language/types.ts';
import { bench, envOf, workOf, type Bench } from './kit.ts';
import { folder, HOSTILE, link, unit, write } from './scenarios.ts';

const benches: Bench[] = [];
const host = (action: string): Bench => {
  const made = bench(action);
  benches.push(made);
  return made;
};
afterEach(() => {
  for (const each of benches.splice(0)) each.remove();
});
const shows = (on: Bench, action: string, input: Json): string => {
  const look = on.look(input);
  return actionNamed(action)!.preview!({ ...look, exitCode: look.code ?? -1 }, envOf(workOf(action, input)), undefined)
    .text;
};
const wrongs = (action: string, input: Json): string =>
  actionNamed(action)!
    .schema.safeParse(input)
    .error!.issues.map((issue) => issue.message)
    .join('; ');

describe('symlink', () => {
  it('refuses a real folder or file in its place', () => {
    const on = host('symlink');
    folder(on, 'current');
    write(on, 'file', '');
    for (const path of ['current', 'file']) {
      const before = on.tree();
      expect(on.look({ path, target: 'v2' })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('move it away'),
      });
      expect(on.run('apply', { path, target: 'v2' })).toMatchObject({ code: 2 });
      expect(on.tree()).toEqual(before);
    }
  });

  it('shows old → new, and that the new target is not there', () => {
    const on = host('symlink');
    folder(on, 'v1');
    link(on, 'current', 'v1');
    const input = { path: 'current', target: 'v2' };
    expect(shows(on, 'symlink', input)).toBe('current: v1 → v2\n(the new target is not there now)');
    folder(on, 'v2');
    expect(shows(on, 'symlink', input)).toBe('current: v1 → v2');
    expect(shows(on, 'symlink', { path: 'none', target: 'v2' })).toBe('none: nothing → v2');
    expect(shows(on, 'symlink', { path: 'current', target: 'v1' })).toBe('current leads to v1');
  });

  it('is switched by the one command that is allowed, its words never read as code', () => {
    const on = host('symlink');
    link(on, 'current', 'v1');
    const command = join(on.here, 'switch.sh');
    writeFileSync(command, '#!/bin/sh\nln -sfn -- "$1" current\n');
    chmodSync(command, 0o755);
    const input = { path: 'current', target: HOSTILE, using: [command, HOSTILE] };
    expect(on.run('probe', input)).toMatchObject({ code: 1 });
    expect(on.run('apply', input)).toMatchObject({ code: 0, stderr: '' });
    expect(readlinkSync(join(on.here, 'current'))).toBe(HOSTILE);
    expect(existsSync(join(on.here, 'pwned'))).toBe(false);
    expect(on.run('probe', input)).toMatchObject({ code: 0 });
  });

  it('fails where the command ends well and the link does not lead to the target', () => {
    const on = host('symlink');
    const input = { path: 'current', target: 'v2', using: ['true'] };
    expect(on.run('apply', input)).toMatchObject({ code: 2, stderr: expect.stringContaining('does not lead to v2') });
  });

  it('undoes itself only where it switches by itself', () => {
    const symlink = actionNamed('symlink')!;
    expect(symlink.undoesItself({ path: 'a', target: 'b' })).toBe(true);
    expect(symlink.undoesItself({ path: 'a', target: 'b', using: ['sudo', '-n', 'x'] })).toBe(false);
    expect(workOf('symlink', { path: 'a', target: 'b', using: ['sudo', '-n', 'x'] })).toMatchObject({
      needs: ['sudo'],
    });
    expect(wrongs('symlink', { path: 'a', target: 'b', using: 'sudo x' })).toContain('as a list');
  });
});

describe('move', () => {
  const input = { src: 'old', dest: 'new' };

  it.each<[string, (on: Bench) => void]>([
    ['old is missing', () => undefined],
    [
      'new is there already',
      (on) => {
        folder(on, 'old');
        folder(on, 'new');
      },
    ],
    [
      'new is there already',
      (on) => {
        folder(on, 'old');
        link(on, 'new', 'nowhere');
      },
    ],
    [
      'perhaps it has been moved before',
      (on) => {
        folder(on, 'new');
      },
    ],
  ])('refuses, changing nothing: %s', (words, arrange) => {
    const on = host('move');
    arrange(on);
    const before = on.tree();
    for (const phase of ['probe', 'keep'] as const) {
      expect(on.run(phase, input)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    }
    expect(on.tree()).toEqual(before);
  });

  it('refuses to become a copy across file systems', () => {
    const on = host('move');
    write(on, 'old', '1');
    const across = { src: join(on.here, 'old'), dest: '/dev/shm/changeover-never-made' };
    expect(on.look(across)).toMatchObject({ code: 2, stderr: expect.stringContaining('different file systems') });
    expect(existsSync('/dev/shm/changeover-never-made')).toBe(false);
  });

  it('is left alone when what stands at the source is no longer what was kept', () => {
    const on = host('move');
    folder(on, 'old');
    expect(on.run('keep', input)).toMatchObject({ code: 0 });
    renameSync(join(on.here, 'old'), join(on.here, 'elsewhere'));
    folder(on, 'old');
    expect(on.run('apply', input)).toMatchObject({ code: 2, stderr: expect.stringContaining('not what it was') });
    expect(Object.keys(on.tree())).toEqual(['elsewhere', 'old']);
  });

  it('shows both paths and the size', () => {
    const on = host('move');
    folder(on, 'old');
    write(on, 'old/data', 'x'.repeat(3_000_000));
    expect(shows(on, 'move', input)).toMatch(/^\S+ → \S+ \((2\.9|3\.0) MiB\)$/);
    expect(shows(on, 'move', { src: 'old', dest: 'none/new' })).toContain('missing now');
  });
});

describe('service', () => {
  const input = { name: 'web', state: 'started' };

  it.each([
    ['masked', 'inactive', 'masked'],
    ['has failed', 'failed', 'enabled'],
    ['activating', 'activating', 'enabled'],
  ])('refuses a unit that is %s', (words, active, enabled) => {
    const on = host('service');
    unit(on, 'web', active, enabled);
    const before = on.tree();
    expect(on.run('probe', input)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    expect(on.run('keep', input)).toMatchObject({ code: 2 });
    expect(shows(on, 'service', input)).toContain(words);
    expect(on.tree()).toEqual(before);
  });

  it('refuses a unit that systemd does not know, and names that are none', () => {
    const on = host('service');
    expect(on.look(input)).toMatchObject({ code: 2, stderr: expect.stringContaining('systemd knows no unit web') });
    for (const name of ['', '--now', 'a b', '*', '../web']) {
      expect(on.look({ name, state: 'started' })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('no name'),
      });
    }
  });

  it('starts and stops a static unit, which it cannot enable', () => {
    const on = host('service');
    unit(on, 'web', 'inactive', 'static');
    expect(on.look(input)).toMatchObject({ code: 1 });
    expect(on.look({ ...input, enabled: true })).toMatchObject({ code: 2, stderr: expect.stringContaining('static') });
  });

  it('undoes a start that failed', () => {
    const on = host('service');
    unit(on, 'web', 'inactive', 'disabled');
    writeFileSync(join(on.units, 'web', 'start-fails'), '');
    const before = on.tree();
    expect(on.run('keep', input)).toMatchObject({ code: 0 });
    expect(on.run('apply', input)).toMatchObject({ code: 1 });
    expect(on.tree()).not.toEqual(before);
    expect(on.run('undo', input)).toMatchObject({ code: 0 });
    expect(on.tree()).toEqual(before);
  });

  it('counts a unit as stopped whose process ended with an error, and starts it again', () => {
    const on = host('service');
    const stop = { name: 'web', state: 'stopped' };
    unit(on, 'web', 'active', 'enabled');
    writeFileSync(join(on.units, 'web', 'stop-fails'), '');
    const before = on.tree();
    on.run('keep', stop);
    expect(on.run('apply', stop)).toMatchObject({ code: 0 });
    expect(on.tree()).toMatchObject({ 'web active': 'inactive\n' });
    expect(on.run('undo', stop)).toMatchObject({ code: 0 });
    expect(on.tree()).toEqual(before);
  });

  it('shows now → then', () => {
    const on = host('service');
    unit(on, 'web', 'inactive', 'enabled');
    expect(shows(on, 'service', { ...input, enabled: true })).toBe('web: inactive → active, enabled');
    unit(on, 'web', 'active', 'enabled');
    expect(shows(on, 'service', input)).toBe('web is active');
  });

  it('refuses what it cannot undo, and a step that says nothing', () => {
    expect(wrongs('service', { name: 'web', state: 'restarted' })).toContain('started, stopped');
    expect(wrongs('service', { name: 'web' })).toContain('say what it shall be');
  });
});

describe('actions that are no jobs of their own making', () => {
  const step = { timeoutMs: 90_000, read: () => '', named: () => [], fault: () => undefined };

  it('run a script as it is written, in the shell that is asked for', () => {
    const text = 'echo "$version"\n';
    expect(actionNamed('run')!.work({ run: text, shell: 'bash' }, step)).toMatchObject({
      kind: 'job',
      apply: { shell: 'bash', text },
      needs: ['bash'],
    });
    expect(actionNamed('run')!.work({ run: text }, step)).toMatchObject({ apply: { shell: 'sh', text }, needs: [] });
    expect(wrongs('run', 'echo ${{ params.version }}')).toContain('$version');
  });

  it('check, wait and say', () => {
    expect(actionNamed('assert')!.work({ assert: "facts.v == '1'", fail_msg: 'no' }, step)).toEqual({
      kind: 'check',
      holds: { expr: "facts.v == '1'" },
      failMessage: { lit: 'no' },
    });
    expect(actionNamed('wait_for')!.work({ wait_for: { run: 'true' }, delay: '5s' }, step)).toEqual({
      kind: 'wait',
      until: { run: { shell: 'sh', text: 'true' } },
      everyMs: 5000,
      atMostMs: 90_000,
    });
    expect(actionNamed('comment')!.work('done: ${{ params.version }}', step)).toEqual({
      kind: 'say',
      text: { expr: 'done: ${{ params.version }}' },
    });
  });

  it('are named once each, with a summary', () => {
    expect(actions.map(({ name }) => name)).toEqual([
      'run',
      'assert',
      'expect',
      'file',
      'line',
      'symlink',
      'move',
      'sync',
      'service',
      'reboot',
      'wait_for',
      'manual',
      'approve',
      'comment',
      'call',
    ]);
    expect(actions.every(({ summary }) => /^[a-z].*[^.]$/.test(summary))).toBe(true);
    expect(actionNamed('toString')).toBeUndefined();
  });
});
