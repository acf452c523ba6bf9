import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JobLog } from '../../src/engine/ports.ts';
import { createLogs } from '../../src/host/logs.ts';
import { maskOf } from '../../src/host/mask.ts';
import { job, RUN } from './support.ts';

describe('a masked log', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-masked-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const mask = maskOf(['hunter22', 'another secret']);
  const path = (step: string, stream: string): string => join(folder, RUN, 'thurst', step, `-/apply.1.${stream}`);

  it('keeps what is masked, and tells how much there was', async () => {
    const log = await createLogs(folder).open(RUN, job('one'), { mask });
    await log.write('out', Buffer.from('say hunt'));
    expect(readFileSync(path('one', 'out'), 'utf8')).toBe('say ');
    expect(log.offsets()).toEqual({ out: 8, err: 0 });
    await log.write('out', Buffer.from('er22 and hunt'));
    expect(await log.seal('whole')).toMatchObject({
      stdout: { text: 'say *** and hunt' },
      stderr: { text: '' },
      bytes: { out: 21, err: 0 },
    });
  });

  it('hides at its end the half of a secret that was cut off there', async () => {
    const log = await createLogs(folder).open(RUN, job('cut'), { mask });
    await log.write('err', Buffer.from('it is hunter2'));
    expect(await log.seal('cut')).toMatchObject({ stderr: { text: 'it is ***' } });
  });

  it('keeps back what may become a secret where the end was not seen, and asks for it again', async () => {
    const first = await createLogs(folder).open(RUN, job('unseen'), { mask });
    await first.write('out', Buffer.from('it is hunter2'));
    expect(await first.seal('unseen')).toMatchObject({ stdout: { text: 'it is ' } });
    const second = await createLogs(folder).open(RUN, job('unseen'), { mask });
    expect(second.offsets()).toEqual({ out: 6, err: 0 });
    await second.write('out', Buffer.from('hunter22.'));
    expect(await second.seal('whole')).toMatchObject({ stdout: { text: 'it is ***.' }, bytes: { out: 15, err: 0 } });
  });

  it('of which more was written than is known to stand for what, is cut back; of which less is there, begun again', async () => {
    const first = await createLogs(folder).open(RUN, job('torn'), { mask });
    await first.write('out', Buffer.from('one hunter22 two!'));
    await first.seal('unseen');
    appendFileSync(path('torn', 'out'), 'three');
    const second = await createLogs(folder).open(RUN, job('torn'), { mask });
    expect(second.offsets().out).toBe(17);
    expect(readFileSync(path('torn', 'out'), 'utf8')).toBe('one *** two!');
    for (const marks of ['', '1 2', 'x x x x', '9 9 9 9999']) {
      writeFileSync(path('torn', 'marks'), marks);
      const again = await createLogs(folder).open(RUN, job('torn'), { mask });
      expect([again.offsets(), statSync(path('torn', 'out')).size]).toEqual([{ out: 0, err: 0 }, 0]);
    }
  });

  it('has every byte once, whenever workers die', async () => {
    let count = 0;
    const pieces = fc.array(
      fc.record({
        stream: fc.constantFrom('out' as const, 'err' as const),
        text: fc.constantFrom('hunter22', 'hunt', 'er22', 'another secret', 'another ', '.', 'aHVudGVy\nMjI='),
        dies: fc.boolean(),
      }),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, async (all) => {
        count += 1;
        const step = `s${String(count)}`;
        const raw = { out: '', err: '' };
        const dead: JobLog[] = [];
        let log = await createLogs(folder).open(RUN, job(step), { mask });
        for (const { stream, text, dies } of all) {
          raw[stream] += text;
          // As one who follows does: on from where the log says that it is.
          await log.write(stream, Buffer.from(raw[stream]).subarray(log.offsets()[stream]));
          if (!dies) continue;
          dead.push(log);
          log = await createLogs(folder).open(RUN, job(step), { mask });
        }
        for (const stream of ['out', 'err'] as const) {
          await log.write(stream, Buffer.from(raw[stream]).subarray(log.offsets()[stream]));
        }
        const sealed = await log.seal('whole');
        expect([sealed.stdout, sealed.stderr]).toEqual([{ text: mask.text(raw.out) }, { text: mask.text(raw.err) }]);
        expect(sealed.bytes).toEqual({ out: raw.out.length, err: raw.err.length });
        for (const each of dead) await each.seal('unseen');
      }),
      { numRuns: 150 },
    );
  });

  it('of a step with no_log is none', async () => {
    const log = await createLogs(folder).open(RUN, job('none'), 'nothing');
    await log.write('out', Buffer.from('something'));
    expect(await log.seal('whole')).toMatchObject({
      stdout: { head: '', tail: '', omitted_bytes: 9 },
      bytes: { out: 9, err: 0 },
    });
    expect(existsSync(path('none', 'out'))).toBe(false);
  });
});
