/** The shipped nbhosting procedures, by the built command line, on stand-in boxes behind real sshds. */
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Ended, Workplace } from '../acceptance/workplace.ts';
import { type Boxes, boxTests, openBoxes } from './boxes.ts';

let boxes: Boxes;
let work: Workplace;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ boxes, work, close } = await openBoxes());
});
afterEach(() => close());

const oneLine = (shown: string): string => shown.replaceAll(/\s+/g, ' ');
const run = (verb: string, ...words: readonly string[]): Promise<Ended> =>
  work.changeover('run', verb, 'nbhosting', ...words, '--yes');
const decide = (answer: string): Promise<Ended> => work.changeover('decide', work.runs().at(-1) ?? '', answer);
const HANDOVER = ['handover', 'thurst', 'thermals'] as const;
const START = [
  ['production', 'f27', 'server_name nbhosting.example.org'],
  ['development', 'f27', 'server_name nbhosting-dev.example.org'],
];
const both = (): unknown => [boxes.state(boxes.thurst), boxes.state(boxes.thermals)];
const userData = (box = boxes.thurst): readonly string[] =>
  boxes.data(box).filter((line) => /^(?:students|raw)\//.test(line));

boxTests('nbhosting', () => {
  it('has procedures that lint finds nothing in, their scripts neither', async () => {
    expect(await work.changeover('lint')).toMatchObject({ code: 0, out: expect.stringContaining('6 procedures: clean') });
  });

  it('is reported on, and nothing changes', async () => {
    const lines = await boxes.changed(async () => {
      const { code, out } = await run('report');
      expect([code, oneLine(out)]).toEqual([0, expect.stringContaining('thermals: ok function: wanted any, found dev')]);
      expect(out).toContain('nbhosting_addr: wanted any, found active, enabled');
      expect(out).toMatch(/\d\S*\s+\S+\/nbhosting\/students$/m);
    });
    expect(lines).toEqual([]);
  });

  it('hands production over with the newest data, and back', async () => {
    const fresh = userData();
    expect(await run(...HANDOVER)).toMatchObject({ code: 0, err: '' });
    expect(both()).toEqual([
      ['none', 'f27', 'server_name nbhosting.example.org'],
      ['production', 'f27', 'server_name nbhosting.example.org'],
    ]);
    expect(userData(boxes.thermals)).toEqual(fresh);
    writeFileSync(boxes.thermals.path('nbhosting/students/amelie/python/week2.ipynb'), '"of today"\n');
    expect(await run('handover', 'thermals', 'thurst')).toMatchObject({ code: 0, err: '' });
    expect(both()).toMatchObject([{ 0: 'production' }, { 0: 'none' }]);
    expect(userData()).toEqual([...fresh, 'students/amelie/python/week2.ipynb: of today'].sort());
  });

  it('is never copied toward the box that holds production', async () => {
    const words = ['handover', 'nbhosting', 'thermals', 'thurst'];
    const lines = await boxes.changed(async () => {
      for (const command of [
        ['plan', ...words],
        ['run', ...words, '--yes'],
      ]) {
        const { code, out } = await work.changeover(...command);
        const refusal = 'thurst holds production (production), and the data that people work on there would be overwritten';
        expect([code, oneLine(out)]).toEqual([1, expect.stringContaining(refusal)]);
      }
    });
    expect(lines).toEqual([]);
  });

  it('is not copied either where the other box takes production while the service is down', async () => {
    const systemctl = boxes.thermals.path('bin/systemctl');
    boxes.thurst.before('systemctl', `case "$*" in *'stop docker'*) '${systemctl}' start nbhosting-addr ;; esac`);
    const { code, out } = await run(...HANDOVER);
    const refusal = 'thermals holds production by now (both), so nothing is copied there';
    expect([code, oneLine(out)]).toEqual([3, expect.stringContaining(refusal)]);
  });

  it('is not copied where too much would be deleted, and what was begun is taken back', async () => {
    const lines = await boxes.changed(async () => {
      const { code, out } = await run(...HANDOVER, 'max_delete=1');
      expect([code, oneLine(out)]).toEqual([3, expect.stringContaining('and max_delete allows 1, so nothing was begun')]);
      expect(both()).toEqual(START);
      expect(await decide('rollback')).toMatchObject({ code: 1 });
    });
    expect(lines).toEqual([]);
  });

  it('swaps both boxes to the new release, by way of a person who validates it', async () => {
    const fresh = userData();
    const { code, out } = await run('swap', 'thurst', 'thermals', 'f27', 'f29');
    expect([code, oneLine(out)]).toEqual([3, expect.stringContaining('make a branch f29 and get nbhosting to work')]);
    expect(both()).toEqual([START[0], ['development', 'f29', START[1]?.[2]]]);
    // The pip packages of the old python3 are there for the new one.
    expect(boxes.thermals.content('logs/commands.log')).toContain('pip3 install Django\n');
    const rest = await decide('continue');
    expect([rest.code, rest.err]).toEqual([0, '']);
    expect(both()).toEqual([
      ['production', 'f29', 'server_name nbhosting.example.org'],
      ['none', 'f29', 'server_name nbhosting.example.org'],
    ]);
    expect([boxes.thurst.sshd.starts(), boxes.thermals.sshd.starts()]).toEqual([2, 2]);
    expect(userData()).toEqual(fresh);
    expect(oneLine(rest.out)).toContain('/epilogue nbhosting thermals');

    // The epilogue keeps the data, and removes what is left over where it is asked to.
    expect(await run('epilogue', 'thermals')).toMatchObject({ code: 0, err: '' });
    expect(both()).toMatchObject([{ 0: 'production' }, ['development', 'f29', START[1]?.[2]]]);
    expect(boxes.data(boxes.thermals)).toContain('students.prod/amelie/python/week1.ipynb: of today');
    expect(boxes.thermals.content('state/images/python-notebook')).toBe('');
    expect(await run('epilogue', 'thermals')).toMatchObject({ code: 1 });
  });
});
