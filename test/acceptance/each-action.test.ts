import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Scenario, scenarios } from '../actions/scenarios.ts';
import { needs } from '../support/needs.ts';
import { bench, RUN } from './bench.ts';

const { machine, work } = bench();
const STAND_INS = join(import.meta.dirname, '../actions/stand-ins');
/** What the actions' scripts start. */
const PROGRAMS = 'mv cp rm rmdir mkdir chmod chown ln cat touch sha256sum base64 readlink rsync find sort';

/** The scenario's files lie in `home/here`, and its units in `units`, read by the tests' own stand-in for systemctl. */
const scene = (): { readonly here: string; readonly units: string } => ({
  here: machine().path('home/here'),
  units: machine().path('units'),
});

/** A file of the test's own. */
const aside = (name: string): string => join(work().folder, name);

/** Writes a procedure of that step and, if asked, one that fails after it. */
function write(of: Scenario, failing?: string): void {
  const step = { id: 'only', [of.action]: of.input, chdir: scene().here };
  const fails = { id: 'fails', run: failing, on_rollback: { leave: 'nothing' } };
  const steps = failing === undefined ? [step] : [step, fails];
  work().procedure('demo/try', JSON.stringify({ description: 'A test', hosts: ['one'], steps }));
}

/** How the step's job ended in the last run. */
const ended = (step: string): unknown =>
  work()
    .events()
    .find((event) => event.type === 'job_finished' && event.job.step === step);

/**
 * Programs that an action's scripts start are counted; the one that is due kills its job, with the job's own shell and its
 * watchdog, before it begins. Once.
 */
const shim = (): string => `
if [ -n "\${CO_BEFORE-}" ] && [ -e '${aside('due')}' ]; then
  printf . >>'${aside('count')}'
  read -r due <'${aside('due')}'
  read -r count <'${aside('count')}' || :
  if [ "\${#count}" -ge "$due" ]; then /bin/rm -f '${aside('due')}'; kill -9 0; fi
fi`;

function killAt(due: number): void {
  writeFileSync(aside('count'), '');
  writeFileSync(aside('due'), `${String(due)}\n`);
}

needs('sshd', 'rsync')('an action, by the command line on a host', () => {
  beforeEach(() => {
    for (const path of Object.values(scene())) mkdirSync(path);
    for (const program of PROGRAMS.split(' ')) machine().before(program, shim());
    machine().before('systemctl', `${shim()}\nUNITS='${scene().units}' exec '${STAND_INS}/systemctl' "$@"`);
  });

  describe.each(scenarios.filter(({ dying }) => dying))('$action: $title', (of) => {
    beforeEach(() => {
      of.arrange(scene());
    });

    it('is undone to the bit, is done, and then there is nothing to do', async () => {
      write(of, 'exit 1');
      const undone = await machine().changedBy(async () => {
        expect(await work().changeover(...RUN, '--on-failure', 'rollback')).toMatchObject({ code: 1 });
        expect(ended('only')).toMatchObject({ outcome: 'changed' });
      });
      expect([undone, work().events().at(-1)]).toMatchObject([[], { status: 'rolled_back' }]);
      write(of);
      const done = await machine().changedBy(async () => {
        expect(await work().changeover(...RUN)).toMatchObject({ code: 0 });
      });
      expect(done).not.toEqual([]);
      // What was moved cannot be moved again.
      if (of.action === 'move') return;
      const again = await machine().changedBy(async () => {
        expect(await work().changeover(...RUN)).toMatchObject({ code: 0 });
        expect(ended('only')).toMatchObject({ outcome: 'ok' });
      });
      expect(again).toEqual([]);
    });

    it('is undone to the bit where it died half done', async () => {
      write(of, `wc -c <${aside('count')} >${aside('started')}; exit 1`);
      killAt(9999);
      expect(await work().changeover(...RUN, '--on-failure', 'rollback')).toMatchObject({ code: 1 });
      const started = Number(readFileSync(aside('started'), 'utf8'));
      expect(started).toBeGreaterThan(0);
      for (const due of new Set([Math.ceil(started / 2), started - 1, started])) {
        const undone = await machine().changedBy(async () => {
          killAt(due);
          expect(await work().changeover(...RUN, '--on-failure', 'rollback')).toMatchObject({ code: 1 });
        });
        expect({ due, undone, waits: existsSync(aside('due')) }).toEqual({ due, undone: [], waits: false });
        expect([ended('only'), work().events().at(-1)]).toMatchObject([
          { outcome: 'unknown' },
          { status: 'rolled_back' },
        ]);
      }
    });
  });
});
