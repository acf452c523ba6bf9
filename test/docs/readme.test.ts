import { describe, expect, it } from '@jest/globals';
import { actions } from '../../src/actions/index.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import type { Procedure } from '../../src/language/types.ts';
import { faultsOf, examples } from './examples.ts';
import { blocks, read } from './pages.ts';

const README = read('README.md');

function shipped(): Procedure {
  const file = 'procedures/pryv/upgrade.yml';
  const parsed = parseProcedure(read(file), { file, system: 'pryv', verb: 'upgrade', actions });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

/** The id and name of a step, or of one that undoes it, as threads write them: `Dump the database (`dump`)`. */
const named = ({ steps }: Procedure): readonly string[] =>
  steps.flatMap(({ id, name, onRollback }) => [
    `${name} (\`${id}\`)`,
    ...(onRollback !== undefined && 'steps' in onRollback ? onRollback.steps : []).map(
      (undo) => `${undo.name} (\`${id}/${undo.id}\`)`,
    ),
  ]);

describe('the README', () => {
  it('shows a procedure of twelve lines that is clean', () => {
    const [procedure, more] = examples().filter(({ at }) => at.startsWith('README.md'));
    expect(more).toBeUndefined();
    expect(procedure!.text.split('\n')).toHaveLength(12);
    expect(faultsOf(procedure!)).toEqual([]);
  });

  it('shows steps that the shipped procedure has', () => {
    const rows = [...README.matchAll(/^> \| (\d+) \| ([^|]+) \| `pryv` \| /gm)];
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.map(([, , step]) => step).filter((step) => !named(shipped()).includes(step!))).toEqual([]);
    const dryRun = rows.slice(0, 4).map(([, number, step]) => [Number(number), step]);
    const { steps } = shipped();
    for (const [number, step] of dryRun)
      expect(named({ ...shipped(), steps: steps.slice(Number(number) - 1, Number(number)) })).toContain(step);
  });

  it('offers the answers that the shown step allows', () => {
    expect(shipped().steps[13]).toMatchObject({ id: 'restore', critical: true });
    expect(README).toContain('There is no `/skip`: the procedure marks this step as critical.');
  });

  it('begins with two commands for a fresh machine, of which the second is what .ci/run runs', () => {
    const [first, second] = blocks('README.md', 'sh');
    expect([first?.text, second?.text]).toEqual(['npm ci && npm start', 'npm ci && npm test']);
    expect(read('.ci/run')).toMatch(/^(?:twice )?timeout [^\n]* npm ci$[^]*^timeout [^\n]* npm --silent test \|\|/m);
  });
});
