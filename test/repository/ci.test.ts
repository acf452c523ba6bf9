import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');

describe('continuous integration', () => {
  it('installs every program that a test needs', () => {
    const installed = [...read('.ci/run').matchAll(/^ {2}([\w.-]+):[\w.+-]+$/gm)].map(([, program]) => program);
    // The tests of `needs` itself name programs that are nowhere.
    const tests = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.test.ts') && !path.startsWith('support/'),
    );
    const needed = tests.flatMap((path) =>
      [...read(`test/${path}`).matchAll(/\bneeds\(([^)]*)\)/g)].flatMap(([, names]) =>
        [...(names ?? '').matchAll(/'([^']+)'/g)].map(([, program]) => program),
      ),
    );
    expect(installed).not.toEqual([]);
    // What is no program (`a test run by root`) has a space in it: that is for whoever starts the tests.
    const programs = needed.filter((name) => name?.includes(' ') === false);
    expect(programs.filter((program) => !installed.includes(program))).toEqual([]);
  });

  it('gives up what hangs before the workflow itself is given up', () => {
    const run = read('.ci/run').replaceAll('\\\n', ' ');
    const starts = run
      .split('\n')
      .filter((line) => /\bnpm (?:ci|run|--silent)|--eval/.test(line) && !/^(?:say|#)/.test(line));
    expect(starts).toHaveLength(5);
    const minutes = starts.map((line) => {
      const [, twice, most] = /^(?:[A-Z]+=\S+ )?(twice )?timeout --kill-after=30 (\d+)m /.exec(line) ?? [];
      return Number(most) * (twice === undefined ? 1 : 2);
    });
    const { jobs } = parse(read('.github/workflows/ci.yml')) as {
      readonly jobs: { readonly test: { readonly 'timeout-minutes': number } };
    };
    expect(minutes.reduce((all, each) => all + each, 0)).toBeLessThan(jobs.test['timeout-minutes']);
  });

  it('may only read the repository', () => {
    const workflow: unknown = parse(read('.github/workflows/ci.yml'));
    expect(workflow).toMatchObject({ permissions: { contents: 'read' } });
    expect(workflow).not.toHaveProperty('jobs.test.permissions');
  });
});

describe("the App's manifest", () => {
  it('asks for what the first version uses, and for nothing else', () => {
    // Exact in each part: an added permission must be argued for here too.
    expect(parse(read('app.yml'))).toEqual(
      expect.objectContaining({
        public: false,
        default_permissions: { issues: 'write', contents: 'read', metadata: 'read' },
        default_events: ['issue_comment'],
      }),
    );
  });
});
