import { describe, expect, it } from '@jest/globals';
import { refusalText } from '../../src/run/refusal-text.ts';
import type { Accepted } from '../../src/run/accept.ts';
import type { Actor } from '../../src/run/types.ts';
import { plan, step } from './plans.ts';
import { ended, olivia, Record, william } from './record.ts';

const rita: Actor = { kind: 'github', id: 9, login: 'rita', right: 'read' };
const ada: Actor = { kind: 'github', id: 10, login: 'Ada', right: 'maintain' };
const seat: Actor = { kind: 'terminal', user: 'olivia@desk' };
const DIGEST = 'b'.repeat(8);

/** A run of olivia's that waits for an approval. */
function waiting(by: readonly string[], count = 1): Record {
  const work = { kind: 'ask', how: 'approve', by, count } as const;
  const run = new Record(
    plan([step('first'), step('agree', { work, readOnly: true, undo: { kind: 'none' } }), step('last')]),
  );
  run.job(ended('done'));
  expect(run.settle()).toEqual([]);
  expect(run.state.status).toBe('awaiting_approval');
  return run;
}
const refusal = (accepted: Accepted): string => (accepted.ok ? '' : refusalText(accepted.run, accepted.refusal));

describe('an approval', () => {
  it('is asked for, given by another who may, and recorded with who, by which comment, and the digest named', () => {
    const run = waiting(['write']);
    expect(run.state.prompts).toMatchObject([{ answers: ['approve', 'rollback', 'abort'], digest: DIGEST }]);
    expect(run.approve(DIGEST.toUpperCase(), william).ok).toBe(true);
    expect(run.events.at(-1)).toMatchObject({
      ...{ type: 'run_approved', digest: DIGEST, prompt: 'p1', comment: 43 },
      by: { kind: 'github', id: 8, login: 'william', right: 'write' },
    });
    expect(run.state.steps[1]?.tasks).toMatchObject([{ outcome: 'ok', doneAt: 'p1' }]);
    expect(run.due()).toMatchObject({ step: 'last' });
    expect(refusal(run.approve(DIGEST, ada))).toMatch(
      /p1 of run \S+ was answered already by @william with `\/approve`/,
    );
  });

  it('is not given by who asked for the run, under whichever name, nor twice by one', () => {
    const run = waiting(['write'], 2);
    expect(refusal(run.approve(DIGEST, { ...olivia, login: 'renamed' } as Actor))).toContain('You asked for run');
    expect(run.approve(DIGEST, william).ok).toBe(true);
    expect(run.state.status).toBe('awaiting_approval');
    expect(refusal(run.approve(DIGEST, { ...william, login: 'other' } as Actor))).toMatch(
      /already. It waits for 1 more/,
    );
    run.approve(DIGEST, ada);
    expect(run.due()).toMatchObject({ step: 'last' });
  });

  it.each([
    [['write'], rita, /whoever has the right "write" or more, so your approval does not count/],
    [['admin'], ada, /whoever has the right "admin", so/],
    [['rita', 'maintain'], william, /by rita or whoever has the right "maintain" or more/],
  ])('of %j is not given by %j', (by, who, wanted) => {
    expect(refusal(waiting(by).approve(DIGEST, who))).toMatch(wanted);
  });

  it.each([
    [['RITA'], rita],
    [['maintain'], ada],
    [['nobody', 'write'], ada],
  ])('of %j is given by %j', (by, who) => {
    expect(waiting(by).approve(DIGEST, who).ok).toBe(true);
  });

  it.each([
    ['', /names the plan by the first eight digits/],
    ['bbbbbbb', /`bbbbbbb` does not name the plan/],
    ['deadbeef', /`deadbeef` does not name the plan/],
    ['b'.repeat(65), /does not name the plan/],
  ])('that names another plan, or too little of this one, says what to type: %s', (digest, wanted) => {
    const said = refusal(waiting(['write']).approve(digest, william));
    expect(said).toMatch(wanted);
    expect(said).toContain(`type \`/approve ${DIGEST} 20261122-7k3f\``);
  });

  it('cannot be skipped, and is no retry or continue', () => {
    const run = waiting(['write']);
    expect(refusal(run.decide('skip'))).toMatch(/cannot be skipped.*Answer `\/approve bbbbbbbb 20261122-7k3f p1`/);
    expect(refusal(run.decide('continue'))).toContain('no answer to p1');
  });

  it('where nothing waits for one, or at another prompt, is refused with what is asked', () => {
    const run = new Record(plan([step('first')]));
    run.settle();
    expect(refusal(run.approve(DIGEST, william))).toMatch(/does not wait for an approval/);
    run.job(ended('failed'));
    run.settle();
    expect(refusal(run.approve(DIGEST, william))).toMatch(/It is asking p1 now: answer `\/retry/);
    expect(refusal(waiting(['write']).approve(DIGEST, william, 'p7'))).toMatch(/never asked p7.*`\/approve bbbbbbbb/);
  });

  it('at the terminal where the run was started is the word of who sits there, once it is typed', () => {
    const run = waiting(['ada'], 1);
    expect(refusal(run.approve('yes', seat))).toContain('does not name the plan');
    expect(run.approve(DIGEST, seat).ok).toBe(true);
    expect(run.state.approvals).toMatchObject([{ by: seat, digest: DIGEST }]);
    expect(run.due()).toMatchObject({ step: 'last' });
  });

  it('gives way to a rollback and an abort', () => {
    const back = waiting(['write']);
    back.decide('rollback', undefined, william);
    expect(back.due()).toMatchObject({ step: 'first', phase: 'undo' });
    const off = waiting(['write']);
    off.decide('abort');
    off.settle();
    expect(off.state.status).toBe('aborted');
  });

  it('is not asked for in a dry run', () => {
    const work = { kind: 'ask', how: 'approve', by: ['write'], count: 1 } as const;
    const run = new Record(plan([step('agree', { work, readOnly: true, undo: { kind: 'none' } })]), 'dryrun');
    run.settle();
    expect(run.state).toMatchObject({ status: 'succeeded', prompts: [] });
  });
});
