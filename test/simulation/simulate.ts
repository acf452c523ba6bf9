import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { histories, type History } from './history.ts';
import { POINTS } from './points.ts';
import { poolOf, textOf } from './procedures.ts';
import { Report } from './report.ts';
import { World } from './world.ts';

/**
 * Plays histories of Changeover, its hosts and GitHub, and looks after each event whether all promises are kept.
 * `npm run simulate -- [--histories N] [--seed S] [--path P] [--json]`; with `--path` one is told in full.
 */
const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    /** Ends at the first broken promise, without looking for a simpler history that breaks it. */
    first: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 2_147_483_647);
const report = new Report();
const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const result = await fc.check(
  fc.asyncProperty(histories(POINTS, poolOf(seed)), async (history) => {
    report.began();
    await new World(history, report).play();
  }),
  {
    seed,
    numRuns: values.path === undefined ? Number(values.histories) : 1,
    endOnFailure: values.first,
    ...(values.path === undefined ? {} : { path: values.path, endOnFailure: true }),
  },
);
const [history] = result.counterexample ?? [];
if (history !== undefined && !values.json) await tell(history, result.counterexamplePath ?? '', result.errorInstance);
print(
  values.json
    ? JSON.stringify({ seed, path: result.counterexamplePath, why: whyOf(result.errorInstance), ...report.counts() })
    : report.text(seed),
);
process.exitCode = result.failed ? 1 : 0;

/** The history, and what happened in it to the moment at which a promise was broken. */
async function tell(of: History, path: string, error: unknown): Promise<void> {
  const { procedure, ...rest } = of;
  const lines: string[] = [];
  await new World(of, new Report(), (line) => lines.push(line)).play().catch(() => undefined);
  const shown = values.path === undefined ? lines.slice(-60) : lines;
  print([textOf(procedure), JSON.stringify(rest), '', ...shown, '', whyOf(error) ?? ''].join('\n'));
  print(`\nThe same once more, told in full: npm run simulate -- --seed ${String(seed)} --path ${path}\n`);
}

function whyOf(error: unknown): string | undefined {
  if (error === null || error === undefined) return undefined;
  return error instanceof Error
    ? error.name === 'Broken'
      ? error.message
      : (error.stack ?? error.message)
    : JSON.stringify(error);
}
