import { expect, it } from '@jest/globals';
import { DAYS } from '../../src/language/types.ts';
import { needs } from '../support/needs.ts';
import { bench } from './bench.ts';

const { machine, work, steps } = bench();

const TOP = `hosts: [one]
vars: {place: nowhere, final: true}
environments:
  rehearsal:
    vars: {place: rehearsed, final: false}
    on_success: rollback
  production:
    requires: {environment: rehearsal, within: 7d}
    vars: {place: produced}`;
const STEPS = `
  - id: settings
    file: {path: '\${{ vars.home }}/settings', content: 'in \${{ vars.place }}'}
  - id: gone
    when: vars.final
    reversible: false
    run: echo "$place" >>~/gone
`;
const run = (environment: string, ...more: readonly string[]) =>
  work().changeover('run', 'try', 'demo', `environment=${environment}`, '--yes', ...more);

/** A day on which it is not today, here or anywhere. */
const otherDay = (): string => DAYS[(new Date().getUTCDay() + 2) % 7] ?? '';

needs('sshd')('an environment', () => {
  const begin = (top = TOP, text = STEPS): void => {
    work().inventory({ one: { ...machine().entry(), vars: { home: machine().path('home') } } });
    steps(text, top.replace('vars: {place', `vars: {home: /nowhere, place`));
  };

  it('is named by whoever asks, and there is none by default', async () => {
    begin();
    expect(await work().changeover('lint')).toMatchObject({ code: 0 });
    for (const command of ['run', 'plan']) {
      expect(await work().changeover(command, 'try', 'demo', '--yes')).toMatchObject({
        code: 2,
        err: expect.stringMatching(
          /^It is not said in which environment: add `environment=rehearsal` or `environment=production`\. Type: `changeover (run|plan) try demo environment=<rehearsal\|production>`/,
        ),
      });
    }
    expect(await run('producton')).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean `production`?'),
    });
    expect(work().runs()).toEqual([]);
    expect(await work().changeover('plan', 'try', 'demo', 'env=rehearsal')).toMatchObject({
      code: 0,
      out: expect.stringContaining('/try demo environment=rehearsal: what it would do'),
    });
    const { out } = await work().changeover('explain', 'try', 'demo', 'environment=production');
    expect(out).toContain('export place=produced');
  });

  it('that requires a rehearsal is refused before one, and accepted after it; the rehearsal leaves nothing', async () => {
    begin();
    const before = await run('production');
    expect([before.code, before.out]).toEqual([1, '']);
    expect(before.err).toBe(
      'Not started. Production requires that the same has gone well in rehearsal at most 7 days before, and there is none. ' +
        'Type `changeover run try demo environment=rehearsal` first.\n',
    );
    expect(work().runs()).toEqual([]);
    expect(await work().changeover('plan', 'try', 'demo', 'environment=production')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Now a run would not be started, as\s+production\s+requires/),
    });

    let rehearsal = { code: null as number | null, out: '' };
    const changed = await machine().changedBy(async () => {
      rehearsal = await run('rehearsal');
    });
    expect([rehearsal.code, changed]).toEqual([0, []]);
    expect(rehearsal.out).toMatch(/was rehearsed and taken back after/);
    expect(work().events().at(-1)).toMatchObject({ status: 'rolled_back', because: 'the rehearsal succeeded' });
    expect(work().events()).toContainEqual(expect.objectContaining({ type: 'rollback_started', rehearsed: true }));
    const proof = work().runs().at(-1);

    const { code, out } = await run('production');
    expect([code, machine().content('home/settings'), machine().content('home/gone')]).toEqual([
      0,
      'in produced',
      'produced\n',
    ]);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      `It rests on run ${String(proof)} of the same in rehearsal, which ended well`,
    );
    expect(work().events()[0]).toMatchObject({ rehearsed: { environment: 'rehearsal', run: proof } });

    // Other files are not what was rehearsed.
    begin(TOP, STEPS.replace('in $', 'now in $'));
    expect(await run('production')).toMatchObject({
      code: 1,
      err: expect.stringContaining(`the last one, run ${String(proof)}, was with other files or values`),
    });
  });

  it('whose rehearsal failed is not proven, though it was rolled back', async () => {
    begin(TOP, `${STEPS}  - id: breaks\n    run: exit 9\n    on_rollback: {leave: it does nothing}\n`);
    const changed = await machine().changedBy(async () => {
      expect(await run('rehearsal', '--on-failure', 'rollback')).toMatchObject({ code: 1 });
    });
    expect([changed, work().events().at(-1)]).toMatchObject([[], { status: 'rolled_back' }]);
    expect(await run('production')).toMatchObject({ code: 1, err: expect.stringContaining('did not end well') });
  });

  it('asks for approvals before anything is touched', async () => {
    const top = TOP.replace('requires: {environment: rehearsal, within: 7d}', 'approvals: {by: olivia}');
    begin(top);
    const changed = await machine().changedBy(async () => {
      const { code, err } = await run('production');
      expect([code, err]).toEqual([
        3,
        expect.stringMatching(
          /To approve it type, at a terminal: changeover resume \S+\nAnswer otherwise with: changeover decide \S+ abort\n$/,
        ),
      ]);
    }, true);
    expect(changed).toEqual([]);
    const [id = ''] = work().runs();
    expect((await work().changeover('status')).out).toContain('waits for an approval');
    expect((await work().changeover('status', id)).out).toContain('waits for an approval before it starts');
    expect(await work().changeover('decide', id, 'retry')).toMatchObject({
      code: 2,
      err: expect.stringContaining('has not started'),
    });
    expect(await work().changeover('decide', id, 'abort')).toMatchObject({ code: 1 });
    expect(
      work()
        .events()
        .map(({ type }) => type),
    ).not.toContain('observed');
  });

  it('with a window is refused outside it, with its next opening; a dry run says so', async () => {
    begin(
      TOP.replace(
        'requires: {environment: rehearsal, within: 7d}',
        `window: {days: ${otherDay()}, from: '05:00', to: '07:00', timezone: Europe/Paris}`,
      ),
    );
    const { code, err } = await run('production');
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(
        /^Not started\. The window is closed: it is open on \w+ from 05:00 to 07:00 \(Europe\/Paris\); next \w+ \d{4}-\d\d-\d\d 05:00 Europe\/Paris \(0[34]:00 UTC\)\. Type it again then\.\n$/,
      ),
    ]);
    expect(work().runs()).toEqual([]);
    const plan = await work().changeover('plan', 'try', 'demo', 'environment=production');
    expect([plan.code, plan.out.replaceAll(/\s+/g, ' ')]).toEqual([
      0,
      expect.stringContaining('Now a run would not be started, as the window is closed'),
    ]);
    // The environment's window is in place of the procedure's.
    begin(
      `window: {not_after: 2020-01-01T00:00Z}\n${TOP.replace('on_success: rollback', 'on_success: rollback\n    window: {not_before: 2020-01-01T00:00Z}')}`,
    );
    expect(await run('rehearsal')).toMatchObject({ code: 0 });
    expect(await run('production')).toMatchObject({
      code: 1,
      err: expect.stringContaining('it does not open again. It needs another window.'),
    });
  });
});

needs('sshd', 'script')('a window that closes under way', () => {
  it('is waited for before what cannot be undone', async () => {
    // Such a moment cannot be waited for in a test: the window closes while the first step runs.
    const closes = new Date(Date.now() + 12_000).toISOString();
    steps(
      `
      - id: first
        run: while [ "$(date -u +%Y-%m-%dT%H:%M:%S)" \\< '${closes.slice(0, 19)}' ]; do sleep 0.2; done; sleep 1; echo first >>~/marks
        on_rollback: {run: echo undone >>~/marks}
      - id: never
        reversible: false
        run: echo never >>~/marks
      - id: last
        run: echo last >>~/marks
        on_rollback: {leave: it is a mark}
      `,
      `hosts: [one]\nwindow: {not_after: '${closes}'}`,
    );
    const process = work().beginAtTerminal(100, 'run', 'try', 'demo', '--yes');
    await process.says('retry / skip / rollback / abort?');
    expect(machine().content('home/marks')).toBe('first\n');
    process.type('retry');
    await process.says(/\(p2\)[^]*retry \/ skip \/ rollback \/ abort\?/);
    process.type('skip');
    const { code, out } = await process.ended;
    expect([code, machine().content('home/marks')]).toEqual([0, 'first\nlast\n']);
    expect(out.replaceAll(/\s+/g, ' ')).toContain('This step cannot be undone, and the window is closed');
  });
});
