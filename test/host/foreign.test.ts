import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { hostBench, memorySink, nothing, order, RUN } from './support.ts';

const NOBODY = 65_534;
/** Only root can make what is somebody else's. */
const asRoot = process.getuid?.() === 0 ? it : it.skip;

for (const shell of ['dash', 'bash'] as const) {
  needs('sshd', shell)(`what others have put on a host whose sh is ${shell}`, () => {
    const { sshd, host } = hostBench({ sh: shell });
    const home = (...names: readonly string[]): string => join(sshd().home, ...names);
    const runFolder = (run = RUN): string => home('.changeover/runs', run);
    const jobFolder = (step: string): string => join(runFolder(), 'thurst', step, '-/apply.1');

    /** A job that would leave a mark is refused, and leaves none. */
    async function expectRefused(step: string, run = RUN): Promise<void> {
      const mark = home(`mark-${step}`);
      const ordered = order(step, `: >'${mark}'`, { run });
      const why = { kind: 'refused', why: expect.stringContaining("somebody else's") };
      expect(await host().ensureJob(ordered, memorySink(), nothing)).toMatchObject(why);
      expect(await host().settle(ordered, memorySink())).toMatchObject(why);
      expect(existsSync(mark)).toBe(false);
    }

    async function expectRuns(step: string, run = RUN): Promise<void> {
      const report = await host().ensureJob(order(step, 'true', { run }), memorySink(), nothing);
      expect(report).toMatchObject({ kind: 'finished', end: 'done' });
    }

    it('is a symbolic link for a job’s folder', async () => {
      mkdirSync(home('elsewhere'), { recursive: true });
      mkdirSync(join(jobFolder('linked'), '..'), { recursive: true });
      symlinkSync(home('elsewhere'), jobFolder('linked'));
      await expectRefused('linked');
      expect(existsSync(home('elsewhere/start'))).toBe(false);
    });

    it('is a symbolic link for a run’s folder', async () => {
      const run = '20261122-0000';
      mkdirSync(home('another'), { recursive: true });
      mkdirSync(home('.changeover/runs'), { recursive: true });
      symlinkSync(home('another'), runFolder(run));
      await expectRefused('any', run);
      rmSync(runFolder(run));
    });

    it('is a symbolic link for a claim', async () => {
      writeFileSync(home('claim'), 'void\n');
      mkdirSync(jobFolder('claimed'), { recursive: true });
      symlinkSync(home('claim'), join(jobFolder('claimed'), 'start'));
      await expectRefused('claimed');
    });

    asRoot('is a job’s folder of their own', async () => {
      mkdirSync(jobFolder('owned'), { recursive: true });
      chownSync(jobFolder('owned'), NOBODY, NOBODY);
      await expectRefused('owned');
    });

    asRoot('is all of ~/.changeover: the preflight says so, too', async () => {
      await expectRuns('before');
      chownSync(home('.changeover'), NOBODY, NOBODY);
      await expectRefused('below');
      const look = await host().preflight({ run: RUN, programs: [], becomeUsers: [], scripts: [] });
      chownSync(home('.changeover'), 0, 0);
      expect(look).toMatchObject({
        value: { troubles: [expect.stringContaining(`.changeover is not the login user's own`)] },
      });
      await expectRuns('after');
    });

    it('could be anything where ~/.changeover lets them write: the preflight says what to type', async () => {
      await expectRuns('closed');
      for (const folder of ['.changeover', '.changeover/runs']) {
        chmodSync(home(folder), 0o770);
        const look = await host().preflight({ run: RUN, programs: [], becomeUsers: [], scripts: [] });
        chmodSync(home(folder), 0o700);
        expect(look).toMatchObject({ value: { troubles: [expect.stringContaining(`chmod go-w ${home(folder)}`)] } });
      }
    });

    it('is a claim of garbage: its job has an end that nobody knows, and is not started', async () => {
      for (const [index, text] of [
        '',
        'garbage',
        '\0\0',
        '1 2 3\n',
        `${'9 '.repeat(2_000)}\n`,
        'a b c d e\nf g\n',
      ].entries()) {
        const step = `garbage-${String(index)}`;
        mkdirSync(jobFolder(step), { recursive: true });
        writeFileSync(join(jobFolder(step), 'start'), text);
        const report = await host().ensureJob(order(step, `: >'${home(step)}'`), memorySink(), nothing);
        expect({ text, report }).toMatchObject({ text, report: { kind: 'unknown', alive: false } });
        expect(existsSync(home(step))).toBe(false);
        const found = await host().jobs(RUN);
        expect(found.kind === 'ok' && found.value.jobs.find(({ job }) => job.step === step)).toMatchObject({
          state: 'gone',
        });
      }
    });

    it('is an end of garbage: it is not known how the job ended', async () => {
      await expectRuns('ended');
      const start = join(jobFolder('ended'), 'start');
      for (const end of [
        'done apply x 1 0 0 0 0',
        'done apply 0 1 -5 0 0 0',
        'done apply 0 1 1e9 0 0 0',
        'won apply 0 1 0 0 0 0',
        'done',
      ]) {
        writeFileSync(start, `1 1 no-boot 1 1 1000 - ${'a'.repeat(64)} nonce\n${end}\n`);
        const report = await host().settle(order('ended', 'true'), memorySink());
        expect({ end, report }).toMatchObject({ end, report: { kind: 'unknown' } });
      }
    });

    it('is a size that its output has not: part of it is lost, and so is the word of its end', async () => {
      await expectRuns('sized');
      const start = join(jobFolder('sized'), 'start');
      writeFileSync(start, `1 1 no-boot 1 1 1000 - ${'a'.repeat(64)} nonce\ndone apply 0 1 999999999999 0 0 0\n`);
      expect(await host().settle(order('sized', 'true'), memorySink())).toMatchObject({
        kind: 'unknown',
        why: 'the host has lost part of its output',
      });
    });

    it('are epochs that nobody can have raised: they do not count', async () => {
      const run = '20261122-2222';
      await expectRuns('first', run);
      for (const name of ['epoch.', 'epoch.x', 'epoch.-1', 'epoch.0x9', 'epoch.1e3', 'epoch.99999999999999999999']) {
        writeFileSync(join(runFolder(run), name), '');
      }
      await expectRuns('second', run);
      expect(await host().jobs(run)).not.toHaveProperty('value.epoch');
      await host().raiseEpoch(run, 2);
      expect(await host().jobs(run)).toHaveProperty('value.epoch', 2);
      expect(await host().ensureJob(order('third', 'true', { run }), memorySink(), nothing)).toEqual({
        kind: 'fenced',
        epoch: 2,
      });
    });

    it('are folders with names that are none of ours: they are no jobs', async () => {
      mkdirSync(join(runFolder(), 'thurst/%zz/-/apply.1'), { recursive: true });
      mkdirSync(join(runFolder(), 'thurst/step/-/apply.x'), { recursive: true });
      const found = await host().jobs(RUN);
      expect(found.kind === 'ok' && found.value.jobs.map(({ job }) => job.step)).not.toContain('%zz');
    });

    it('may be a file in the place of the run’s folder: nothing is run', async () => {
      const run = '20261122-1111';
      writeFileSync(runFolder(run), 'in the way\n');
      const told = await host().ensureJob(order('x', `: >'${home('mark-x')}'`, { run }), memorySink(), nothing);
      expect(told).toMatchObject({ kind: 'refused' });
      expect(existsSync(home('mark-x'))).toBe(false);
      rmSync(runFolder(run));
    });

    it('but ~/.changeover may lead to another disk', async () => {
      renameSync(home('.changeover'), home('disk'));
      symlinkSync(home('disk'), home('.changeover'));
      await expectRuns('there');
      const look = await host().preflight({ run: RUN, programs: [], becomeUsers: [], scripts: [] });
      expect(look).toMatchObject({ value: { troubles: [] } });
    });
  });
}
