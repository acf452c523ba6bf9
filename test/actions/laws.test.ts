import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { NOT_AS_LEFT } from '../../src/actions/types.ts';
import { bench, type Bench, type Phase } from './kit.ts';
import { scenarios } from './scenarios.ts';

const SHELLS = ['dash', 'bash'];
/** More programs than any script starts: the count goes on, and nothing dies. */
const NEVER = 9999;

const benches: Bench[] = [];
const fresh = (action: string, shell: string): Bench => {
  const made = bench(action, shell);
  benches.push(made);
  return made;
};
afterEach(() => {
  for (const each of benches.splice(0)) each.remove();
});

describe.each(SHELLS)('in %s', (shell) => {
  describe.each(scenarios)('$action: $title', ({ action, input, arrange, meddle }) => {
    const arranged = (): Bench => {
      const made = fresh(action, shell);
      arrange(made);
      return made;
    };
    const well = (on: Bench, ...phases: readonly Phase[]): void => {
      for (const phase of phases) expect({ phase, ...on.run(phase, input) }).toMatchObject({ phase, code: 0 });
    };

    it('is done once, looks and keeping change nothing, and undone all is as before, however often', () => {
      const host = arranged();
      const before = host.tree();
      expect(host.look(input)).toMatchObject({ code: 1, stderr: '' });
      expect(host.run('probe', input)).toMatchObject({ code: 1, stderr: '' });
      well(host, 'keep', 'keep');
      expect(host.tree()).toEqual(before);
      well(host, 'apply');
      expect(host.tree()).not.toEqual(before);
      if (action !== 'move') expect(host.look(input)).toMatchObject({ code: 0 });
      well(host, 'undo');
      expect(host.tree()).toEqual(before);
      well(host, 'undo');
      expect(host.tree()).toEqual(before);
    });

    it('is not touched by the undo once it is not what this run left', () => {
      const host = arranged();
      well(host, 'keep', 'apply');
      meddle(host);
      const now = host.tree();
      const undone = host.run('undo', input);
      expect(undone).toMatchObject({ code: NOT_AS_LEFT, stderr: expect.stringMatching(/\S/) });
      expect(host.tree()).toEqual(now);
    });

    it('is not said to be undone where what was kept of it is lost', () => {
      const host = arranged();
      well(host, 'keep', 'apply');
      rmSync(host.before, { recursive: true });
      const now = host.tree();
      expect(host.undoApplied(input)).toMatchObject({ code: NOT_AS_LEFT, stderr: expect.stringMatching(/not kept/) });
      expect(host.tree()).toEqual(now);
    });

    // What differs between shells has shown itself by now.
    if (shell !== SHELLS[0]) return;

    it('is left alone by the undo where nothing was applied, whatever somebody else did', () => {
      const host = arranged();
      const before = host.tree();
      well(host, 'undo');
      well(host, 'keep', 'undo');
      expect(host.tree()).toEqual(before);
    });

    it('counts as changed when a second attempt finishes what the first began', () => {
      const host = arranged();
      const before = host.tree();
      well(host, 'keep', 'apply');
      expect(host.run('probe', input)).toMatchObject({ code: 1 });
      well(host, 'keep', 'apply', 'undo');
      expect(host.tree()).toEqual(before);
    });
  });
});

describe.each(scenarios.filter(({ dying }) => dying))(
  '$action: $title: when everything dies',
  ({ action, input, arrange }) => {
    /** A host on which `phases` went well and `dying` then died at its program number `at`. */
    const died = (
      phases: readonly Phase[],
      dying: Phase,
      at: number,
    ): { host: Bench; before: ReturnType<Bench['tree']> } => {
      const host = fresh(action, 'dash');
      arrange(host);
      const before = host.tree();
      for (const phase of phases) expect(host.run(phase, input)).toMatchObject({ code: 0 });
      host.run(dying, input, at);
      return { host, before };
    };
    const momentsOf = (phases: readonly Phase[], dying: Phase): readonly number[] => {
      const { host } = died(phases, dying, NEVER);
      return Array.from({ length: host.started() + 1 }, (_, at) => at + 1);
    };

    it('within keep, it can be kept again', () => {
      for (const at of momentsOf([], 'keep')) {
        const { host, before } = died([], 'keep', at);
        for (const phase of ['keep', 'apply', 'undo'] as const) {
          expect({ at, phase, ...host.run(phase, input) }).toMatchObject({ code: 0 });
        }
        expect(host.tree()).toEqual(before);
      }
    });

    it('within apply, it is undone from any moment on', () => {
      for (const at of momentsOf(['keep'], 'apply')) {
        const { host, before } = died(['keep'], 'apply', at);
        expect({ at, ...host.run('undo', input) }).toMatchObject({ code: 0 });
        expect({ at, tree: host.tree() }).toEqual({ at, tree: before });
      }
    });

    it('within apply, a second attempt ends as one that never died', () => {
      const whole = died(['keep'], 'apply', NEVER).host;
      const wanted = Object.keys(whole.tree());
      for (const at of momentsOf(['keep'], 'apply')) {
        const { host } = died(['keep'], 'apply', at);
        expect({ at, ...host.run('apply', input) }).toMatchObject({ at, code: 0 });
        expect({ at, names: Object.keys(host.tree()) }).toEqual({ at, names: wanted });
      }
    });

    it('within undo, it is undone by the next', () => {
      for (const at of momentsOf(['keep', 'apply'], 'undo')) {
        const { host, before } = died(['keep', 'apply'], 'undo', at);
        expect({ at, ...host.run('undo', input) }).toMatchObject({ at, code: 0 });
        expect({ at, tree: host.tree() }).toEqual({ at, tree: before });
      }
    });
  },
);
