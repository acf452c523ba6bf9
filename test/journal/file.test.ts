import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { canonicalJson } from '../../src/plan/digest.ts';
import { hashOf, NO_HASH } from '../../src/run/chain.ts';
import type { RunEvent } from '../../src/run/types.ts';
import { createFileJournal } from '../../src/journal/file.ts';
import { checkFile } from '../../src/journal/run-file.ts';
import type { Journal } from '../../src/engine/ports.ts';
import { AT, clockAt, COMMENT, FIRST, STARTED } from './requests.ts';
import { taker } from './takers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let dir: string;
let journal: Journal;
const children: ChildProcess[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'journal-'));
  journal = createFileJournal(dir, { clock: clockAt(AT), worker: 'test' });
});
afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
  rmSync(dir, { recursive: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** A run with three events that nobody works on; its file. */
async function threeEvents(): Promise<{ readonly run: string; readonly path: string }> {
  const { writer } = await journal.create(FIRST, AT);
  await writer.append([STARTED]);
  await writer.append([{ type: 'run_finished', status: 'failed', because: 'a test' }]);
  await writer.release();
  return { run: writer.run, path: join(dir, 'runs', `${writer.run}.jsonl`) };
}

/** Another process that stands ready to claim the run; `go` lets it, and says what came of it. */
async function claimer(run: string): Promise<{ readonly child: ChildProcess; go(): Promise<string> }> {
  const script = fileURLToPath(new URL('./claimer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', join(root, 'scripts/ts.js'), script, dir, run], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  expect(await line()).toBe('ready');
  return {
    child,
    go: () => {
      child.stdin.write('go\n');
      return line();
    },
  };
}

describe('the file of a run', () => {
  it('is RFC 8785 JSON Lines that verify finds intact', async () => {
    const { path } = await threeEvents();
    expect(await checkFile(path)).toMatchObject({ kind: 'ok', count: 3 });
    expect(readFileSync(path, 'utf8').split('\n')[1]).toMatch(
      /^\{"at":"2026-11-22T02:45:00.000Z","epoch":1,"prev":"[0-9a-f]{64}","run":"[0-9a-z-]+","seq":2,"type":"run_started","worker":"test"\}$/,
    );
    expect(await checkFile(join(dir, 'none'))).toEqual({ kind: 'missing' });
  });

  it('loses only a line that was never acknowledged when a write was torn', async () => {
    const { run, path } = await threeEvents();
    const whole = readFileSync(path, 'utf8');
    appendFileSync(path, '{"at":"2026-11-22T02:47:00.000Z","half":"é'.slice(0, -1));
    const before = await checkFile(path);
    expect(before).toMatchObject({ kind: 'broken', seq: 4 });
    expect(await journal.read(run)).toMatchObject({ kind: 'ok', events: { length: 3 } });
    const claim = await journal.claim(run);
    expect(claim).toMatchObject({ kind: 'claimed', events: { length: 3 }, writer: { epoch: 2 } });
    expect(readFileSync(path, 'utf8')).toBe(whole);
    if (claim.kind !== 'claimed') return;
    await claim.writer.append([STARTED]);
    await claim.writer.release();
    expect(await checkFile(path)).toMatchObject({ kind: 'ok', count: 4 });
  });

  it('is not touched where the whole lines before a torn one do not chain', async () => {
    const { run, path } = await threeEvents();
    const changed = `${readFileSync(path, 'utf8').replace('"epoch":1', '"epoch":9')}{"torn`;
    writeFileSync(path, changed);
    const claim = await journal.claim(run);
    expect(claim.kind).toBe('broken');
    expect(claim.kind === 'broken' && claim.why).toContain(`${path}:2: event 2 is not what event 3 was chained to`);
    expect(readFileSync(path, 'utf8')).toBe(changed);
    // And it is not left claimed.
    expect((await journal.claim(run)).kind).toBe('broken');
  });

  it('shows any changed byte but in the last event, which only what names the head can show', async () => {
    const { path } = await threeEvents();
    const bytes = readFileSync(path);
    const last = bytes.subarray(0, -1).lastIndexOf(0x0a) + 1;
    for (let at = 0; at < last; at += 7) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      writeFileSync(path, flipped);
      expect({ at, kind: (await checkFile(path)).kind }).toEqual({ at, kind: 'broken' });
    }
  });

  it('shows a missing, a doubled and an exchanged event', async () => {
    const { path } = await threeEvents();
    const [one = '', two = '', three = ''] = readFileSync(path, 'utf8').trimEnd().split('\n');
    for (const lines of [[one, three], [two, three], [one, two, two, three], [one, three, two], []]) {
      writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
      expect((await checkFile(path)).kind).toBe('broken');
    }
  });
});

describe('a run file that is damaged', () => {
  const where = COMMENT;

  /** A run of an issue, with three events; what is wrong with it is done by `damage`. */
  async function broken(damage: (path: string, text: string) => void): Promise<{ readonly run: string }> {
    const { writer } = await journal.create({ ...FIRST, where }, AT);
    await writer.append([STARTED]);
    await writer.append([{ type: 'run_finished', status: 'failed', because: 'a test' }]);
    await writer.release();
    const path = join(dir, 'runs', `${writer.run}.jsonl`);
    damage(path, readFileSync(path, 'utf8'));
    return { run: writer.run };
  }

  it('still tells where it is talked about, as long as its first line does', async () => {
    const { run } = await broken((path, text) => {
      writeFileSync(path, text.replace('"epoch":1', '"epoch":9'));
    });
    expect(await journal.read(run)).toMatchObject({ kind: 'broken', where: COMMENT });
    const { run: first } = await broken((path, text) => {
      writeFileSync(path, text.slice(40));
    });
    const read = await journal.read(first);
    expect(read).toMatchObject({ kind: 'broken', why: expect.stringContaining(`${first}.jsonl:1: event 1`) });
    expect(read).not.toHaveProperty('where');
  });

  it('or cannot be read at all hides no other', async () => {
    const { run: whole } = await threeEvents();
    const { run } = await broken((path) => {
      rmSync(path);
      mkdirSync(path);
    });
    expect([...(await journal.runs())].sort()).toEqual([whole, run].sort());
    expect(await journal.read(run)).toMatchObject({ kind: 'broken', why: expect.stringContaining('cannot be read') });
    expect(await journal.claim(run)).toMatchObject({ kind: 'broken' });
    expect(await journal.read(whole)).toMatchObject({ kind: 'ok' });
  });
});

describe('a run file that is whole, and not what it should be', () => {
  /** The run's events anew, each with what `change` makes of it, chained as if it had always been so. */
  function forge(path: string, change: (event: RunEvent) => Readonly<Record<string, unknown>>): void {
    let head = NO_HASH;
    const lines = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => {
        const text = canonicalJson({ ...change(JSON.parse(line) as RunEvent), prev: head });
        head = hashOf(text);
        return `${text}\n`;
      });
    writeFileSync(path, lines.join(''));
  }

  async function expectBroken(run: string, path: string, why: string | RegExp, newer?: true): Promise<void> {
    const text = readFileSync(path);
    const wanted = { kind: 'broken', why: expect.stringMatching(why), ...(newer === undefined ? {} : { newer }) };
    expect(await journal.read(run)).toMatchObject(wanted);
    expect(await journal.claim(run)).toMatchObject(wanted);
    expect(readFileSync(path)).toEqual(text);
    // And it is not left claimed.
    expect(await journal.claim(run)).toMatchObject(wanted);
  }

  it('is not taken for the run by whose name it is called', async () => {
    const { run, path } = await threeEvents();
    const other = `20261122-${run.endsWith('0000') ? '1111' : '0000'}`;
    const renamed = join(dir, 'runs', `${other}.jsonl`);
    renameSync(path, renamed);
    await expectBroken(other, renamed, `is the record of run ${run}, so it is not that of ${other}`);
    expect(await journal.claim(run)).toEqual({ kind: 'missing' });
    // Whoever hands the file to \`verify\` may have called it as they like.
    expect(await checkFile(renamed)).toMatchObject({ kind: 'ok' });
  });

  it.each([
    ['a type', { type: 'run_paused' }, /event 2 \(run_paused\) is of a type that is not known here/],
    ['a type that every object has', { type: 'constructor' }, /event 2 \(constructor\) is of a type/],
    ['a type that is no text', { type: { a: 1 } }, /event 2 .* is of a type/],
    ['something that was seen', { type: 'observed', for: 'weather' }, /was seen for "weather"/],
    ['a form', { format: 2 }, /event 2 \(run_started\) is of the form 2/],
  ])('and has %s that is not known was written by a newer version', async (_, changes, why) => {
    const { run, path } = await threeEvents();
    forge(path, (event) => (event.seq === 2 ? { ...event, ...changes } : { ...event }));
    await expectBroken(run, path, why, true);
    expect(await checkFile(path)).toMatchObject({ kind: 'broken', newer: true });
  });

  it('and has a field that is not known is read all the same: they change only by adding', async () => {
    const { run, path } = await threeEvents();
    forge(path, (event) => ({ ...event, mood: 'good', format: 1 }));
    expect(await journal.read(run)).toMatchObject({ kind: 'ok', events: { length: 3 } });
  });

  it('says what it has cut off where a write was torn, once', async () => {
    const { run, path } = await threeEvents();
    appendFileSync(path, '{"at":"2026-11-');
    const claim = await journal.claim(run);
    expect(claim).toMatchObject({ kind: 'claimed', tornBytes: 15 });
    if (claim.kind === 'claimed') await claim.writer.release();
    expect(await journal.claim(run)).not.toHaveProperty('tornBytes');
  });
});

describe('the claim on a run', () => {
  it('goes to one of several processes that race for it', async () => {
    const { run, path } = await threeEvents();
    const racers = await Promise.all([1, 2, 3].map(() => claimer(run)));
    const outcomes = await Promise.all(racers.map((racer) => racer.go()));
    expect(outcomes.sort()).toEqual(['claimed', 'held', 'held']);
    expect(await checkFile(path)).toMatchObject({ kind: 'ok', count: 4 });
    expect(await journal.claim(run)).toMatchObject({ kind: 'held' });
  });

  it('goes to one of several when its owner has been killed, who can write nothing more', async () => {
    const { run, path } = await threeEvents();
    const owner = await claimer(run);
    expect(await owner.go()).toBe('claimed');
    const heirs = await Promise.all([1, 2].map(() => claimer(run)));
    await end(owner.child);
    expect((await Promise.all(heirs.map((heir) => heir.go()))).sort()).toEqual(['claimed', 'held']);
    const checked = await journal.read(run);
    expect(
      checked.kind === 'ok' && checked.events.slice(-2).map((event) => event.type === 'run_started' && event.epoch),
    ).toEqual([2, 3]);
    expect(await checkFile(path)).toMatchObject({ kind: 'ok', count: 5 });
  });

  it('is lost for good once another has it, whatever its owner still believes', async () => {
    const { writer } = await journal.create(FIRST, AT);
    const locks = join(dir, 'locks', writer.run);
    // As though another machine's worker had taken it over after an operator cleared the lock.
    rmSync(locks, { recursive: true });
    const other = await journal.claim(writer.run);
    expect(other.kind).toBe('claimed');
    if (other.kind !== 'claimed') return;
    await other.writer.append([STARTED]);
    await expect(writer.append([STARTED])).rejects.toThrow('Another worker has taken run');
    // Nor does it give away what is another's.
    await writer.release();
    await other.writer.append([{ type: 'run_finished', status: 'failed' }]);
    await other.writer.release();
    expect(await checkFile(join(dir, 'runs', `${writer.run}.jsonl`))).toMatchObject({ kind: 'ok', count: 3 });
  });

  it('of another machine is held, and the answer says how to clear it', async () => {
    const { run } = await threeEvents();
    const locks = join(dir, 'locks', run);
    const [name = ''] = readdirSync(locks);
    const holder = JSON.parse(readFileSync(join(locks, name), 'utf8')) as object;
    const foreign = { ...holder, released: false, machine: `not-${hostname()}`, worker: 'server far away' };
    writeFileSync(join(locks, name), JSON.stringify(foreign));
    const claim = await journal.claim(run);
    expect(claim.kind).toBe('held');
    expect(claim.kind === 'held' && claim.by).toContain('server far away');
    expect(claim.kind === 'held' && claim.by).toContain(`delete ${locks}`);
    // The same machine after a restart: whoever it was is gone.
    const restarted = { ...holder, released: false, boot: 'another boot' };
    writeFileSync(join(locks, name), JSON.stringify(restarted));
    const after = await journal.claim(run);
    expect(after.kind).toBe('claimed');
    if (after.kind === 'claimed') await after.writer.release();
  });

  it('leaves no drafts behind', async () => {
    const { run } = await threeEvents();
    expect(readdirSync(join(dir, 'locks', run))).toHaveLength(1);
    expect(readdirSync(join(dir, 'runs'))).toEqual([`${run}.jsonl`]);
    await journal.acceptOnce('a', COMMENT);
    await journal.acceptOnce('a', COMMENT);
    expect(readdirSync(join(dir, 'accepted'))).toHaveLength(1);
    expect(existsSync(join(dir, 'x'))).toBe(false);
  });
});

describe('up to when comments were looked through', () => {
  it('outlives the process, and is shown as it stands there, whoever has written it', async () => {
    await journal.moveCursor('Acme/ops', '2026-11-22T06:00:00Z');
    await journal.moveCursor('acme/Ops', '2026-11-22T07:00:00Z');
    await journal.moveCursor('acme/ops#1', '2026-11-22T08:00:00Z');
    const later = createFileJournal(dir, { clock: clockAt(AT), worker: 'later' });
    expect(await later.cursor('acme/ops')).toBe('2026-11-22T07:00:00Z');
    expect(await later.cursor('acme/ops#1')).toBe('2026-11-22T08:00:00Z');
    const folder = join(dir, 'cursors');
    expect(readdirSync(folder)).toHaveLength(2);
    writeFileSync(join(folder, 'acme%2Fops'), 'soon');
    expect(await later.cursor('acme/ops')).toBe('soon');
  });
});

describe('a comment that was taken up', () => {
  const KEY = 'comment-5';

  async function unsettled(at = AT): Promise<readonly string[]> {
    const found = await createFileJournal(dir, { clock: clockAt(at), worker: 'later' }).unsettled();
    return found.map(({ key }) => key);
  }

  it('is left to the process that took it up for as long as that one lives', async () => {
    const taking = await taker(dir, 5, AT);
    expect(taking.said).toBe('taken');
    expect(await unsettled()).toEqual([]);
    await taking.kill();
    expect(await createFileJournal(dir, { clock: clockAt(AT), worker: 'later' }).unsettled()).toEqual([
      { key: KEY, where: COMMENT, at: AT },
    ]);
    // Taken up it stays, for ever.
    expect(await journal.acceptOnce(KEY, COMMENT)).toBe(false);
  });

  it('is not told of again once it was settled, by whomever and how often', async () => {
    await (await taker(dir, 5, AT)).kill();
    await (await taker(dir, 6, AT)).kill();
    await journal.settle(KEY);
    await journal.settle(KEY);
    expect(await unsettled()).toEqual(['comment-6']);
  });

  it('is told of with its answer until that is said, and keeps the first one', async () => {
    await (await taker(dir, 5, AT)).kill();
    await journal.keepAnswer(KEY, { body: 'No.', about: 'this' });
    await journal.keepAnswer(KEY, { body: 'Yes.' });
    const later = createFileJournal(dir, { clock: clockAt(AT), worker: 'later' });
    expect(await later.unsettled()).toEqual([
      { key: KEY, where: COMMENT, at: AT, answer: { body: 'No.', about: 'this' } },
    ]);
    const folder = join(dir, 'accepted');
    const [kept = ''] = readdirSync(folder).filter((name) => name.endsWith('.answer'));
    // What is cut short tells nothing: then it was taken up and not answered.
    writeFileSync(join(folder, kept), '{"body":"N');
    expect(await later.unsettled()).toEqual([{ key: KEY, where: COMMENT, at: AT }]);
    await journal.settle(KEY);
    expect(readdirSync(folder).filter((name) => name.endsWith('.answer'))).toEqual([]);
  });

  it('by another machine is told of when its command is surely over', async () => {
    await (await taker(dir, 5, AT)).kill();
    const folder = join(dir, 'accepted');
    const [name = ''] = readdirSync(folder);
    const note = readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(folder, name), note.replace(/"machine":"[^"]*"/, '"machine":"far away"'));
    expect(await unsettled()).toEqual([]);
    expect(await unsettled('2026-11-22T03:45:01.000Z')).toEqual([KEY]);
  });
});
