/** What the Dockerfile says; test/lab/installing.test.ts builds and runs the image. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');

interface Instruction {
  readonly name: string;
  readonly words: string;
}

/** Instructions as they stand, comments left out and continued lines put together. */
const INSTRUCTIONS: readonly Instruction[] = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => ({ name: line.replace(/ .*/, ''), words: line.replace(/^\S+ /, '') }));

const last = INSTRUCTIONS.slice(INSTRUCTIONS.findLastIndex(({ name }) => name === 'FROM'));

const wordsOf = (stage: readonly Instruction[], name: string): readonly string[] =>
  stage.filter((each) => each.name === name).map(({ words }) => words);

/** `NAME=value` pairs. */
const env = (): Readonly<Record<string, string>> =>
  Object.fromEntries(wordsOf(last, 'ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('=')))) as Record<
    string,
    string
  >;

const programOf = (words: string | undefined): readonly string[] => {
  const program: unknown = JSON.parse(words ?? '[]');
  expect(program).toEqual(expect.arrayContaining([expect.any(String)]));
  return program as readonly string[];
};
const healthCheck = (): readonly string[] => programOf(/CMD (.*)$/.exec(wordsOf(last, 'HEALTHCHECK')[0] ?? '')?.[1]);

it('begins both of its stages with one base that is named by its tag', () => {
  const [base = ''] = wordsOf(INSTRUCTIONS, 'ARG');
  expect(base).toMatch(/^BASE=docker\.io\/library\/node:\d+\.\d+\.\d+-bookworm-slim$/);
  expect(wordsOf(INSTRUCTIONS, 'FROM')).toEqual(['${BASE} AS build', '${BASE}']);
});

it('runs as a user that is not root, with a health check, and takes nothing but what the first stage has built', () => {
  expect(wordsOf(last, 'USER')).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
  expect(last.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(
    last.findLastIndex(({ name }) => name === 'RUN'),
  );
  expect(wordsOf(last, 'COPY').filter((words) => !words.startsWith('--from=build '))).toEqual([]);
  expect(wordsOf(INSTRUCTIONS, 'ADD')).toEqual([]);
  expect(healthCheck()[0]).toBe('node');
  expect(wordsOf(last, 'VOLUME')).toEqual([env()['CHANGEOVER_JOURNAL']]);
  // What is set while an image is built can be read out of it.
  expect(Object.keys(env()).filter((name) => /KEY|SECRET|TOKEN|PASS|APP_ID/.test(name))).toEqual([]);
});
