import { expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { needs } from '../support/needs.ts';
import { bench, RUN } from './bench.ts';

const { machine, work, steps } = bench();

needs('sshd')('a pause at a terminal', () => {
  it('lets a run that was stopped within a step come to the end of it, and asks', async () => {
    steps(`
      - id: first
        run: |
          echo begun >>~/marks
          until [ -e ~/go ]; do sleep 0.05; done
        on_rollback: {leave: a mark does no harm}
      - id: second
        run: echo second >>~/marks
        on_rollback: {leave: a mark does no harm}
    `);
    const begun = work().begin(...RUN);
    await begun.says('[1/2]');
    while (machine().content('home/marks') === '') await new Promise((resolve) => setTimeout(resolve, 20));
    begun.kill('SIGTERM');
    expect((await begun.ended).code).toBe(3);
    writeFileSync(machine().path('home/go'), '');
    const [run = ''] = work().runs();
    const paused = await work().changeover('decide', run, 'pause');
    expect(paused).toMatchObject({
      code: 3,
      err: expect.stringContaining(`changeover decide ${run} continue|rollback|abort`),
    });
    expect(paused.out).toMatch(/is paused \(p1\) before step 2, second/);
    expect(machine().content('home/marks')).toBe('begun\n');
    const again = await work().changeover('decide', run, 'pause');
    expect([again.code, again.err]).toEqual([
      2,
      expect.stringMatching(/waits at p1 already.*changeover decide \S+ continue --prompt p1/),
    ]);
    expect((await work().changeover('status')).out).toContain('is paused');
    expect(await work().changeover('decide', run, 'continue')).toMatchObject({ code: 0 });
    expect(machine().content('home/marks')).toBe('begun\nsecond\n');
  });
});
