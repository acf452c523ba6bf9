import { constants, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import type { Hosts } from '../../src/engine/ports.ts';
import type { createHosts } from '../../src/host/hosts.ts';
import type { JobReport } from '../../src/run/types.ts';
import { needs } from '../support/needs.ts';
import { execFileSync } from '../support/run-sync.ts';
import { hostBench, memorySink, nothing, order, quickHosts, until } from './support.ts';

const WRAPPER = '../../src/host/kit-wrapper.ts';

/** What keeps a job from beginning twice, or for a worker that was taken over from; and the kit without it. */
const CLAIM = {
  from: 'ln "$co_folder/start.$co_nonce" "$co_folder/start" || return',
  to: 'ln "$co_folder/start.$co_nonce" "$co_folder/start"',
};
const EPOCH = { from: 'if [ "$co_top" -le "$co_of" ] && [', to: 'if [' };

type Planted = typeof CLAIM;

/** `createHosts` with a kit in which a protection is taken out. */
async function kitWithout({ from, to }: Planted): Promise<typeof createHosts> {
  const { WRAPPER: text } = await import('../../src/host/kit-wrapper.ts');
  expect(text.split(from)).toHaveLength(2);
  jest.resetModules();
  jest.unstable_mockModule(WRAPPER, () => ({ WRAPPER: text.replace(from, () => to) }));
  const planted = await import('../../src/host/hosts.ts');
  jest.unstable_unmockModule(WRAPPER);
  return planted.createHosts;
}

needs('sshd')('the job kit on a real host', () => {
  const { sshd } = hostBench();
  let count = 0;

  /**
   * Orders a job so often at once, and holds each back when it has looked whether it may start and has not claimed yet.
   * @returns how often it began, and what was reported
   */
  async function begun(
    without: Planted | undefined,
    times: number,
    meanwhile: (hosts: Hosts, run: string) => Promise<unknown>,
  ): Promise<{ readonly times: number; readonly reports: readonly JobReport[] }> {
    const run = `20261122-pl${String((count += 1)).padStart(2, '0')}`;
    const mark = join(sshd().folder, run);
    const folder = join(sshd().home, '.changeover/runs', run, 'thurst/step/-/apply.1');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    execFileSync('mkfifo', [join(folder, 'out')]);
    const make = without === undefined ? quickHosts : await quickHostsOf(without);
    const bots = Array.from({ length: times }, () => make(sshd()));
    const ordered = bots.map(async (hosts) =>
      hosts
        .host(sshd().planHost('thurst'))
        .ensureJob(order('step', `echo begun >>${mark}`, { run }), memorySink(), nothing),
    );
    // Whoever has put its script there claims next: it opens `out` before, which waits for a reader.
    await until(() => readdirSync(folder).filter((name) => /^in\..*\.apply\.sh$/.test(name)).length === times);
    await meanwhile(bots[0]!, run);
    const reader = await open(join(folder, 'out'), constants.O_RDONLY | constants.O_NONBLOCK);
    const reports = await Promise.all(ordered);
    await reader.close();
    await Promise.all(bots.map(async (hosts) => hosts.end()));
    return { times: linesOf(mark), reports };
  }

  const wait = async (): Promise<void> => Promise.resolve();
  const takeOver = async (hosts: Hosts, run: string): Promise<unknown> =>
    hosts.host(sshd().planHost('thurst')).raiseEpoch(run, 2);

  it('begins a job once though two have looked at the same time and found it not begun', async () => {
    expect(await begun(undefined, 2, wait)).toMatchObject({ times: 1, reports: [{ end: 'done' }, { end: 'done' }] });
  });

  it('begins it twice without the claim', async () => {
    expect(await begun(CLAIM, 2, wait)).toMatchObject({ times: 2 });
  });

  it('begins none for a worker that was taken over from after it had looked', async () => {
    expect(await begun(undefined, 1, takeOver)).toEqual({ times: 0, reports: [{ kind: 'fenced', epoch: 2 }] });
  });

  it('begins it without the look at the epoch behind the claim', async () => {
    expect(await begun(EPOCH, 1, takeOver)).toMatchObject({ times: 1 });
  });
});

async function quickHostsOf(without: Planted): Promise<typeof quickHosts> {
  const createPlanted = await kitWithout(without);
  return (sshd) => createPlanted({ env: {}, knownHosts: sshd.knownHosts, keepaliveMs: 300, timeoutGraceMs: 300 });
}

function linesOf(path: string): number {
  try {
    return readFileSync(path, 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
}
