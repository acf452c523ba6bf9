import { describe, expect, it } from '@jest/globals';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import type { Journal, Source } from '../../src/engine/ports.ts';
import { planCall, prepareCall, type Prepared } from '../../src/engine/request.ts';
import type { Mode } from '../../src/run/types.ts';

const NOW = '2026-12-01T08:00:00.000Z';
const TEXT = `description: Configures the site
hosts: [web1, web2]
params: { box: { type: host } }
environments:
  rehearsal: { hosts: web2, on_success: rollback }
  production:
    requires: { environment: rehearsal, within: 36h }
    window: { days: tue, from: '05:00', to: '07:00', timezone: Europe/Paris }
steps:
  - comment: hello
`;
const FILES: Readonly<Record<string, string>> = {
  'inventory.yml': 'hosts: { web1: { address: a, user: u }, web2: { address: b, user: u } }\n',
  'procedures/site/conf.yml': TEXT,
};
const source: Source = {
  head: () => Promise.resolve(null),
  read: (_commit, path) => Promise.resolve(FILES[path]),
  list: () => Promise.resolve(Object.keys(FILES)),
};
const clock = { now: () => NOW, sleep: () => Promise.resolve() };

const call = (environment: string, box = 'web2') => ({
  ...{ verb: 'conf', system: 'site', positional: [box], named: [], environment },
});

/** What of a journal is read when a run is to start. */
const journalOf = (read: Journal['read']): Journal => ({
  ...createMemoryJournal({ clock, worker: 'test' }),
  runs: () => Promise.resolve(['20261201-aaaa']),
  read,
});
const prepared = (environment: string, mode: Mode, journal: Journal): Promise<Prepared> =>
  prepareCall({ source, journal, clock }, call(environment), mode);

const EMPTY = journalOf(() => Promise.resolve({ kind: 'missing' }));
const MISSING = 'production requires that the same has gone well in rehearsal at most 36h before, and there is none';
const CLOSED =
  'the window is closed: it is open on Tue from 05:00 to 07:00 (Europe/Paris); next Tue 2026-12-08 05:00 Europe/Paris (04:00 UTC)';

describe('a call for an environment', () => {
  it('is not followed where a rehearsal is missing or the window closed, and says what to type', async () => {
    expect(await prepared('production', 'apply', EMPTY)).toEqual({
      kind: 'not_now',
      texts: [
        `P${MISSING.slice(1)}. Type \`/conf site web2 environment=rehearsal\` first.`,
        `T${CLOSED.slice(1)}. Type it again then.`,
      ],
    });
    expect(await prepared('rehearsal', 'apply', EMPTY)).toMatchObject({ kind: 'planned', start: { notNow: [] } });
  });

  it('for a dry run is followed, with what would be in the way', async () => {
    expect(await prepared('production', 'dryrun', EMPTY)).toMatchObject({
      kind: 'planned',
      start: { notNow: [{ why: MISSING }, { why: CLOSED }] },
    });
  });

  it('is not proven by a run whose record is damaged', async () => {
    const broken = journalOf(() => Promise.resolve({ kind: 'broken', why: 'its chain' }));
    expect(await prepared('production', 'apply', broken)).toMatchObject({ kind: 'not_now' });
  });

  it('takes hosts of that environment alone', async () => {
    expect(await planCall({ source }, call('rehearsal', 'web1'))).toEqual({
      kind: 'refused',
      texts: [
        expect.stringMatching(
          /^`box`: `web1` is none of the procedure's hosts `web2`.*Type: `\/conf site <box> environment=/,
        ),
      ],
    });
  });
});
