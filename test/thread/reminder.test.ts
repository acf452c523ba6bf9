import { expect, it } from '@jest/globals';
import { later } from '../../src/run/time.ts';
import type { Actor, RunState } from '../../src/run/types.ts';
import { dueReminder, MOST_REMINDERS, renderReminder } from '../../src/thread/reminder.ts';
import { expectGolden } from './golden.ts';
import { allWell, failingRestore, job, pryvPlan, step } from './pryv.ts';
import { Story } from './story.ts';

const olivia: Actor = { kind: 'github', id: 7, login: 'olivia', right: 'admin' };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const AFTER = 4 * HOUR;
const URL = 'https://github.com/acme/ops/issues/1#issuecomment-77';

const failed = (): RunState => new Story(pryvPlan(), 'apply', failingRestore).play().state;
const since = ({ prompts }: RunState): string => prompts.at(-1)?.openedAt ?? '';

it('comes after the time that is set, then once a day, seven times in all, and never once it is answered', () => {
  const state = failed();
  const at = (ms: number, after = AFTER): number | undefined =>
    dueReminder(state, later(since(state), ms), after)?.number;
  expect([0, AFTER - 1, AFTER, AFTER + DAY - 1, AFTER + DAY].map((ms) => at(ms))).toEqual([
    ...[undefined, undefined, 1],
    ...[1, 2],
  ]);
  // Those whose time passed while nobody could be reminded are not made up for.
  expect([at(AFTER + 3 * DAY), at(AFTER + 7 * DAY - 1), at(AFTER + 7 * DAY)]).toEqual([4, MOST_REMINDERS, undefined]);
  expect(at(30 * DAY, 0)).toBe(undefined);
  const answered = new Story(pryvPlan(), 'apply', failingRestore).play();
  answered.decide('abort');
  expect(dueReminder(answered.state, later(answered.state.lastAt, AFTER), AFTER)).toBe(undefined);
  answered.play();
  expect(dueReminder(answered.state, later(answered.state.lastAt, AFTER), AFTER)).toBe(undefined);
  // Asked for and asked about in the same moment.
  const atOnce = { ...state, requestedAt: since(state) };
  expect(dueReminder(atOnce, later(since(state), AFTER), AFTER)).toMatchObject({ about: 'p1' });
  const working = new Story(pryvPlan(), 'apply', allWell).play(({ steps }) => steps[2]?.status === 'open').state;
  expect(dueReminder(working, later(working.lastAt, AFTER), AFTER)).toBe(undefined);
});

it('says what waits, since when, where, and what to type', () => {
  const told = (state: RunState, ms: number, url?: string): string => {
    const from = state.prompts.at(-1)?.openedAt ?? state.requestedAt;
    const now = later(from, ms);
    const reminder = dueReminder(state, now, AFTER);
    return reminder === undefined ? 'none' : renderReminder(state, reminder, now, url);
  };
  const paused = new Story(pryvPlan(), 'apply', allWell).play(({ steps }) => steps[2]?.status === 'open');
  paused.decide('pause', olivia, 0);
  paused.play();
  const environment = { name: 'production', approvals: { by: ['maintain', 'rita'], count: 2 } };
  const start = new Story(pryvPlan({ environment }), 'apply', allWell).play().state;
  const agree = new Story(
    pryvPlan({}, [
      step('stop', 'Stop the services', job({ shell: 'sh', text: 'stop' }), { downtime: 'begins' }),
      step('agree', 'Agree on the switch', { kind: 'ask', how: 'approve', by: ['rita'], count: 1 }, { readOnly: true }),
    ]),
    'apply',
    {},
  ).play().state;
  expectGolden(
    'reminder.md',
    [
      ...['## A step that failed', told(failed(), AFTER, URL)],
      ...['## The last time, and the prompt was deleted', told(failed(), AFTER + 6.5 * DAY)],
      ...['## A pause', told(paused.state, AFTER + DAY, URL)],
      ...['## An approval before the start', told(start, AFTER, URL)],
      ...['## An approval, within a downtime', told(agree, AFTER, URL)],
    ].join('\n\n'),
  );
});
