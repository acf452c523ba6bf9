import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { type Machine, startMachine } from './machine.ts';
import { startJobFor } from './support/action-job.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import type { Running } from './support/thread-process.ts';
import { ofKind } from './support/thread-words.ts';
import { makeWorkplace, until } from './workplace.ts';

const WORK = procedure(`
  - id: first
    run: |
      echo begins >>~/lines
      until [ -e ~/go ]; do sleep 0.05; done
    on_rollback: {run: 'true'}
  - id: second
    run: echo second >>~/lines
    on_rollback: {run: 'true'}
`);

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let folder: string;

const lines = (): string => machine.content('home/lines');
const accepted = (): number => readdirSync(join(bench.journal, 'accepted')).length;

/** The job that GitHub starts for a comment. */
const jobFor = async (comment: number): Promise<Running> => startJobFor(bench, folder, await bench.eventOf(comment));

/** A job in the midst of its run's first step. */
async function amidst(): Promise<{ readonly id: number; readonly worker: Running }> {
  const { id } = await bench.writeUnheard('william', '/work demo');
  const worker = await jobFor(id);
  await until(() => existsSync(machine.path('home/lines')));
  return { id, worker };
}

const refused = (id: number): readonly string[] =>
  bench.words.after(id).filter((body) => body.includes('is being worked on by'));

describeWith(openApi)('an answer to a run that a process works on', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    folder = mkdtempSync(join(tmpdir(), 'changeover-busy-'));
    atEnd(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    bench = await openBench(checker, {
      'inventory.yml': inventoryOf({ one: machine }),
      'procedures/demo/work.yml': WORK,
    });
  });

  needs('sshd')('over SSH', () => {
    it('is left to the job that works on it by the job that comes for it, which ends once it is heard', async () => {
      const { id, worker } = await amidst();
      const pause = await bench.writeUnheard('william', '/pause');
      const ended = await (await jobFor(pause.id)).ended;
      expect(ended.code).toBe(0);
      expect(bench.events()).toContainEqual(expect.objectContaining({ type: 'decision_made', decision: 'pause' }));
      const abort = await bench.writeUnheard('william', '/abort');
      const [one, other] = await Promise.all([worker.ended, (await jobFor(abort.id)).ended]);
      expect([one.code, other.code]).toEqual([0, 0]);
      expect(ofKind(bench.words.after(id), 'end')).toEqual([expect.stringContaining('was aborted')]);
      expect(bench.events().filter(({ type }) => type === 'run_started')).toHaveLength(1);
      expect(refused(id)).toEqual([]);
      expect(lines()).toBe('begins\n');
    });

    it('is acted on by the job that comes for it where the one that works on it dies before it has heard', async () => {
      const { id, worker } = await amidst();
      worker.kill('SIGSTOP');
      const taken = accepted();
      const abort = await bench.writeUnheard('william', '/abort');
      const second = await jobFor(abort.id);
      await second.says(/is left to the process/);
      expect(accepted()).toBe(taken);
      worker.kill('SIGKILL');
      expect((await second.ended).code).toBe(0);
      expect(ofKind(bench.words.after(id), 'end')).toEqual([expect.stringContaining('was aborted')]);
      expect(refused(id)).toEqual([]);
      expect(lines()).toBe('begins\n');
    });

    it('is heard by a server whose run it is, though a job of a workflow hears of it first', async () => {
      await bench.start({ CHANGEOVER_LOOK_SECONDS: '3600' });
      const id = await bench.words.write('william', '/work demo');
      await until(() => existsSync(machine.path('home/lines')));
      const abort = await bench.writeUnheard('william', '/abort');
      expect((await (await jobFor(abort.id)).ended).code).toBe(0);
      await bench.words.answerTo(id, /kind=end/, /was aborted/);
      expect(refused(id)).toEqual([]);
    });

    it('is refused at a terminal, which says where to type it', async () => {
      const work = makeWorkplace();
      atEnd(() => {
        work.remove();
      });
      await bench.start();
      await bench.words.write('william', '/work demo');
      await until(() => existsSync(machine.path('home/lines')));
      const [run = ''] = bench.runs();
      const { code, err } = await work.changeoverWith({}, '--journal', bench.journal, 'decide', run, 'abort');
      expect([code, err]).toEqual([2, expect.stringMatching(/is being worked on by server /)]);
      expect(err).toContain(`write this comment in acme/ops#1: \`/abort ${run}\``);
      expect(bench.events().some(({ type }) => type === 'decision_made')).toBe(false);
    });
  });
});
