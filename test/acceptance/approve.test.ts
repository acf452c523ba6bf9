import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { bench, RUN } from './bench.ts';

const { machine, work, steps } = bench();

const STEPS = `
  - id: first
    run: echo first >>~/marks
    on_rollback: {run: echo undone >>~/marks}
  - id: agree
    name: Agree on the switch
    approve: {by: [maintain, olivia], count: 2}
  - id: last
    run: echo last >>~/marks
    on_rollback: {leave: the first step's undo tells}
`;
const marks = (): string => machine().content('home/marks');
const digest = (): string => {
  const [first] = work().events();
  return first?.type === 'run_requested' ? first.plan.plan_digest.slice(0, 8) : '';
};

needs('sshd', 'script')('an approval', () => {
  it('is asked for at the terminal, where the digest is typed, and who typed it is recorded', async () => {
    steps(STEPS);
    const process = work().beginAtTerminal(100, ...RUN);
    await process.says(/approve [0-9a-f]{8} \/ rollback \/ abort\?/);
    process.type('y');
    await process.says('Please type one of');
    process.type('approve deadbeef');
    await process.says(/does not name the plan[^]*type `approve [0-9a-f]{8}`/);
    expect(marks()).toBe('first\n');
    process.type(`approve ${digest()}`);
    const { code, out } = await process.ended;
    expect([code, marks()]).toEqual([0, 'first\nlast\n']);
    expect(out.replaceAll(/\s+/g, ' ')).toContain('whoever has the right "maintain" or more or olivia.');
    // What was typed wrongly has not even taken the run up.
    expect(
      work()
        .events()
        .filter(({ type }) => type === 'run_started'),
    ).toHaveLength(2);
    expect(work().events()).toContainEqual(
      expect.objectContaining({
        ...{ type: 'run_approved', prompt: 'p1', digest: digest() },
        by: { kind: 'terminal', user: expect.stringContaining('@') },
      }),
    );
  });

  it('waits without a terminal with 3, and can be given later, or not at all', async () => {
    steps(STEPS);
    const { code, err } = await work().changeover(...RUN);
    const [run = ''] = work().runs();
    expect([code, err]).toEqual([3, expect.stringContaining(`at a terminal: changeover resume ${run}`)]);
    expect((await work().changeover('status')).out).toContain('waits for an approval');
    for (const answer of ['continue', 'skip', 'retry'])
      expect(await work().changeover('decide', run, answer)).toMatchObject({ code: 2 });
    expect((await work().changeover('decide', run, 'approve')).code).toBe(2);
    const process = work().beginAtTerminal(100, 'resume', run);
    await process.says('/ rollback / abort?');
    process.type(`approve ${digest()}`);
    expect((await process.ended).code).toBe(0);
    expect(marks()).toBe('first\nlast\n');
  });

  it('that is not given ends in a rollback', async () => {
    steps(STEPS);
    expect(await work().changeover(...RUN)).toMatchObject({ code: 3 });
    const [run = ''] = work().runs();
    expect(await work().changeover('rollback', run)).toMatchObject({ code: 1 });
    expect(marks()).toBe('first\nundone\n');
  });

  it('is told by a dry run, which waits for nobody', async () => {
    steps(STEPS);
    const { code, out } = await work().changeover('plan', 'try', 'demo');
    expect([code, out]).toEqual([0, expect.stringMatching(/would ask\n +\| The approvals of 2 people/)]);
  });
});
