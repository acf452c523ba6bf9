/** A failure at each step of the shipped nbhosting procedures, and the way back from it, on stand-in boxes. */
import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Boxes, boxTests, openBoxes } from './boxes.ts';
import type { Workplace } from '../acceptance/workplace.ts';

let boxes: Boxes;
let work: Workplace;
let close: () => Promise<void>;

beforeEach(async () => {
  // What is waited for in vain is given up sooner, yet not before what does come.
  ({ boxes, work, close } = await openBoxes((text) => text.replaceAll(/timeout: (?:5m|2m|3h)/g, 'timeout: 6s')));
});
afterEach(() => close());

type Break = (it: Boxes) => Promise<void> | void;

/** The next command of this kind fails, once. */
const failing =
  (box: 'thurst' | 'thermals', command: string): Break =>
  (it) =>
    it[box].failCommand(command);
/** A program ends like this until somebody repairs it. */
const broken =
  (box: 'thurst' | 'thermals', program: string, code: number, words = '*'): Break =>
  (it) => {
    it[box].before(program, `case "$*" in ${words}) [ ! -e "$folder/faults/broken" ] || exit ${String(code)} ;; esac`);
    writeFileSync(it[box].path('faults/broken'), '');
  };
const switched =
  (box: 'thurst' | 'thermals', name: string): Break =>
  (it) => {
    writeFileSync(it[box].path(`faults/${name}`), '');
  };
const NAMES = ['broken', 'install-fails', 'upgrade-fails'];
/** Somebody has come to look. */
function repair(): void {
  for (const box of [boxes.thurst, boxes.thermals]) for (const name of NAMES) rmSync(box.path(`faults/${name}`), { force: true });
}

const HANDOVER = 'handover nbhosting thurst thermals';
const FAILURES: readonly (readonly [step: string, what: string, command: string, breaks: Break])[] = [
  ['push-live', 'rsync ends early', HANDOVER, failing('thermals', 'rsync --server')],
  ['quiesce', 'docker does not stop', HANDOVER, failing('thurst', 'systemctl stop docker')],
  ['release', 'the address is not released', HANDOVER, failing('thurst', 'systemctl stop nbhosting-addr')],
  ['free', 'somebody else has the address', HANDOVER, broken('thermals', 'ping', 0)],
  ['take', 'the address is not taken', HANDOVER, failing('thermals', 'systemctl start nbhosting-addr')],
  ['drop-development', 'that address stays', HANDOVER, failing('thermals', 'systemctl stop nbhosting-dev-addr')],
  ['settings/install', 'the site is not installed', HANDOVER, switched('thermals', 'install-fails')],
  ['answer', 'the service does not answer', HANDOVER, broken('thurst', 'curl', 7)],
  ['download', 'dnf has no packages', 'upgrade-box nbhosting thermals f29', broken('thermals', 'dnf', 1, '*download*')],
  ['install', 'the site is not installed', 'settings nbhosting thermals production', switched('thermals', 'install-fails')],
];

boxTests('nbhosting, failing', () => {
  it.each(FAILURES)('in %s (%s) is as before once it is rolled back', async (step, _what, command, breaks) => {
    const before = boxes.state(boxes.thurst).concat(boxes.state(boxes.thermals));
    await breaks(boxes);
    const lines = await boxes.changed(async () => {
      const { code, out } = await work.changeover('run', ...command.split(' '), '--yes');
      expect(code).toBe(3);
      expect(failedSteps()).toEqual([step]);
      expect(out).toContain('rollback');
      repair();
      expect(await work.changeover('decide', work.runs().at(-1) ?? '', 'rollback')).toMatchObject({ code: 1, err: '' });
      expect(work.events().at(-1)).toMatchObject({ type: 'run_finished', status: 'rolled_back' });
    });
    expect(lines).toEqual([]);
    expect(boxes.state(boxes.thurst).concat(boxes.state(boxes.thermals))).toEqual(before);
  });

  it('in a restart that comes back without the new release says so, and what cannot be taken back', async () => {
    await switched('thermals', 'upgrade-fails')(boxes);
    const { code, out } = await work.changeover('run', 'upgrade-box', 'nbhosting', 'thermals', 'f29', '--yes');
    expect([code, failedSteps()]).toEqual([3, ['upgrade']]);
    expect(out.replaceAll(/\s+/g, ' ')).toContain('it has started anew, but not as until wants it within 6s');
    expect(boxes.thermals.sshd.starts()).toBe(2);
    expect(boxes.state(boxes.thermals)[1]).toBe('f27');
    const { out: back } = await work.changeover('decide', work.runs().at(-1) ?? '', 'rollback');
    expect(back.replaceAll(/\s+/g, ' ')).toContain('step upgrade on thermals cannot be undone');
    expect(boxes.thermals.sshd.starts()).toBe(2);
  });
});

/** The steps at which the newest run asks. */
const failedSteps = (): readonly string[] =>
  work.events().flatMap((event) => (event.type === 'prompt_opened' ? [event.step] : []));
