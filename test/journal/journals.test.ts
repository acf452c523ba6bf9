import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Journal } from '../../src/engine/ports.ts';
import { createFileJournal } from '../../src/journal/file.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { checkLines, lineOf, NO_HASH } from '../../src/run/chain.ts';
import { RUN_ID } from '../../src/run/run-id.ts';
import { AT, clockAt, COMMENT, FIRST, STARTED } from './requests.ts';

const folders: string[] = [];
function inFolder(clock: Clock): Journal {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  folders.push(folder);
  return createFileJournal(folder, { clock, worker: 'test' });
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const kinds: readonly (readonly [string, (clock: Clock) => Journal])[] = [
  ['in memory', (clock) => createMemoryJournal({ clock, worker: 'test' })],
  ['in files', inFolder],
];

describe.each(kinds)('a journal %s', (_, make) => {
  it('makes a run with its first event and claims it at once', async () => {
    const journal = make(clockAt(AT));
    const { writer, events } = await journal.create(FIRST, AT);
    expect(writer.run).toMatch(RUN_ID);
    expect(writer.run.slice(0, 8)).toBe('20261122');
    expect(writer.epoch).toBe(1);
    expect(events).toMatchObject([{ ...FIRST, seq: 1, at: AT, run: writer.run, prev: NO_HASH }]);
    await writer.release();
  });

  it('chains what is appended, by times that never run backwards', async () => {
    const journal = make(clockAt(AT, '2026-11-22T02:46:00.000Z', '2026-11-22T02:44:00.000Z'));
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
    const journal = make(clockAt(AT));
    const { writer } = await journal.create(FIRST, AT);
    const task = { host: 'one', item: '-', env: { zeta: '1', alpha: '2' } };
    const appended = await writer.append([{ type: 'step_opened', step: 'one', phase: 'apply', tasks: [task] }]);
    await writer.release();
    const found = await journal.read(writer.run);
    expect(JSON.stringify(found.kind === 'ok' && found.events.slice(1))).toBe(JSON.stringify(appended));
    expect(JSON.stringify(appended)).toContain('{"alpha":"2","zeta":"1"}');
  });

  it('remembers up to when the comments of each place were looked through', async () => {
    const journal = make(clockAt(AT));
    expect(await journal.cursor('acme/ops')).toBeUndefined();
    await journal.moveCursor('acme/ops', AT);
    await journal.moveCursor('acme/other', '2026-11-22T02:47:00.000Z');
    expect(await journal.cursor('Acme/Ops')).toBe(AT);
  });

  it('lets one work on a run at a time, and the next under a later epoch', async () => {
    const journal = make(clockAt(AT));
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
    const journal = make(clockAt(AT));
    const answers = await Promise.all(
      ['comment 5', 'comment 5', '../x', 'comment 6'].map((key) => journal.acceptOnce(key, COMMENT)),
    );
    expect(answers.filter(Boolean)).toHaveLength(3);
    expect(await journal.acceptOnce('comment 5', COMMENT)).toBe(false);
    expect(await journal.isAccepted('comment 5')).toBe(true);
    expect(await journal.isAccepted('comment 7')).toBe(false);
  });

  it('lists runs, newest first, and says what is missing', async () => {
    const journal = make(clockAt(AT));
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
});
