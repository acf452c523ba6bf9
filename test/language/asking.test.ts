import { describe, expect, it } from '@jest/globals';
import { toldOfProcedure, withSteps } from './told.ts';

const told = (step: string): readonly string[] => toldOfProcedure(withSteps(`  - ${step}`));

describe('a step that asks a person', () => {
  it.each([
    ['manual: look at the site'],
    ['{manual: "look at ${{ item }}", loop: [a, b], serial: 1}'],
    ['manual: {instructions: "look at ${{ run.id }}", unlock: true}'],
    ['{manual: look, read_only: true, critical: true, when: "true"}'],
    ['{manual: look, on_rollback: {manual: take it back}}'],
    ['{manual: look, on_rollback: {leave: nothing was changed}}'],
    ['{manual: look, reversible: false}'],
    ['{manual: look, when: {run: id}, become: true}'],
    ['approve: {}'],
    ['approve: {by: maintain, count: 2}'],
    ['{approve: {by: [olivia, admin]}, when: "true"}'],
  ])('may be written so: %s', (step) => {
    expect(told(step)).toEqual([]);
  });

  it.each([
    ['manual: {instruction: look}', /^4:14 unknown key "instruction"; did you mean "instructions"/],
    ['manual: {instructions: look, unlock: yes please}', /^4:42 true or false is wanted here/],
    ['manual: {unlock: true}', /^4:13 the key "instructions" is missing/],
    ['manual: 7', /^4:13 quote it/],
    ['manual: [look]', /^4:13 what shall be done by hand is wanted here: a text, or/],
    ['{manual: look, timeout: 5m}', /^4:20 manual waits for a person as long as it takes/],
    ['{manual: look, verify: "true"}', /^4:20 manual asks a person and runs nothing on a host, so verify/],
    ['{manual: look, done_when: "true"}', /^4:20 .*done_when has no meaning/],
    ['{manual: look, env: {A: b}}', /^4:20 .*env has no meaning/],
    ['{manual: look, become: true}', /^4:20 manual runs nothing on a host, so become has no meaning/],
    ['{manual: look, on_failure: abort}', /^4:20 .*on_failure has no meaning/],
    ['{manual: look, on_rollback: {manual: back}, reversible: false}', /^4:20 .*contradict each other/],
    [
      '{manual: look, read_only: true, on_rollback: {manual: back}}',
      /^4:37 read_only says that this step changes nothing/,
    ],
    ['approve: {by: "@acme/ops"}', /^4:19 "@acme\/ops" is a team, and Changeover may not look who is in one/],
    ['approve: {by: [olivia, acme/ops]}', /^4:28 "acme\/ops" is a team/],
    ['approve: {by: "@olivia"}', /^4:19 write the login without @: olivia/],
    ['approve: {by: read}', /^4:19 with the right "read" nobody may start a run/],
    ['approve: {by: o_o}', /^4:19 a right \(write, maintain, admin\) or a login is wanted here/],
    ['approve: {by: []}', /^4:19 the list is empty/],
    ['approve: {by: [olivia, Olivia], count: 2}', /^4:44 2 people shall approve, and by names only 1/],
    ['approve: {count: 0}', /^4:22 a whole number from 1 to 20/],
    ['approve: {form: admin}', /^4:15 unknown key "form"/],
    ['approve: yes', /^4:14 a map \(key: value\) is wanted here/],
    ['{approve: {}, serial: 1}', /^4:19 approve is asked once, for the whole run: take serial out/],
    ['{manual: look, retries: 2}', /^4:20 manual waits until it is done, so there is nothing to try again/],
    ['{approve: {}, timeout: 5m}', /^4:19 approve waits for a person as long as it takes/],
    ['{approve: {}, on_rollback: {manual: back}}', /^4:19 approve changes nothing/],
    ['{id: a, run: x, on_rollback: {approve: {}}}', /^4:35 a rollback must not wait for an agreement/],
    ['manual: see ${{ facts.nothing }}', /^4:21 there is no fact "nothing"/],
    ['{id: a, run: x, on_rollback: {manual: {instructions: b, unlock: true}}}', /^4:35 a rollback keeps its hosts/],
  ])('may not be written so: %s', (step, wanted) => {
    expect(told(step)).toEqual([expect.stringMatching(wanted)]);
  });
});
