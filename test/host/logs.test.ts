import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ends, HEAD_BYTES, TAIL_BYTES } from '../../src/host/captured.ts';
import { createLogs } from '../../src/host/logs.ts';
import { job, RUN } from './support.ts';

describe('logs', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-logs-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const sha = (...parts: readonly Buffer[]): string => createHash('sha256').update(Buffer.concat(parts)).digest('hex');

  it('keep both streams and digest out, then err', async () => {
    const logs = createLogs(folder);
    const log = await logs.open(RUN, job('both'));
    await log.write('err', Buffer.from('E1'));
    await log.write('out', Buffer.from('O'));
    await log.write('err', Buffer.from('E2'));

    expect(log.offsets()).toEqual({ out: 1, err: 4 });
    expect(await log.seal()).toEqual({
      sha256: sha(Buffer.from('OE1E2')),
      stdout: { text: 'O' },
      stderr: { text: 'E1E2' },
      bytes: { out: 1, err: 4 },
    });
  });

  it('go on where they were after a restart, with the same digest', async () => {
    const first = await createLogs(folder).open(RUN, job('stop/nginx'));
    await first.write('out', Buffer.from('one'));
    const second = await createLogs(folder).open(RUN, job('stop/nginx'));
    await second.write('out', Buffer.from('two'));

    expect(await second.seal()).toMatchObject({ sha256: sha(Buffer.from('onetwo')), stdout: { text: 'onetwo' } });
    await first.seal();
    // A sealed log can be opened and sealed once more.
    const again = await createLogs(folder).open(RUN, job('stop/nginx'));
    expect(await again.seal()).toMatchObject({ sha256: sha(Buffer.from('onetwo')), bytes: { out: 6, err: 0 } });
  });

  it('have no file where nothing was said, and both where something was', async () => {
    const logs = createLogs(folder);
    const files = (step: string): boolean[] =>
      ['out', 'err'].map((stream) => existsSync(join(folder, RUN, 'thurst', step, `-/apply.1.${stream}`)));
    const silent = await logs.open(RUN, job('silent'));

    expect(await silent.seal()).toEqual({
      sha256: sha(),
      stdout: { text: '' },
      stderr: { text: '' },
      bytes: { out: 0, err: 0 },
    });
    const loud = await logs.open(RUN, job('loud'));
    await loud.write('err', Buffer.from('E'));
    await loud.seal();

    expect([files('silent'), files('loud')]).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it('capture long output by its ends, cut between characters', async () => {
    const log = await createLogs(folder).open(RUN, job('long'));
    const text = `x${'é'.repeat(20_000)}`;
    for (const part of [text.slice(0, 7), text.slice(7)]) await log.write('out', Buffer.from(part));

    const { stdout } = await log.seal();

    expect(stdout).toEqual({
      head: `x${'é'.repeat((HEAD_BYTES - 2) / 2)}`,
      tail: 'é'.repeat(TAIL_BYTES / 2),
      omitted_bytes: 40_001 - (HEAD_BYTES - 1) - TAIL_BYTES,
    });
  });

  it('never cut a character in two, and count every byte', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 20 }), fc.nat(), fc.nat(), (text, from, to) => {
        const bytes = Buffer.from(text);
        const [head, tail] = [bytes.subarray(0, from % 10), bytes.subarray(bytes.length - (to % 10))];
        const captured = ends(head, tail, bytes.length);
        if (!('head' in captured)) return false;
        const kept = Buffer.byteLength(captured.head) + Buffer.byteLength(captured.tail);
        return !`${captured.head}${captured.tail}`.includes('\uFFFD') && kept + captured.omitted_bytes === bytes.length;
      }),
    );
  });

  it('show broken bytes as such', async () => {
    const log = await createLogs(folder).open(RUN, job('broken'));
    await log.write('out', Buffer.from([65, 0xff, 0xc3]));

    expect(await log.seal()).toMatchObject({ stdout: { text: 'A\uFFFD\uFFFD' } });
  });

  it('are read from their end, as far as is wanted', async () => {
    const logs = createLogs(folder);
    const log = await logs.open(RUN, job('read'));
    await log.write('out', Buffer.from('0123456789'));
    await log.write('err', Buffer.from('é'));

    expect(await logs.read(RUN, job('read'), 8)).toEqual({ out: '6789', err: 'é', omittedBytes: 6 });
    expect(await logs.read(RUN, job('none'), 8)).toBeUndefined();
    await log.seal();
  });
});
