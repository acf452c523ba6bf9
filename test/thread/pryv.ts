import type { JobWork, Work } from '../../src/actions/types.ts';
import type { Script } from '../../src/language/types.ts';
import type { Plan, PlanHost, PlanStep } from '../../src/plan/types.ts';
import { finished, type World } from './story.ts';

/** A small upgrade of Pryv, as a plan says it, for the threads in golden/. */
const bash = (text: string): Script => ({ shell: 'bash', text });
const sh = (text: string): Script => ({ shell: 'sh', text });

export const host = (name: string): PlanHost => ({
  name,
  address: `${name}.example.org`,
  port: 22,
  user: 'ops',
  vars: { root: '/var/pryv' },
});

export const job = (apply: Script, more: Partial<JobWork> = {}): JobWork => ({
  kind: 'job',
  env: { version: { lit: '1.6' }, root: { lit: '/var/pryv' } },
  apply,
  needs: [],
  touches: { paths: [], units: [] },
  ...more,
});

export function step(id: string, name: string, work: Work, more: Partial<PlanStep> = {}): PlanStep {
  return {
    id,
    name,
    action: 'run',
    input: null,
    hosts: ['pryv-1'],
    work,
    timeoutMs: 600_000,
    readOnly: false,
    idempotent: false,
    critical: false,
    onFailure: 'prompt',
    undo: { kind: 'none' },
    ...more,
  };
}

const start = step('stop/undo-1', 'Start all services again', job(bash('"$root/run-pryv"\n')));

const STEPS: readonly PlanStep[] = [
  step(
    'room',
    'Is there room for the dump',
    { kind: 'check', holds: { expr: 'facts.free_gb >= 20' }, failMessage: { lit: 'The dump needs 20 GB.' } },
    { action: 'assert', readOnly: true },
  ),
  step(
    'tree',
    'Folder for the new version',
    job(sh('mkdir …'), {
      probe: sh('test -d "$root$version"'),
      undo: sh('rmdir …'),
      touches: { paths: [{ lit: '/var/pryv1.6' }], units: [] },
    }),
    {
      action: 'file',
      input: { path: '/var/pryv${{ params.version }}', state: 'directory', mode: '0750' },
      undo: { kind: 'self' },
    },
  ),
  step(
    'stop',
    'Stop all services but mongodb',
    job(bash('"$root/stop-core"\n"$root/stop-config-follower"\n"$root/stop-config-leader"\n')),
    { undo: { kind: 'steps', steps: [start] } },
  ),
  step(
    'dump',
    'Dump the database',
    job(bash('docker exec pryvio_mongodb mongodump -d pryv-node -o "/app/backup/$version"\n')),
    { timeoutMs: 3_600_000, undo: { kind: 'leave', reason: 'a dump more does no harm, and shows what was there' } },
  ),
  step(
    'switch',
    'Switch to the new version',
    job(sh('ln -s …'), {
      probe: sh('readlink "$root"'),
      undo: sh('mv -T …'),
      touches: { paths: [{ lit: '/var/pryv' }], units: [] },
    }),
    {
      action: 'symlink',
      input: { path: '/var/pryv', target: '/var/pryv1.6' },
      becomeUser: 'root',
      undo: { kind: 'self' },
    },
  ),
  step(
    'restore',
    'Restore the database',
    job(bash('docker exec pryvio_mongodb mongorestore --drop -d pryv-node "/app/backup/$version/pryv-node"\n')),
    {
      critical: true,
      timeoutMs: 3_600_000,
      undo: { kind: 'leave', reason: 'version 1.5 has its own data folder, which this never touches' },
    },
  ),
  step('start', 'Start all services', job(bash('"$root/run-pryv"\n')), {
    undo: { kind: 'steps', steps: [step('start/undo-1', 'Stop all services', job(bash('"$root/stop-core"\n')))] },
  }),
  step(
    'tell',
    'Tell people',
    { kind: 'say', text: { lit: '@acme/support: Pryv runs version 1.6 now.' } },
    { action: 'comment', readOnly: true },
  ),
];

export function pryvPlan(more: Partial<Plan> = {}, steps: readonly PlanStep[] = STEPS): Plan {
  const names = [...new Set(steps.flatMap((each) => each.hosts))];
  return {
    system: 'pryv',
    verb: 'upgrade',
    file: 'procedures/pryv/upgrade.yml',
    commit: '6c1f0d3b8a5e4f7290c1b2a3d4e5f60718293a4b',
    description: 'Upgrade Pryv to a new version',
    params: { version: '1.6' },
    typed: { positional: ['version'], named: [] },
    hosts: names.map(host),
    facts: { free_gb: { name: 'free_gb', type: 'int', script: sh('df') } },
    steps,
    procedure_digest: '9a0364b9e99bb480dd25e1f0284c8555'.repeat(2),
    plan_digest: '3f2a9c1d7e8b4a5f6c0d1e2f3a4b5c6d'.repeat(2),
    ...more,
  };
}

const DUMP = Array.from(
  { length: 40 },
  (_, index) => `2026-11-22T05:58:${String(10 + (index % 50))}.000+0000\twriting pryv-node.events.${index} to disk`,
).join('\n');

/** All goes well but the restore, which fails each time. */
export const failingRestore: World = {
  facts: { free_gb: { value: 64 } },
  look: (id) => (id === 'tree' || id === 'switch' ? { probe: { exit_code: 1, stdout: '', stderr: '' } } : {}),
  job: ({ step: id, phase }) => {
    if (phase === 'undo') return { report: finished('done', 1_900) };
    switch (id) {
      case 'stop':
        return {
          report: finished('done', 12_300),
          stdout: {
            text: '\u001b[32mStopping\u001b[0m core … done\r\nStopping config-follower … done\r\nStopping config-leader … done\r\n',
          },
        };
      case 'dump':
        return {
          report: finished('done', 184_000),
          stderr: {
            head: `${DUMP}\n`,
            tail: `${DUMP}\ndone dumping pryv-node.events (812331 documents)\n`,
            omitted_bytes: 1_834_201,
          },
        };
      case 'restore':
        return {
          report: finished('failed', 2_300),
          stdout: { text: 'preparing collections to restore from\n' },
          stderr: {
            text: 'Failed: pryv-node.events: error creating indexes: ```createIndex``` error: (28) No space left on device\n@everyone see #12\n',
          },
        };
      default:
        return { report: finished('done', 640) };
    }
  },
};

export const allWell: World = {
  ...failingRestore,
  job: (key) => (key.step === 'restore' ? { report: finished('done', 96_000) } : failingRestore.job?.(key)),
};
