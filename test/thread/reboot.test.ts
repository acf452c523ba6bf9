import { expect, it } from '@jest/globals';
import type { PlanStep } from '../../src/plan/types.ts';
import type { RunState } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { fence } from '../../src/thread/markdown.ts';
import { progressLines } from '../../src/thread/terminal-progress.ts';
import { promptText } from '../../src/thread/terminal-prompt.ts';
import { planText } from '../../src/thread/terminal-plan.ts';
import { expectGolden } from './golden.ts';
import { job, pryvPlan, step } from './pryv.ts';
import { Story, type Sight, type World } from './story.ts';

const sh = (text: string) => ({ shell: 'sh', text }) as const;
const STEPS: readonly PlanStep[] = [
  step('download', 'Download the new release', job(sh('dnf -y system-upgrade download --releasever 41\n')), {
    undo: { kind: 'leave', reason: 'what was downloaded does no harm' },
  }),
  step(
    'restart',
    'Restart into the upgrade',
    job(sh('dnf -y system-upgrade reboot\n'), {
      restart: {
        ...{ boot: sh('boot'), command: 'dnf -y system-upgrade reboot', everyMs: 2000 },
        ...{ until: { expr: "facts.release == '41'" }, atMostMs: 7_200_000, stableMs: 60_000 },
      },
    }),
    { action: 'reboot', becomeUser: 'root', undo: { kind: 'irreversible' } },
  ),
  step('pip', 'Install the packages again', job(sh('pip install -r all.txt\n')), {
    undo: { kind: 'leave', reason: 'they belong to the release' },
  }),
];
const plan = () => ({
  ...pryvPlan({}, STEPS),
  facts: { release: { name: 'release', type: 'string', script: sh('rpm -E %fedora') } as const },
});

const OLD = '1b4e28ba-2fa1-11d2-883f-0016d3cca427 512';
const NEW = '6ba7b810-9dad-11d1-80b4-00c04fd430c8 498';
const NO_ROUTE = 'pryv-1 (pryv-1.example.org, port 22) cannot be reached: connect ECONNREFUSED 192.0.2.7:22';
const told: readonly Sight[] = [
  { afterMs: 300, boot: OLD },
  { afterMs: 200, boot: OLD },
  { afterMs: 9_000, unreachable: NO_ROUTE },
];
const back: readonly Sight[] = [...told, { afterMs: 2_280_000, boot: NEW }, { afterMs: 2_000, boot: NEW }];

const release = (value: string): World => ({ facts: { release: { value } } });
const says = (who: string, text: string): string => `## ${who}\n\n${text}`;
const only = (state: RunState, kind: string): string =>
  commentsOf(state, {}).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';
const at = (run: Story, stage: string): RunState =>
  run.states.find(({ steps }) => steps[1]?.tasks[0]?.restart?.stage === stage) ?? run.state;

it('a restart reads as it happened', () => {
  const dry = [{ afterMs: 300, boot: OLD }];
  const look = new Story(plan(), 'dryrun', { ...release('40'), restarts: dry }).play();
  const good = new Story(plan(), 'apply', { ...release('41'), restarts: [...back, { afterMs: 60_000, boot: NEW }] });
  good.play();
  expect(good.state.status).toBe('succeeded');
  const late: readonly Sight[] = [...back, { afterMs: 7_200_000, boot: NEW }];
  const bad = new Story(plan(), 'apply', { ...release('40'), restarts: late }).play();
  const gone = new Story(plan(), 'apply', {
    restarts: [...told, { afterMs: 7_200_000, unreachable: NO_ROUTE }],
  }).play();
  const lines = good.events.flatMap((event, index) => progressLines(event, good.states[index] ?? good.state));
  const prompt = (run: Story): string => run.state.prompts.map((each) => promptText(run.state, each)).join('\n');
  expectGolden(
    'reboot.md',
    [
      says('changeover, a dry run', only(look.state, 'live')),
      says('changeover, while the host goes down', only(at(good, 'before'), 'live')),
      says('changeover, while it is down', only(at(good, 'away'), 'live')),
      says('changeover, once it is back', only(at(good, 'well'), 'live')),
      says('changeover, at the end', only(good.state, 'live')),
      says('changeover, where it is back and not as it must be', only(bad.state, 'prompt-p1')),
      says('changeover, where it does not come back', only(gone.state, 'prompt-p1')),
      says('a terminal', fence([planText(look.state), lines.join('\n'), prompt(bad)].join('\n\n----\n\n'))),
    ].join('\n\n---\n\n'),
  );
});
