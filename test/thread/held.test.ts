import { it } from '@jest/globals';
import type { Actor, Holder, LockNote, RunState } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { fence } from '../../src/thread/markdown.ts';
import { renderStatus } from '../../src/thread/render-answers.ts';
import { renderQueue } from '../../src/thread/render-queue.ts';
import { runStatusText } from '../../src/thread/terminal-status.ts';
import { expectGolden } from './golden.ts';
import { allWell, pryvPlan } from './pryv.ts';
import { Story } from './story.ts';

const olivia: Actor = { kind: 'github', id: 7, login: 'olivia', right: 'admin' };
const HOLDER = '20261121-aaaa';
const NOTE: LockNote = {
  who: 'olivia',
  why: 'upgrade pryv',
  since: '2026-11-21T05:00:00.000Z',
  where: 'acme/ops#4',
  link: 'https://github.com/acme/ops/issues/4#issuecomment-41',
};
const words = `run ${HOLDER} (olivia, upgrade pryv, 2026-11-21T05:00:00.000Z, acme/ops#4)`;
const says = (what: string, text: string): string => `## ${what}\n\n${text}`;
const only = (state: RunState, kind: string): string =>
  commentsOf(state, {}).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';
const head = (text: string): string => text.split('\n\n').slice(0, 5).join('\n\n');

/** A run that asks for its host, which another has. */
function waits(holder: Holder, ahead: readonly string[] = []): Story {
  const run = new Story(pryvPlan(), 'apply', allWell);
  const before = ahead.map((each) => ({ run: each, note: { ...NOTE, who: 'rita' } }));
  run.add({ type: 'observed', for: 'lock', host: 'pryv-1', held: words, holder, ahead: before });
  return run;
}

it('who waits for whom reads as an operator needs it', () => {
  const asks = waits({ kind: 'run', run: HOLDER, note: NOTE, stands: { kind: 'asks', prompt: 'p2' } }, [
    '20261122-bbbb',
  ]);
  const since = '2026-11-21T05:10:00.000Z';
  const left = waits({ kind: 'run', run: HOLDER, note: NOTE, stands: { kind: 'left', since }, ask: true });
  left.play();
  const alive = waits({ kind: 'run', run: HOLDER, stands: { kind: 'foreign' }, alive: ['dump'], ask: true });
  alive.play();
  const asked = left.state;
  left.decide('continue', olivia);
  const where = { kind: 'issue', owner: 'acme', repo: 'ops', issue: 4, comment: 44 } as const;
  const locked = { name: 'pryv-2', by: olivia, reason: 'new disk', at: '2026-11-22T05:30:00.000Z', where };
  expectGolden(
    'held.md',
    [
      says('Live, where the other waits for an answer', head(only(asks.state, 'live'))),
      says('Live, where nobody works on the other', head(only(asked, 'live'))),
      says('The prompt', only(asked, 'prompt-p1')),
      says('The prompt, where something of the other lives on the host', only(alive.state, 'prompt-p1')),
      says('The prompt, answered', only(left.state, 'prompt-p1')),
      says('/queue', renderQueue([asks.state], [locked])),
      says('/queue, of nothing', renderQueue([], [])),
      says('/status', renderStatus([asked])),
      says('changeover status', fence(runStatusText(asked).split('\n').slice(0, 14).join('\n'))),
    ].join('\n\n'),
  );
});
