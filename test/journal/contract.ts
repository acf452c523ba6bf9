import { expect, it } from '@jest/globals';
import type { Clock, HandLock, Journal } from '../../src/engine/ports.ts';
import { checkLines, lineOf, NO_HASH } from '../../src/run/chain.ts';
import { RUN_ID } from '../../src/run/run-id.ts';
import type { RunEvent } from '../../src/run/types.ts';
import { AT, clockAt, COMMENT, FIRST, STARTED } from './requests.ts';

const LATER = '2026-11-22T02:47:00.000Z';
const note = (who: string) => ({ who, why: 'move mail', since: AT, where: 'acme/ops#1' });
const olivia = { kind: 'github', id: 1, login: 'olivia', right: 'admin' } as const;
const HAND: HandLock = { name: 'mail', reason: 'moving', by: olivia, at: AT, where: COMMENT };

/** What every journal keeps to, wherever it lies. */
export function contract(make: (clock: Clock) => Promise<Journal>): void {
  it('makes a run with its first event and claims it at once', async () => {
    const journal = await make(clockAt(AT));
    const { writer, events } = await journal.create(FIRST, AT);
    expect(writer.run).toMatch(RUN_ID);
    expect(writer.run.slice(0, 8)).toBe('20261122');
    expect(writer.epoch).toBe(1);
    expect(events).toMatchObject([{ ...FIRST, seq: 1, at: AT, run: writer.run, prev: NO_HASH }]);
    await writer.release();
  });

  it('chains what is appended, by times that never run backwards', async () => {
    const journal = await make(clockAt(AT, '2026-11-22T02:46:00.000Z', '2026-11-22T02:44:00.000Z'));
    const { writer } = await journal.create(FIRST, AT);
    // Not waited for one by one: the order of the calls is the order of the events.
    const first = writer.append([STARTED, { type: 'rollback_started', because: 'é 😀 "x"\n' }]);
    const second = writer.append([{ type: 'run_finished', status: 'failed' }]);
    await Promise.all([first, second]);
    await writer.release();
    const found = await journal.read(writer.run);
    const events = found.kind === 'ok' ? found.events : [];
    expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4]);
    expect([...events.map((event) => event.at)].sort()).toEqual(events.map((event) => event.at));
    expect(checkLines(events.map(lineOf))).toMatchObject({ kind: 'ok', count: 4 });
    expect(events).toEqual([...events.slice(0, 1), ...(await first), ...(await second)]);
  });

  it('shows who appends an event what a later reader sees of it, the order of its keys included', async () => {
    const journal = await make(clockAt(AT));
    const { writer } = await journal.create(FIRST, AT);
    const task = { host: 'one', item: '-', env: { zeta: '1', alpha: '2' } };
    const appended = await writer.append([{ type: 'step_opened', step: 'one', phase: 'apply', tasks: [task] }]);
    await writer.release();
    const found = await journal.read(writer.run);
    expect(JSON.stringify(found.kind === 'ok' && found.events.slice(1))).toBe(JSON.stringify(appended));
    expect(JSON.stringify(appended)).toContain('{"alpha":"2","zeta":"1"}');
  });

  it('remembers up to when the comments of each place were looked through', async () => {
    const journal = await make(clockAt(AT));
    expect(await journal.cursor('acme/ops')).toBeUndefined();
    await journal.moveCursor('acme/ops', AT);
    await journal.moveCursor('acme/other', LATER);
    expect(await journal.cursor('Acme/Ops')).toBe(AT);
  });

  it('lets one work on a run at a time, and the next under a later epoch', async () => {
    const journal = await make(clockAt(AT));
    const { writer } = await journal.create(FIRST, AT);
    await writer.append([STARTED]);
    const held = await journal.claim(writer.run);
    expect(held).toMatchObject({ kind: 'held' });
    expect(held.kind === 'held' && held.by).toContain('test');
    await writer.release();
    await writer.release();
    const claim = await journal.claim(writer.run);
    expect(claim).toMatchObject({ kind: 'claimed', writer: { epoch: 2 } });
    await expect(writer.append([STARTED])).rejects.toThrow('taken');
    if (claim.kind === 'claimed') await claim.writer.release();
  });

  it('knows what it has taken up once, for ever', async () => {
    const journal = await make(clockAt(AT));
    const answers = await Promise.all(
      ['comment 5', 'comment 5', '../x', 'comment 6'].map((key) => journal.acceptOnce(key, COMMENT)),
    );
    expect(answers.filter(Boolean)).toHaveLength(3);
    expect(await journal.acceptOnce('comment 5', COMMENT)).toBe(false);
    expect(await journal.isAccepted('comment 5')).toBe(true);
    expect(await journal.isAccepted('comment 7')).toBe(false);
  });

  it('lists runs, newest first, and says what is missing', async () => {
    const journal = await make(clockAt(AT));
    expect(await journal.runs()).toEqual([]);
    const ids: string[] = [];
    for (const second of [1, 2, 3]) {
      const { writer } = await journal.create(FIRST, AT.replace('00.000', `0${String(second)}.000`));
      ids.unshift(writer.run);
      await writer.release();
    }
    expect(await journal.runs()).toEqual(ids);
    expect(await journal.read('20261122-zzzz')).toEqual({ kind: 'missing' });
    expect(await journal.claim('20261122-zzzz')).toEqual({ kind: 'missing' });
    expect(await journal.claim('../../etc/passwd')).toEqual({ kind: 'missing' });
  });

  it('gives a name to one run until that has ended, whoever asks how often', async () => {
    const journal = await make(clockAt(AT));
    const [one, two] = [(await journal.create(FIRST, AT)).writer, (await journal.create(FIRST, AT)).writer];
    expect(await journal.lockName('mail', one.run, note('olivia'))).toBeUndefined();
    expect(await journal.lockName('mail', one.run, note('olivia'))).toBeUndefined();
    expect(await journal.lockName('mail', two.run, note('william'))).toEqual({ run: one.run, note: note('olivia') });
    expect(await journal.nameHolder('mail')).toEqual({ run: one.run, note: note('olivia') });
    expect(await journal.lockName('web', two.run, note('william'))).toBeUndefined();
    await one.append([{ type: 'run_finished', status: 'succeeded' }]);
    await one.release();
    expect(await journal.nameHolder('mail')).toBeUndefined();
    expect(await journal.lockName('mail', two.run, note('william'))).toBeUndefined();
    expect(await journal.lockName('mail', one.run, note('olivia'))).toEqual({ run: two.run, note: note('william') });
    await two.release();
  });

  it('keeps what people have locked until they unlock it, and who had the last word', async () => {
    const journal = await make(clockAt(AT));
    expect(await journal.lockByHand(HAND)).toBeUndefined();
    expect(await journal.lockByHand({ ...HAND, reason: 'another' })).toEqual(HAND);
    expect(await journal.handLocks()).toEqual([HAND]);
    expect(await journal.isWordByHand(5)).toBe(true);
    const word = { by: olivia, at: AT, comment: 6 };
    expect(await journal.unlockByHand({ owner: 'Acme', repo: 'OPS' }, 'mail', word)).toEqual(HAND);
    expect(await journal.unlockByHand(COMMENT, 'mail', word)).toBeUndefined();
    expect(await journal.handLocks()).toEqual([]);
    expect(await journal.isWordByHand(6)).toBe(true);
    expect(await journal.isWordByHand(5)).toBe(false);
  });

  it('has those who wait stand in the order in which they asked, until they leave', async () => {
    const journal = await make(clockAt(AT));
    const later = { run: '20261122-aaaa', note: { ...note('william'), since: LATER } };
    const sooner = { run: '20261122-bbbb', note: note('olivia') };
    await journal.standInLine('host one', later);
    await journal.standInLine('host one', sooner);
    await journal.standInLine('host one', later);
    expect(await journal.line('host one')).toEqual([sooner, later]);
    expect(await journal.line('host two')).toEqual([]);
    await journal.leaveLine('host one', sooner.run);
    await journal.leaveLine('host two', sooner.run);
    expect(await journal.line('host one')).toEqual([later]);
  });

  it('tells how a run stands, and whether somebody works on it', async () => {
    const journal = await make(clockAt(AT));
    const { writer, events } = await journal.create(FIRST, AT);
    expect(await journal.standing(writer.run)).toEqual({ read: { kind: 'ok', events }, worked: 'yes' });
    expect(await journal.wasLeft(writer.run)).toBe(false);
    await writer.release();
    expect(await journal.standing(writer.run)).toMatchObject({ worked: 'no' });
    expect(await journal.wasLeft(writer.run)).toBe(false);
    expect(await journal.standing('20261122-zzzz')).toEqual({ read: { kind: 'missing' }, worked: 'no' });
  });

  it('takes a record that was made anew, where there is none', async () => {
    const journal = await make(clockAt(AT));
    const first: RunEvent = { ...FIRST, seq: 1, at: AT, run: '20261122-aaaa', prev: NO_HASH };
    expect(await journal.restore([first])).toBe(true);
    expect(await journal.restore([first])).toBe(false);
    expect(await journal.read(first.run)).toEqual({ kind: 'ok', events: [first] });
    const claim = await journal.claim(first.run);
    expect(claim).toMatchObject({ kind: 'claimed', writer: { epoch: 1 } });
    if (claim.kind === 'claimed') await claim.writer.release();
  });

  it('forgets nothing that was taken up, settled or not', async () => {
    const journal = await make(clockAt(AT));
    expect(await journal.acceptOnce('comment 5', COMMENT)).toBe(true);
    await journal.keepAnswer('comment 5', { body: 'Done.' });
    await journal.settle('comment 5');
    await journal.settle('comment 5');
    expect(await journal.isAccepted('comment 5')).toBe(true);
    expect(await journal.acceptOnce('comment 5', COMMENT)).toBe(false);
    // Whoever took it up is this very process, which is there to settle it.
    expect(await journal.unsettled()).toEqual([]);
  });
}
