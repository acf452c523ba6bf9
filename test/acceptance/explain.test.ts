import { existsSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { bench } from './bench.ts';

const { machine, work, steps } = bench();

const GOOD = '- {id: mark, name: Leave a mark, run: echo "$version" >>~/marks, on_rollback: {run: rm ~/marks}}';
const WITH_PARAM = ['params:', '  version: {description: the new one, pattern: "\\\\d+"}', 'hosts: [one]'].join('\n');

needs('sshd')('changeover explain', () => {
  it('prints the page, with values or without, and contacts no host', async () => {
    steps(GOOD, WITH_PARAM);
    const { code, out, err } = await work().changeover('explain', 'try', 'demo', '3');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('export version=3');
    expect(out).toMatch(
      /### 1\. Leave a mark \(`mark`\)[^]*echo "\$version" >>~\/marks[^]*## The way back[^]*rm ~\/marks/,
    );
    const open = await work().changeover('explain', 'try', 'demo');
    expect([open.code, open.out.includes("export version='<fill in>'")]).toEqual([0, true]);
    expect(existsSync(machine().path('home/.changeover'))).toBe(false);
  });

  it('refuses what it cannot explain, in words that say what to type', async () => {
    steps(GOOD, WITH_PARAM);
    for (const [words, says] of [
      [['tri', 'demo'], /Did you mean `changeover explain try demo`/],
      [['try', 'demo', 'three'], /`three` does not match/],
      [['try', 'demo', '--json'], /leave out --json/],
      [['try'], /missing required argument 'system'/],
    ] as const) {
      const { code, out, err } = await work().changeover('explain', ...words);
      expect([words, code, out]).toEqual([words, 2, '']);
      expect(err).toMatch(says);
    }
    steps('- {run: echo}', WITH_PARAM);
    const faulty = await work().changeover('explain', 'try', 'demo');
    expect([faulty.code, faulty.out]).toEqual([2, '']);
    expect(faulty.err).toMatch(/demo\/try\.yml:\d+:\d+: /);
  });
});
