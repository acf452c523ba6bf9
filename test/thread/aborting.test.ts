import { expect, it } from '@jest/globals';
import type { PlanStep } from '../../src/plan/types.ts';
import type { JobKey, RunState } from '../../src/run/types.ts';
import { renderEnd } from '../../src/thread/render-end.ts';
import { fence } from '../../src/thread/markdown.ts';
import { progressLines } from '../../src/thread/terminal-progress.ts';
import { runStatusText } from '../../src/thread/terminal-status.ts';
import { expectGolden } from './golden.ts';
import { host, job, pryvPlan, step } from './pryv.ts';
import { type Ending, finished, Story, william, type World } from './story.ts';

const script = (text: string) => job({ shell: 'sh', text }, { env: {}, undo: { shell: 'sh', text: 'back' } });

function stepsOn(hosts: readonly string[]): readonly PlanStep[] {
  const on = { hosts, undo: { kind: 'self' } } as const;
  return [
    step('stop', 'Stop the services', script('stop\n'), on),
    step('config', 'Write the configuration', script('write\n'), on),
    step('dump', 'Dump the database', script('dump\n'), on),
    step('start', 'Start the services', script('start\n'), on),
  ];
}

const planOn = (hosts: readonly string[]) => pryvPlan({ hosts: hosts.map(host) }, stepsOn(hosts));

const killed = (more: Parameters<typeof finished>[2] = {}): Ending => ({ report: finished('killed', 12_300, more) });

/** All jobs of a step have started; then somebody aborts, and each ends so. */
function aborted(hosts: readonly string[], at: string, ends: (job: JobKey) => Ending): Story {
  const world: World = { job: (job) => (job.step === at ? ends(job) : undefined) };
  const run = new Story(planOn(hosts), 'apply', world).play((state) =>
    state.steps.some(({ id, status }) => id === at && status === 'open'),
  );
  for (const name of hosts)
    run.add({
      type: 'job_started',
      job: { step: at, item: '-', host: name, phase: 'apply', attempt: 1 },
      ...{ boot_id: 'boot', pid: 7 },
    });
  run.decide('abort', william, 12_000);
  run.play();
  expect(run.state.status).toBe('aborted');
  return run;
}

const told = ({ events, states, state }: Story): string =>
  fence(progressLines(events[events.length - 1] ?? raise(), states.at(-1) ?? state).join('\n'));

function raise(): never {
  throw new Error('it has no events');
}

const says = (who: string, text: string): string => `## ${who}\n\n${text}`;
const withoutTimeline = (state: RunState): string =>
  renderEnd(state).replace(/<details><summary>Timeline[^]*?<\/details>\n\n/, '');

it('how an aborted run leaves its hosts reads as it is', () => {
  const one = aborted(['pryv-1'], 'dump', () => killed());
  const five = aborted(['web-1', 'web-2', 'web-3', 'web-4', 'web-5'], 'dump', ({ host: name }) => {
    switch (name) {
      case 'web-1':
        return { report: finished('done', 11_000) };
      case 'web-2':
        return { report: { kind: 'unknown', why: 'the link was lost', alive: true } };
      case 'web-3':
        return killed({ reached: 'probe', survivors: 2 });
      default:
        return killed();
    }
  });
  const early = new Story(planOn(['pryv-1']), 'apply', {});
  early.decide('abort', william, 0);
  early.play();
  const back = new Story(planOn(['pryv-1', 'pryv-2']), 'apply', {
    job: ({ step: id, phase }) =>
      id === 'dump' && phase === 'apply'
        ? { report: finished('failed', 400) }
        : id === 'stop' && phase === 'undo'
          ? killed()
          : undefined,
  }).play();
  back.decide('rollback');
  back.play((state) => state.undo.some(({ id, status }) => id === 'stop' && status === 'open'));
  back.add({
    type: 'job_started',
    job: { step: 'stop', item: '-', host: 'pryv-1', phase: 'undo', attempt: 1 },
    ...{ boot_id: 'boot', pid: 8 },
  });
  back.decide('abort', william, 2_000);
  back.play();
  expectGolden(
    'aborting.md',
    [
      says('One host', withoutTimeline(one.state)),
      says('At a terminal', told(one)),
      says('changeover status', fence(runStatusText(one.state))),
      says('Five hosts', withoutTimeline(five.state)),
      says('At a terminal', told(five)),
      says('Before anything', withoutTimeline(early.state)),
      says('At a terminal', told(early)),
      says('In a rollback', withoutTimeline(back.state)),
      says('At a terminal', told(back)),
    ].join('\n\n'),
  );
});
