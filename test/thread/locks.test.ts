import { expect, it } from '@jest/globals';
import { renderLive } from '../../src/thread/render-live.ts';
import { runStatusText } from '../../src/thread/terminal-status.ts';
import { pryvPlan } from './pryv.ts';
import { Story } from './story.ts';

it('a run that waits for a name says for which, and for whom', () => {
  const run = new Story(pryvPlan({ locks: ['customer-acme'] }), 'apply', {});
  run.add({ type: 'observed', for: 'lock_name', name: 'customer-acme', held: 'run 20261121-aaaa (olivia, move mail)' });
  expect(run.state.status).toBe('queued');
  const live = renderLive(run.state);
  expect(live).toContain(
    '🕓 `/upgrade pryv 1.6` waits for another run: customer-acme: run 20261121-aaaa (olivia, move mail)',
  );
  expect(live).toContain('| locked beside them | `customer-acme` |');
  expect(runStatusText(run.state)).toContain('waits for another run');
  run.add({ type: 'observed', for: 'lock_name', name: 'customer-acme' });
  expect(run.state.lockedNames).toEqual(['customer-acme']);
  run.play();
  expect(run.state.status).not.toBe('queued');
});
