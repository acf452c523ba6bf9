import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { bench, RUN } from './bench.ts';
import { needs } from '../support/needs.ts';

const { machine, work, steps } = bench();

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const kept = (step: string, stream: 'out' | 'err'): string =>
  join(work().journal, 'logs', work().runs()[0] ?? '', 'one', step, `-/apply.1.${stream}`);

/** The most memory a process has ever had, in MB, while it lives. */
function peakOf(pid: number): number | undefined {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}

needs('sshd')('what a step prints', () => {
  it('may be 100 MB: kept whole, its digest right, and the worker stays small', async () => {
    const megabytes = 100;
    const line = `${'x'.repeat(1023)}\n`;
    writeFileSync(machine().path('home/kilobyte'), line);
    steps(`
      - id: quiet
        run: 'true'
        read_only: true
      - id: loud
        run: |
          for n in 1 2 3 4 5 6 7 8 9 10; do cat ~/kilobyte; done >~/ten
          for n in $(seq 100); do cat ~/ten; done >~/thousand
          for n in $(seq ${String(megabytes)}); do cat ~/thousand; done
          rm ~/ten ~/thousand
        on_rollback: {leave: a test}
    `);
    const process = work().begin('--json', ...RUN);
    let idle = 0;
    let peak = 0;
    const watch = setInterval(() => {
      const now = peakOf(process.pid);
      if (now === undefined) return;
      if (!process.said().includes('"step":"loud"')) idle = now;
      peak = now;
    }, 20);
    const { code } = await process.ended;
    clearInterval(watch);
    expect(code).toBe(0);
    const whole = createHash('sha256');
    for (let n = 0; n < megabytes * 1000; n += 1) whole.update(line);
    const digest = whole.digest('hex');
    const end = work()
      .events()
      .findLast((event) => event.type === 'job_finished');
    const bytes = megabytes * 1000 * 1024;
    expect(end).toMatchObject({ sha256: digest, bytes: { out: bytes, err: 0 }, cut: false });
    expect(statSync(kept('loud', 'out')).size).toBe(bytes);
    note(`a step printed ${String(megabytes)} MB: ${idle.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most`);
    expect(peak).toBeLessThan(idle + 90);
    expect(statSync(work().journalFile()).size).toBeLessThan(200_000);
  });

  it('may be binary, fences, colours and halves of characters: the log holds exactly the bytes of the host', async () => {
    const odd = Buffer.concat([
      Buffer.from('```\n````markdown\n</details><!-- x -->\n\u001b[31mred\u001b[0m\u001b]0;title\u0007\r\n'),
      Buffer.from(Array.from({ length: 256 }, (_, n) => n)),
      Buffer.from('é€😀').subarray(0, 7),
      Buffer.from([0xff, 0xfe, 0, 0x80]),
      Buffer.from('no newline at the end €').subarray(0, -1),
    ]);
    const noise = Buffer.concat(Array.from({ length: 3000 }, (_, n) => Buffer.concat([odd, Buffer.from(String(n))])));
    writeFileSync(machine().path('home/odd'), odd);
    writeFileSync(machine().path('home/noise'), noise);
    steps(`
      - id: odd
        run: cat ~/odd; cat ~/noise >&2
        on_rollback: {leave: a test}
      - id: halves
        run: |
          printf '\\342'; sleep 0.2; printf '\\202'; sleep 0.2; printf '\\254'
        on_rollback: {leave: a test}
    `);
    const { code, out } = await work().changeover(...RUN);
    expect(code).toBe(0);
    expect(readFileSync(kept('odd', 'out')).equals(odd)).toBe(true);
    expect(readFileSync(kept('odd', 'err')).equals(noise)).toBe(true);
    expect(readFileSync(kept('halves', 'out'), 'utf8')).toBe('€');
    const ends = work()
      .events()
      .filter((event) => event.type === 'job_finished');
    expect(ends).toMatchObject([
      { sha256: sha256(Buffer.concat([odd, noise])), bytes: { out: odd.length, err: noise.length } },
      { sha256: sha256('€'), captured: { stdout: { text: '€' } } },
    ]);
    expect(out).not.toContain('\u001b');
    const [run = ''] = work().runs();
    expect(await work().changeover('verify', run)).toMatchObject({ code: 0 });
  });

  it('is shown by its last lines where the step fails, with nothing in them that moves a cursor', async () => {
    steps(`
      - id: fails
        run: |
          seq 100
          printf '\\033[2J\\033[31mbroken\\033[0m\\n' >&2
          exit 3
        on_rollback: {leave: a test}
    `);
    const { code, out } = await work().changeover(...RUN);
    expect([code, out]).toEqual([3, expect.stringMatching(/failed, exit 3[\s\S]*\| broken/)]);
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain('| 1\n');
    const [run = ''] = work().runs();
    const logs = await work().changeover('logs', run, 'fails');
    expect([logs.code, logs.out]).toEqual([0, expect.stringContaining('1\n2\n3\n')]);
    const nowhere = await work().changeover('logs', run, 'fail');
    expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining('Did you mean fails?')]);
  });
});

needs('sshd')('a step past its time', () => {
  it('is stopped on the host, and nothing of it lives on', async () => {
    steps(`
      - id: slow
        timeout: 5s
        run: |
          trap '' TERM
          sleep 301 &
          (trap '' TERM HUP; while :; do sleep 1; done) &
          sh -c 'trap "" HUP; sleep 302' &
          echo waiting
          wait
        on_rollback: {leave: a test}
    `);
    const { code, out } = await work().changeover(...RUN);
    expect([code, out]).toEqual([3, expect.stringContaining('timed out')]);
    expect(
      work()
        .events()
        .findLast((event) => event.type === 'job_finished'),
    ).toMatchObject({
      outcome: 'timed_out',
      survivors: 0,
      captured: { stdout: { text: 'waiting\n' } },
    });
    expect(await machine().left()).toEqual([]);
  });
});

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
