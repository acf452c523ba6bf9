import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../src/language/types.ts';
import { needs } from '../support/needs.ts';
import { workOf } from './kit.ts';
import { HOSTILE } from './scenarios.ts';
import { spawnSync } from '../support/run-sync.ts';

const inputs: readonly [title: string, action: string, input: Json][] = [
  ['file', 'file', { path: HOSTILE, content: HOSTILE, mode: '0640', owner: HOSTILE, validate: 'true' }],
  ['folder', 'file', { path: HOSTILE, state: 'directory' }],
  ['absent', 'file', { path: HOSTILE, state: 'absent' }],
  ['line', 'line', { path: HOSTILE, regexp: '[[:alpha:]]', line: HOSTILE.trim() }],
  ['symlink', 'symlink', { path: HOSTILE, target: HOSTILE }],
  ['symlink by command', 'symlink', { path: HOSTILE, target: HOSTILE, using: ['sudo', '-n', HOSTILE] }],
  ['move', 'move', { src: HOSTILE, dest: HOSTILE }],
  ['sync', 'sync', { src: HOSTILE, dest: HOSTILE, delete: true, max_delete: 1, exclude: [HOSTILE] }],
  ['sync with backup', 'sync', { src: HOSTILE, dest: HOSTILE, backup_dir: HOSTILE }],
  ['service', 'service', { name: HOSTILE, state: 'started' }],
  ['reboot', 'reboot', {}],
];
const scripts = inputs.flatMap(([title, action, input]) => {
  const { probe, keep, apply, undo, restart } = workOf(action, input);
  return Object.entries({ probe, keep, apply, undo, boot: restart?.boot }).flatMap(([phase, script]) =>
    script === undefined ? [] : [{ title: `${title}: ${phase}`, text: script.text }],
  );
});

describe.each(scripts)('$title', ({ text }) => {
  it('holds no value in its text', () => {
    expect(text).not.toContain('pwned');
    expect(text).not.toContain('${{');
  });
});

needs('shellcheck')('every script of the actions', () => {
  it('is clean by ShellCheck', () => {
    for (const { title, text } of scripts) {
      const args = ['-s', 'sh', '--severity=style', '-'];
      const checked = spawnSync('shellcheck', args, { input: text, encoding: 'utf8' });
      expect({ title, said: checked.stdout }).toEqual({ title, said: '' });
    }
  });
});
