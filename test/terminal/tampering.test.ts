import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FoundRun, Hosts } from '../../src/engine/ports.ts';
import { replay } from '../../src/engine/drive.ts';
import { view } from '../../src/engine/view.ts';
import { checkFile } from '../../src/journal/run-file.ts';
import { hashOf, lineOf } from '../../src/run/chain.ts';
import type { JobKey, RunEvent } from '../../src/run/types.ts';
import { checkRun } from '../../src/terminal/check-run.ts';
import { jobWords } from '../../src/terminal/job-words.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { textDigest } from '../../src/thread/marker.ts';
import { obedientHosts } from '../github/workbench.ts';
import { jumpingClock } from '../github/fake-time.ts';
import { allWell, failingRestore, job, pryvPlan, step } from '../thread/pryv.ts';
import { Story } from '../thread/story.ts';

/** A record with all that is held against it. */
interface Told {
  readonly bytes: Buffer;
  /** By their jobs, in words. */
  readonly logs: ReadonlyMap<string, string>;
  readonly comments: readonly { readonly url: string; readonly body: string }[];
  readonly held: ReadonlyMap<string, FoundRun>;
}

type Ended = Extract<RunEvent, { readonly type: 'job_finished' }>;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A story's record as it would stand: each job has said something, and its host holds the head of its order. */
function toldOf(story: Story): Told {
  const logs = new Map<string, string>();
  let head = '0'.repeat(64);
  const before: string[] = [];
  const events = story.events.map((event): RunEvent => {
    const { seq: _seq, at, run, prev: _prev, ...body } = event;
    const said = body.type === 'job_finished' ? `this is ${jobWords(body.job)}\n` : '';
    if (body.type === 'job_finished') logs.set(jobWords(body.job), said);
    const told =
      body.type === 'job_finished' ? { ...body, sha256: sha256(said), bytes: { out: said.length, err: 0 } } : body;
    const made = { ...told, seq: before.length + 1, at, run, prev: head } as RunEvent;
    before.push(head);
    head = hashOf(lineOf(made));
    return made;
  });
  const state = replay(events);
  const bytes = Buffer.from(events.map((event) => `${lineOf(event)}\n`).join(''));
  const comments = commentsOf(state, view).map(({ body }, index) => ({ url: `#${String(index)}`, body }));
  const jobs = events.filter((event): event is Ended => event.type === 'job_finished');
  const orderedAt = (job: JobKey): string => {
    const told = events.find((event) => 'job' in event && jobWords(event.job) === jobWords(job));
    return told?.prev ?? '';
  };
  const held = new Map(
    state.plan.hosts.map(({ name }) => [
      name,
      {
        jobs: jobs
          .filter(({ job }) => job.host === name)
          .map(({ job }) => ({ job, state: 'ended' as const, head: orderedAt(job) })),
        ...(state.endedAt === undefined ? {} : { closed: { head } }),
      },
    ]),
  );
  return { bytes, logs, comments, held };
}

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tampering-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

/** What `verify` says: what was changed, and what it could not compare. */
interface Said {
  readonly broken: readonly string[];
  readonly notes: readonly string[];
}

async function saidOf({ bytes, logs, comments, held }: Told): Promise<Said> {
  const path = join(dir, 'run.jsonl');
  writeFileSync(path, bytes);
  const hosts: Hosts = {
    host: ({ name }) => ({
      ...obedientHosts().host({ name } as never),
      jobs: () => Promise.resolve({ kind: 'ok', value: held.get(name) ?? { jobs: [] } }),
    }),
    end: () => Promise.resolve(),
  };
  const verdict = await checkRun({
    checkFile: () => checkFile(path),
    digestOf: (_run, job) => {
      const log = logs.get(jobWords(job));
      return Promise.resolve(log === undefined ? undefined : sha256(log));
    },
    hosts,
    thread: () => Promise.resolve({ kind: 'read', comments }),
    clock: jumpingClock('2030-01-01T00:00:00.000Z'),
  });
  return {
    broken: verdict?.broken ?? ['there is no record'],
    notes: verdict?.notes.map(({ text }) => text) ?? [],
  };
}

/** Asks for approvals once something has been done. */
const AGREED = [
  step('stop', 'Stop the services', job({ shell: 'sh', text: 'stop\n' }), {
    undo: { kind: 'leave', reason: 'a test' },
  }),
  step(
    'agree',
    'Agree on the switch',
    { kind: 'ask', how: 'approve', by: ['maintain'], count: 2 },
    { action: 'approve', readOnly: true },
  ),
];

const ended = toldOf(new Story(pryvPlan(), 'apply', allWell).play());
const waiting = toldOf(new Story(pryvPlan(), 'apply', failingRestore).play());
const agreeing = new Story(pryvPlan({}, AGREED), 'apply', allWell).play();
const paused = new Story(pryvPlan(), 'apply', allWell).play(({ steps }) => steps[2]?.status === 'open');
paused.decide('pause');
const resting = toldOf(paused.play());
const records = [
  ['that is over', ended],
  ['that waits', waiting],
  ['that is paused', resting],
  ['that waits for an approval', toldOf(agreeing)],
] as const;

const linesOf = ({ bytes }: Told): readonly string[] => bytes.toString().trimEnd().split('\n');
const withLines = (told: Told, lines: readonly string[]): Told => ({
  ...told,
  bytes: Buffer.from(lines.map((line) => `${line}\n`).join('')),
});

const MORE = ' And all went well.';

/**
 * Every single thing that somebody could do to a record, each at any place; what is done is its name. Last, how it is told:
 * as a change, where nothing else is said.
 */
function doings(told: Told): fc.Arbitrary<readonly [string, Told, keyof Said] | readonly [string, Told]> {
  const lines = linesOf(told);
  const line = fc.nat(lines.length - 1);
  const log = fc.constantFrom(...told.logs.keys());
  const comment = fc.nat(told.comments.length - 1);
  const without = (at: number): readonly string[] => lines.filter((_, index) => index !== at);
  const withLog = (name: string, text: string | undefined): Told => {
    const logs = new Map(told.logs);
    if (text === undefined) logs.delete(name);
    else logs.set(name, text);
    return { ...told, logs };
  };
  const withBody = (at: number, change: (body: string) => string): Told => ({
    ...told,
    comments: told.comments.map((each, index) => (index === at ? { ...each, body: change(each.body) } : each)),
  });
  const textOf = (body: string): string => body.slice(body.indexOf('\n'));
  return fc.oneof(
    fc.tuple(fc.nat(told.bytes.length - 1), fc.nat(7)).map(([at, bit]) => {
      const bytes = Buffer.from(told.bytes);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      return [`bit ${String(bit)} of byte ${String(at)} flipped`, { ...told, bytes }] as const;
    }),
    line.map((at) => [`line ${String(at)} removed`, withLines(told, without(at))] as const),
    line.map((at) => [`line ${String(at)} doubled`, withLines(told, lines.toSpliced(at, 0, lines[at] ?? ''))] as const),
    fc
      .tuple(line, line)
      .filter(([one, other]) => one !== other)
      .map(([one, other]) => {
        const swapped = lines.with(one, lines[other] ?? '').with(other, lines[one] ?? '');
        return [`lines ${String(one)} and ${String(other)} exchanged`, withLines(told, swapped)] as const;
      }),
    line.map((count) => [`cut after ${String(count)} lines`, withLines(told, lines.slice(0, count))] as const),
    fc
      .nat(told.bytes.length - 1)
      .map((size) => [`cut after ${String(size)} bytes`, { ...told, bytes: told.bytes.subarray(0, size) }] as const),
    log.map((name) => [`log of ${name} gone`, withLog(name, undefined)] as const),
    log.map((name) => [`log of ${name} added to`, withLog(name, `${told.logs.get(name) ?? ''}more\n`)] as const),
    log.map((name) => [`log of ${name} emptied`, withLog(name, '')] as const),
    comment.map(
      (at) =>
        [
          `comment ${String(at)} deleted`,
          { ...told, comments: told.comments.filter((_, index) => index !== at) },
        ] as const,
    ),
    comment.map((at) => [`comment ${String(at)} edited`, withBody(at, (body) => body + MORE)] as const),
    // As another version may have written it, so it is no change beyond doubt.
    comment.map(
      (at) =>
        [
          `comment ${String(at)} edited, its digest made anew`,
          withBody(at, (body) => body.replace(/text=[0-9a-f]+/, `text=${textDigest(textOf(body) + MORE)}`) + MORE),
          'notes',
        ] as const,
    ),
    comment.map(
      (at) => [`first line of comment ${String(at)} removed`, withBody(at, (body) => textOf(body).trim())] as const,
    ),
    fc
      .tuple(comment, comment)
      .filter(([one, other]) => one !== other)
      .map(([one, other]) => {
        const text = textOf(told.comments[other]?.body ?? '');
        const put = withBody(one, (body) => `${body.slice(0, body.indexOf('\n'))}${text}`);
        return [`text of comment ${String(other)} put into ${String(one)}`, put] as const;
      }),
  );
}

describe.each(records)('of a run %s', (_, told) => {
  it('verify finds nothing wrong where nothing was done', async () => {
    expect(await saidOf(told)).toEqual({ broken: [], notes: [] });
  });

  it('verify finds any one thing that was done to events, logs or comments, and names it', async () => {
    await fc.assert(
      fc.asyncProperty(doings(told), async ([what, changed, how = 'broken']) => {
        const said = (await saidOf(changed))[how];
        expect({ what, said }).toEqual({ what, said: expect.arrayContaining([expect.stringMatching(NAMED)]) });
      }),
      { numRuns: 400 },
    );
  });
});

/** What is wrong is told with the event, the log, the host or the comment that it is about. */
const NAMED = /event|the log of|comment|prompt|says that the run|there is no whole/;

it('verify tells of a last event that nobody can have written so, which no later one vouches for', async () => {
  const lines = linesOf(resting);
  const last = lines.at(-1)?.replace('"at":', '"ct":') ?? '';
  const { broken } = await saidOf(withLines(resting, [...lines.slice(0, -1), last]));
  expect(broken).toContainEqual(
    expect.stringMatching(new RegExp(`^event ${String(lines.length)}, the last one, is not as Changeover writes it`)),
  );
});

describe('the end of a run that no host and no thread knows', () => {
  it('can be cut off, and verify does not see it: nothing else holds its hash', async () => {
    const alone: Told = { ...ended, comments: [], held: new Map() };
    const { broken } = await saidOf(withLines(alone, linesOf(ended).slice(0, -1)));
    expect(broken.filter((each) => !each.includes('is not in the thread'))).toEqual([]);
  });
});
