import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { HEAD, hostBench, quickHosts } from './support.ts';

const note = { who: 'olivia', why: 'upgrade pryv', since: '2026-11-22T06:00:00.000Z', where: 'a terminal' };

needs('sshd')('a lock that is given back while a person is asked', () => {
  const { sshd, host } = hostBench();
  const there = (): boolean => existsSync(join(sshd().home, '.changeover/lock'));

  it('is free for the next run, however often it is given back, and is taken again afterwards', async () => {
    const [run, other] = ['20261122-aaaa', '20261122-bbbb'];
    await host().lock(run, note);
    expect(await host().unlock(run, 1)).toEqual({ kind: 'ok', value: {} });
    expect(there()).toBe(false);
    expect(await host().lock(other, note)).toEqual({ kind: 'ok', value: {} });
    expect(await host().unlock(run, 1)).toEqual({ kind: 'ok', value: {} });
    expect(await host().lock(run, note)).toMatchObject({ kind: 'ok', value: { held: expect.stringContaining(other) } });
    await host().unlock(other, 1);
    expect(await host().lock(run, note)).toEqual({ kind: 'ok', value: {} });
    await host().closeRun(run, HEAD);
    expect(there()).toBe(false);
  });

  it('is not given back by a worker from whom the run was taken over, since it was taken again since', async () => {
    const run = '20261122-cccc';
    await host().lock(run, note);
    await host().raiseEpoch(run, 2);
    expect(await host().unlock(run, 1)).toEqual({ kind: 'ok', value: { fenced: 2 } });
    expect(there()).toBe(true);
    expect(await host().unlock(run, 2)).toEqual({ kind: 'ok', value: {} });
    expect(there()).toBe(false);
  });

  it('is never taken from the run that has it by then, however late and often another gives back its own', async () => {
    const isOurs = async (run: string): Promise<boolean> => {
      const answer = await host().lock(run, note);
      return answer.kind === 'ok' && answer.value.held === undefined;
    };
    // Each with a connection of its own, as two bots have.
    const others = [1, 2].map(() => quickHosts(sshd()));
    const all = [host(), ...others.map((each) => each.host(sshd().planHost('thurst')))];
    for (let round = 0; round < 20; round += 1) {
      const [run, other] = [`20261122-d0${String(round)}`, `20261122-e0${String(round)}`];
      expect(await isOurs(run)).toBe(true);
      const closing = Promise.all(all.map((each) => each.closeRun(run, HEAD)));
      while (!(await isOurs(other)));
      await closing;
      expect(await isOurs(`20261122-f0${String(round)}`)).toBe(false);
      expect(await isOurs(other)).toBe(true);
      await host().closeRun(other, HEAD);
    }
    await Promise.all(others.map((each) => each.end()));
    expect(there()).toBe(false);
  });
});
