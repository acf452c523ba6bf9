import { describe, expect, it } from '@jest/globals';
import { toldOfProcedure, withSteps } from './told.ts';

const told = (...steps: readonly string[]): readonly string[] =>
  toldOfProcedure(withSteps(...steps.map((step) => `  - ${step}`)));

describe('a step that restarts its host', () => {
  it.each([
    ['{id: a, reboot: {}, reversible: false}'],
    [
      '{id: a, reboot: {command: shutdown -r now, until: "true", timeout: 1h, stable_for: 5s}, on_rollback: {reboot: {}}}',
    ],
    ['{id: a, reboot: {until: {run: id, shell: bash}}, on_rollback: {leave: a restart more does no harm}}'],
    ['{id: a, reboot: {}, serial: 1, become: true, done_when: {run: id}, destructive: true, reversible: false}'],
  ])('may be written so: %s', (step) => {
    expect(told(step)).toEqual([]);
  });

  it.each([
    ['{reboot: {}, reversible: false}', /^4:6 this step changes something, so it needs a name that stays: add id/],
    ['{id: a, reboot: {}}', /^4:13 nothing says how to undo this step/],
    ['{id: a, reboot: , reversible: false}', /^4:\d+ a map \(key: value\) is wanted here/],
    ['{id: a, reboot: {untill: "true"}, reversible: false}', /^4:22 unknown key "untill"; did you mean "until"/],
    ['{id: a, reboot: {until: facts.nothing}, reversible: false}', /^4:29 there is no fact "nothing"/],
    [
      '{id: a, reboot: {command: "reboot ${{ params.x }}"}, reversible: false}',
      /^4:31 no \$\{\{ \}\} can stand in a script/,
    ],
    ['{id: a, reboot: {stable_for: never}, reversible: false}', /^4:34 a duration is wanted here/],
    [
      '{id: a, reboot: {}, reversible: false, verify: "true"}',
      /^4:44 what must hold once the host is back is said in reboot/,
    ],
    ['{id: a, reboot: {}, read_only: true}', /^4:25 reboot changes the host, so this step is not read-only/],
  ])('may not be written so: %s', (step, wanted) => {
    expect(told(step)).toEqual([expect.stringMatching(wanted)]);
  });

  it('is left out of a default that it has no use for', () => {
    const text =
      'description: d\nhosts: [web]\ndefaults: {verify: "true"}\nsteps:\n  - {id: a, reboot: {}, reversible: false}\n';
    expect(toldOfProcedure(text)).toEqual([]);
  });
});

describe('a destructive step', () => {
  it.each([
    ['{id: a, run: rm -rf x, destructive: true, reversible: false}'],
    ['{manual: drop it, destructive: true}'],
    ['{id: a, run: x, on_rollback: {run: rm -rf x, destructive: true}}'],
    ['{comment: hello, destructive: false}'],
  ])('may be written so: %s', (step) => {
    expect(told(step)).toEqual([]);
  });

  it.each([
    [
      '{comment: hello, destructive: true}',
      /^4:22 comment changes nothing, so it destroys nothing: take destructive out/,
    ],
    ['{run: id, read_only: true, destructive: true}', /^4:32 read_only says that this step changes nothing/],
    ['{id: a, run: x, destructive: yes please, reversible: false}', /^4:34 true or false is wanted here/],
  ])('may not be written so: %s', (step, wanted) => {
    expect(told(step)).toEqual([expect.stringMatching(wanted)]);
  });
});

describe('a downtime', () => {
  const begins = '{id: stop, run: x, on_rollback: {run: y}, downtime: begins}';
  const ends = '{wait_for: "true", downtime: ends}';

  it('begins and ends, and then may begin again', () => {
    expect(told(begins, ends, begins.replace('stop', 'again'), ends)).toEqual([]);
  });

  it.each([
    [
      'never ends',
      [begins],
      [
        '4:47 this downtime never ends: add downtime: ends to the step after which the service is up again, or to the last step where it stays down',
      ],
    ],
    [
      'never began',
      [ends],
      ['4:24 no downtime has begun before this step: say which one takes the service down, by downtime: begins'],
    ],
    [
      'begins within another',
      [begins, begins.replace('stop', 'again'), ends],
      ['5:48 a downtime has begun in line 4 already: say first which step ends it'],
    ],
    ['ends twice', [begins, ends, ends], [expect.stringMatching(/^6:24 no downtime has begun/)]],
  ])('that %s is told', (_, steps, wanted) => {
    expect(told(...steps)).toEqual(wanted);
  });

  it('is said of a step of the way, not of what undoes one, nor of all steps', () => {
    expect(told('{id: a, run: x, on_rollback: {run: y, downtime: ends}}')).toEqual([
      '4:43 downtime has no meaning for a step that undoes another: take it out',
    ]);
    expect(told('{comment: hello, downtime: now}')).toEqual([
      expect.stringMatching(/^4:32 one of begins, ends is wanted/),
    ]);
    const text = 'description: d\nhosts: [web]\ndefaults: {downtime: begins}\nsteps:\n  - {comment: hello}\n';
    expect(toldOfProcedure(text)).toEqual([expect.stringMatching(/^3:12 "downtime" belongs to one step/)]);
  });
});
