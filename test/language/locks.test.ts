import { expect, it } from '@jest/globals';
import { parse, toldOfProcedure } from './told.ts';

const file = (lock: string): string => `description: d\nhosts: [web]\nlock: ${lock}\nsteps: [{comment: hello}]\n`;

it.each([
  ['mail', ['mail']],
  ['[web, customer-acme, web]', ['customer-acme', 'web']],
])('what is locked may be written so: %s', (lock, locks) => {
  const parsed = parse(file(lock));
  expect(parsed).toMatchObject({ ok: true, value: { locks } });
});

it.each([
  ['[]', /^3:7 the list is empty: name what to lock/],
  ['{a: b}', /^3:7 a name is wanted here, or a list of them/],
  ['a/b', /^3:7 what is locked is named by letters, digits/],
  ['[ok, "${{ params.x }}"]', /^3:12 what is locked is named by letters, digits/],
  ['7', /^3:7 quote it/],
])('what is locked may not be written so: %s', (lock, wanted) => {
  expect(toldOfProcedure(file(lock))).toEqual([expect.stringMatching(wanted)]);
});
