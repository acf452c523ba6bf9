import { expect, it } from '@jest/globals';
import { standInBody, standInFaults } from '../../src/thread/stand-in.ts';
import { allWell, pryvPlan } from './pryv.ts';
import { Story } from './story.ts';

const { state } = new Story(pryvPlan(), 'apply', allWell).play();
const where = { kind: 'issue', owner: 'acme', repo: 'ops', issue: 1, comment: 7 } as const;
const dispatched = { ...state, where: { ...where, stands_for: 'dispatch-12' } };
const body = standInBody('dispatch-12', '**william** gave a command: `/upgrade pryv 1.6`');
const faults = (...bodies: readonly string[]): readonly string[] =>
  standInFaults(
    dispatched,
    bodies.map((each) => ({ url: 'https://example.org/#7', body: each })),
  );

it('finds nothing wrong with a comment that stands as it was written, and wants none where a comment commanded', () => {
  expect(faults('something else', body)).toEqual([]);
  expect(faults(body.replaceAll('\n', '\r\n'))).toEqual([]);
  expect(standInFaults({ ...state, where }, [])).toEqual([]);
});

it('tells where it was edited or is gone', () => {
  expect(faults(body.replace('1.6', '1.7'))).toEqual([expect.stringContaining('https://example.org/#7, was edited')]);
  expect(faults(body.replace(/ text=.* -->/, ' -->'))).toEqual([expect.stringContaining('was edited')]);
  expect(faults()).toEqual([expect.stringContaining('is not in the thread')]);
  expect(faults(standInBody('dispatch-123', 'another'))).toEqual([expect.stringContaining('is not in the thread')]);
});

it('is not missed by a dry run, which may begin long after its command', () => {
  expect(standInFaults({ ...dispatched, mode: 'dryrun' }, [])).toEqual([]);
});
