import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import canonicalize from 'canonicalize';
import { seedPryv } from '../../src/playground/local-hosts/seed-pryv.ts';
import { needs } from '../support/needs.ts';
import { startMachine, type Machine } from './machine.ts';
import { eventsIn, makeWorkplace, type Workplace } from './workplace.ts';

/** A shipped procedure, but that it looks more often while it waits. */
const shipped = (name: string): string =>
  readFileSync(`procedures/${name}.yml`, 'utf8').replaceAll('delay: 1s', 'delay: 100ms');
const UPGRADE = shipped('pryv/upgrade');
const MERGE = shipped('pryv/redis-merge');

let machine: Machine;
let work: Workplace;

beforeEach(async () => {
  machine = await startMachine(seedPryv);
  work = makeWorkplace();
  work.inventory({ pryv: machine.entry() });
  work.procedure('pryv/upgrade', UPGRADE);
  work.procedure('pryv/redis-merge', MERGE);
});
afterEach(async () => {
  work.remove();
  await machine.remove();
});

/** What is a step of the plan: a call's own steps stand in its place. */
const idsOf = (text: string): readonly string[] =>
  [...text.replace(/^rollback:[^]*/m, '').matchAll(/^ {2}- id: (.+)$/gm)]
    .map(([, id = '']) => id)
    .filter((id) => id !== 'redis');

const upgrade = ['run', 'upgrade', 'pryv', '1.6', '--yes'] as const;

needs('sshd', 'rsync')('the Pryv upgrade', () => {
  it('changes nothing in a dry run, and names each step with its host and its script or change', async () => {
    let shown = '';
    const changed = await machine.changedBy(async () => {
      const { code, out, err } = await work.changeover('plan', 'upgrade', 'pryv', '1.6');
      expect([code, err]).toEqual([0, '']);
      shown = out;
    }, true);
    expect(changed).toEqual([]);
    for (const id of idsOf(UPGRADE)) expect(shown).toContain(`(${id})\n      pryv: `);
    for (const id of idsOf(MERGE)) expect(shown).toContain(`(redis/${id})`);
    expect(shown).toContain('| docker stop --time 120 pryvio_mongodb');
    expect(shown).toContain(
      `| ${machine.path('var/pryv')}: ${machine.path('var/pryv1.5')} → ${machine.path('var/pryv1.6')}`,
    );
    expect(shown.replaceAll(/\s+/g, ' ')).toContain('35 steps: 11 looked at, 16 simulated, 8 not to be known');
  });

  it('brings the platform to the new version, tells it as events, and leaves nothing of its own on the host', async () => {
    const { code, out, err } = await work.changeover('--json', ...upgrade);
    expect([code, err]).toEqual([0, '']);
    expect(readlinkSync(machine.path('var/pryv'))).toBe(machine.path('var/pryv1.6'));
    for (const name of readdirSync(machine.path('state/containers'))) expect(name).toMatch(/^pryvio_/);

    const lines = out.trimEnd().split('\n');
    const events = eventsIn(out);
    const [run = ''] = work.runs();
    let head = '0'.repeat(64);
    for (const [index, event] of events.entries()) {
      expect(event).toMatchObject({ seq: index + 1, run, prev: head });
      expect(event.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      head = createHash('sha256')
        .update(canonicalize(event) ?? '')
        .digest('hex');
    }
    expect(run).toMatch(/^\d{8}-[0-9a-hjkmnp-tv-z]{4}$/);
    expect(work.events()).toEqual(events);
    expect(lines).toHaveLength(events.length);
    expect(new Set(events.map((event) => event.type))).toEqual(
      new Set([
        'run_requested',
        'run_started',
        'observed',
        'step_opened',
        'job_started',
        'job_finished',
        'run_finished',
      ]),
    );
    expect(events.at(-1)).toMatchObject({ type: 'run_finished', status: 'succeeded' });
    expect(readdirSync(machine.path('home/.changeover/runs'))).toEqual([]);
    expect(readdirSync(machine.path('home/.changeover')).toSorted()).toEqual(['closed', 'runs']);
    expect(await machine.left()).toEqual([]);
  });

  it('is verified as intact, and names the event or the log in which a byte was changed', async () => {
    expect(await work.changeover(...upgrade)).toMatchObject({ code: 0 });
    const [run = ''] = work.runs();
    const verify = async (): Promise<readonly [number | null, string]> => {
      const { code, out } = await work.changeover('verify', run);
      return [code, out];
    };
    expect(await verify()).toEqual([0, expect.stringContaining(`Run ${run} is intact`)]);

    const log = join(work.journal, 'logs', run, 'pryv/dump/-/apply.1.out');
    const whole = readFileSync(log);
    expect(whole.length).toBeGreaterThan(0);
    flip(log, 3);
    expect(await verify()).toEqual([1, expect.stringContaining('the log of step dump on pryv, apply 1')]);
    writeFileSync(log, whole);
    expect(await verify()).toEqual([0, expect.anything()]);

    const lines = readFileSync(work.journalFile(), 'utf8').split('\n');
    const at = lines.slice(0, 4).join('\n').length + 40;
    flip(work.journalFile(), at);
    expect(await verify()).toEqual([1, expect.stringMatching(/event 5\b/)]);
    expect(await work.changeover('verify', work.journalFile())).toMatchObject({ code: 1 });
    expect(await work.changeover('verify', '20200101-aaaa')).toMatchObject({ code: 2, out: '' });
  });
});

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(file, bytes);
}
