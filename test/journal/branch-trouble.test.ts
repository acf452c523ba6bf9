import { expect, it } from '@jest/globals';
import type { Claim, Journal, RunWriter } from '../../src/engine/ports.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import type { EventBody, JobKey } from '../../src/run/types.ts';
import { COMMIT_MUTATION } from '../../src/github/graphql-queries.ts';
import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { branchWorld, type WorkerOptions } from './branches.ts';
import { AT, COMMENT, FIRST, STARTED } from './requests.ts';

const openApi = await loadOpenApi();
const repo = '/repos/acme/ops';
const COMMIT = { method: 'POST', path: /\/graphql$/ } as const;
const STALE = {
  data: { createCommitOnBranch: null },
  errors: [{ type: 'STALE_DATA', message: 'Expected branch to point to … but it did not.  Pull and try again.' }],
};
const ENDED: EventBody = { type: 'run_finished', status: 'failed', because: 'a test' };
const DECIDED: EventBody = {
  type: 'decision_made',
  decision: 'abort',
  by: { kind: 'github', id: 1, login: 'olivia', right: 'admin' },
};
const job: JobKey = { step: 'one', item: '-', host: 'one', phase: 'apply', attempt: 1 };
const JOB: EventBody = { type: 'job_started', job, boot_id: 'b', pid: 4 };

const startedIn = (epoch: number): EventBody => ({ type: 'run_started', worker: 'test', epoch });

const dead = () => Promise.resolve('no' as const);

function claimed(claim: Claim): Extract<Claim, { kind: 'claimed' }> {
  if (claim.kind !== 'claimed') throw new Error(`It was not claimed: ${JSON.stringify(claim)}`);
  return claim;
}

const seqs = async (journal: Journal, run: string): Promise<readonly number[] | string> => {
  const read = await journal.read(run);
  return read.kind === 'ok' ? read.events.map(({ seq }) => seq) : JSON.stringify(read);
};

describeWith(openApi)('a journal on a branch in trouble', (checker) => {
  const start = localGitHubs(checker);
  const world = branchWorld();

  /** Somebody else who may write there. */
  function stranger(github: LocalGitHub) {
    const say = speaker(github, 'olivia');
    const head = async (): Promise<string> => {
      const { body } = await say('GET', `${repo}/git/ref/heads/changeover`);
      return (body as { readonly object: { readonly sha: string } }).object.sha;
    };
    const commit = async (fileChanges: object): Promise<void> => {
      const branch = { repositoryNameWithOwner: 'acme/ops', branchName: 'changeover' };
      const input = { branch, message: { headline: 'x' }, expectedHeadOid: await head(), fileChanges };
      const { body } = await say('POST', '/graphql', { query: COMMIT_MUTATION, variables: { input } });
      expect(body).toMatchObject({ data: { createCommitOnBranch: {} } });
    };
    return {
      puts: (path: string, text: string) =>
        commit({ additions: [{ path, contents: Buffer.from(text).toString('base64') }] }),
      removes: (path: string) => commit({ deletions: [{ path }] }),
      text: async (path: string): Promise<string> => {
        const raw = { accept: 'application/vnd.github.raw+json' };
        return String((await say('GET', `${repo}/contents/${path}?ref=changeover`, undefined, raw)).body);
      },
      head,
      commits: async (): Promise<number> => {
        let count = 0;
        for (let sha = await head(); sha !== ''; count += 1) {
          const { body } = await say('GET', `${repo}/commits/${sha}`);
          sha = (body as { readonly parents: readonly { readonly sha: string }[] }).parents[0]?.sha ?? '';
        }
        return count;
      },
      paths: async (): Promise<readonly string[]> => {
        const { body } = await say('GET', `${repo}/git/trees/changeover?recursive=1`);
        const { tree } = body as { readonly tree: readonly { readonly path: string; readonly type: string }[] };
        return tree.filter(({ type }) => type === 'blob').map(({ path }) => path);
      },
      deletes: async (): Promise<number> => (await say('DELETE', `${repo}/git/refs/heads/changeover`)).status,
      restores: async (sha: string): Promise<number> =>
        (await say('POST', `${repo}/git/refs`, { ref: 'refs/heads/changeover', sha })).status,
    };
  }

  async function begun(
    github: LocalGitHub,
    options: WorkerOptions = {},
  ): Promise<{ readonly journal: Journal; readonly writer: RunWriter }> {
    const journal = world.worker(github, options);
    const { writer } = await journal.create(FIRST, AT);
    await writer.append([STARTED]);
    return { journal, writer };
  }

  /** Gives a run back and lets everybody know at once. */
  async function gaveBack({
    journal,
    writer,
  }: {
    readonly journal: Journal;
    readonly writer: RunWriter;
  }): Promise<void> {
    await writer.release();
    await journal.kept?.();
  }

  it('tries again where another file moved the branch', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    github.faults.add({ ...COMMIT, status: 200, times: 3, body: STALE });
    await writer.append([ENDED]);
    expect(await seqs(journal, writer.run)).toEqual([1, 2, 3]);
    await writer.release();
  });

  it('takes a refusal for an answer where the same file is another one by now', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    await writer.append([DECIDED]);
    await gaveBack({ journal, writer });
    const workers = ['2', '3', '4'].map((id) => world.worker(github, { id }));
    const claims = (await Promise.all(workers.map((each) => each.claim(writer.run)))).map(claimed);
    // Who has it shows with what is written first.
    const written = await Promise.allSettled(claims.map((each) => each.writer.append([startedIn(2)])));
    const lost = written.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    expect(lost).toEqual(Array.from({ length: 2 }, () => expect.stringContaining('LostClaim: Another worker')));
    const held = await world.worker(github, { id: '5' }).claim(writer.run);
    expect(held).toMatchObject({ kind: 'held', by: expect.stringMatching(/workflow run [234], attempt 1/) });
    for (const each of claims) await each.writer.release();
    expect(await seqs(journal, writer.run)).toEqual([1, 2, 3, 4]);
  });

  it('gives a run that is over to one of several, as its hosts may be tidied', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    await writer.append([ENDED]);
    await gaveBack({ journal, writer });
    const workers = ['2', '3', '4'].map((id) => world.worker(github, { id }));
    const claims = await Promise.all(workers.map((each) => each.claim(writer.run)));
    expect(claims.map(({ kind }) => kind).toSorted()).toEqual(['claimed', 'held', 'held']);
    for (const each of claims) if (each.kind === 'claimed') await each.writer.release();
  });

  it('leaves no trace where a run is given back before anything was written to it', async () => {
    const github = await start();
    const { journal, writer } = await begun(github, { stuck: true });
    const before = await stranger(github).commits();
    const next = world.worker(github, { id: '2', lives: dead });
    const key = { key: 'comment 5', where: COMMENT, took: () => undefined };
    await claimed(await next.claim(writer.run, key)).writer.release();
    await next.kept?.();
    expect([await stranger(github).commits(), await next.isAccepted('comment 5')]).toEqual([before, false]);
    expect(await journal.standing(writer.run)).toMatchObject({ worked: 'yes' });
  });

  it('has a record that was made anew on the branch with its claim before anything follows', async () => {
    const github = await start();
    const journal = world.worker(github, { stuck: true });
    const { events } = await world.worker(await start()).create(FIRST, AT);
    expect(await journal.restore(events)).toBe(true);
    const { writer } = claimed(await journal.claim(events[0]?.run ?? ''));
    expect(writer.epoch).toBe(1);
    await writer.append([STARTED]);
    expect(await world.worker(github, { id: '2' }).standing(writer.run)).toMatchObject({ worked: 'yes' });
    expect(await seqs(world.worker(github), writer.run)).toEqual([1, 2]);
  });

  it('takes a run over for a comment that nobody else has taken up, or not at all', async () => {
    const github = await start();
    const { writer } = await begun(github, { stuck: true });
    const taken: string[] = [];
    const next = world.worker(github, { id: '2', lives: dead });
    const taking = { key: 'comment 5', where: COMMENT, took: () => taken.push('2') };
    const { writer: another } = claimed(await next.claim(writer.run, taking));
    const third = world.worker(github, { id: '3', lives: dead });
    expect(await third.acceptOnce('comment 5', COMMENT)).toBe(true);
    await expect(another.append([startedIn(2)])).rejects.toThrow('Another worker has taken up comment 5');
    await another.release();
    const last = claimed(await third.claim(writer.run, { ...taking, key: 'comment 6', took: () => taken.push('3') }));
    await last.writer.append([startedIn(2)]);
    await last.writer.release();
    expect([taken, await seqs(world.worker(github), writer.run)]).toEqual([['3'], [1, 2]]);
  });

  it('takes up a comment once, whoever is refused', async () => {
    const github = await start();
    const workers = Array.from({ length: 4 }, (_, index) => world.worker(github, { id: String(index) }));
    github.faults.add({ ...COMMIT, status: 200, times: 2, body: STALE });
    const taken = await Promise.all(workers.map((each) => each.acceptOnce('comment 5', COMMENT)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it('begins one run for a comment, whoever is faster, and leaves nothing of the others', async () => {
    const github = await start();
    const key = { key: 'comment 5', where: COMMENT, took: () => undefined };
    const workers = Array.from({ length: 4 }, (_, index) => world.worker(github, { id: String(index) }));
    const begun = await Promise.allSettled(workers.map((each) => each.create(FIRST, AT, key)));
    const lost = begun.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    expect(lost).toEqual(Array.from({ length: 3 }, () => 'TakenUp: Another worker has taken up comment 5.'));
    expect(await world.worker(github).runs()).toHaveLength(1);
    expect(await stranger(github).paths()).toEqual([
      'README.md',
      expect.stringMatching(/^accepted\//),
      expect.stringMatching(/^claims\//),
      expect.stringMatching(/^runs\/.*\/1\.jsonl$/),
    ]);
  });

  it('lets what costs nothing to lose go along with the next commit, or has one for all of it in the end', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    const { commits } = stranger(github);
    await journal.acceptOnce('comment 5', COMMENT);
    const before = await commits();
    await journal.keepAnswer('comment 5', { body: 'Done.' });
    await journal.settle('comment 5');
    await journal.settle('told');
    await journal.moveCursor('acme/ops', AT);
    expect(await commits()).toBe(before);
    // Whoever reads here sees it at once, and all others once it is there.
    expect([await journal.isAccepted('told'), await journal.cursor('acme/ops')]).toEqual([true, AT]);
    await writer.append([ENDED]);
    expect(await commits()).toBe(before + 1);
    const other = world.worker(github, { id: '2', lives: dead });
    expect([await other.isAccepted('told'), await other.unsettled(), await other.cursor('acme/ops')]).toEqual([
      ...[true, [], AT],
    ]);
    await writer.release();
    await journal.settle('told too');
    await journal.kept?.();
    expect(await commits()).toBe(before + 2);
    expect(await other.standing(writer.run)).toMatchObject({ worked: 'no' });
    await journal.kept?.();
    expect(await commits()).toBe(before + 2);
  });

  it('does without a commit for what costs nothing to lose for a while only', async () => {
    const github = await start();
    const { writer } = await begun(github);
    await writer.append([ENDED]);
    await writer.release();
    const other = world.worker(github, { id: '2' });
    while ((await other.standing(writer.run)).worked !== 'no') await new Promise(setImmediate);
  });

  it('loses nothing but a look where a worker dies with what had waited for a commit', async () => {
    const github = await start();
    const stuck = world.worker(github, { stuck: true });
    const { writer } = await stuck.create(FIRST, AT, { key: 'comment 5', where: COMMENT, took: () => undefined });
    await stuck.settle('comment 5');
    await stuck.moveCursor('acme/ops', AT);
    await writer.release();
    const next = world.worker(github, { id: '2', lives: dead });
    expect(await next.cursor('acme/ops')).toBeUndefined();
    expect(await next.unsettled()).toMatchObject([{ key: 'comment 5' }]);
    expect(await next.acceptOnce('comment 5', COMMENT)).toBe(false);
    expect(claimed(await next.claim(writer.run))).toMatchObject({ left: true, writer: { epoch: 2 } });
  });

  it('leaves to another what that has changed meanwhile', async () => {
    const github = await start();
    const [one, other] = [world.worker(github, { stuck: true }), world.worker(github, { id: '2' })];
    await one.moveCursor('acme/ops', AT);
    await one.kept?.();
    await one.moveCursor('acme/ops', '2026-11-22T03:00:00.000Z');
    await other.moveCursor('acme/ops', '2026-11-22T04:00:00.000Z');
    await other.kept?.();
    await one.kept?.();
    expect(await world.worker(github).cursor('acme/ops')).toBe('2026-11-22T04:00:00.000Z');
  });

  it('goes on over a GitHub that fails, and begins nothing where it fails for good', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    github.faults.add({ ...COMMIT, status: 503, times: 2 });
    await writer.append([ENDED]);
    await gaveBack({ journal, writer });
    expect(await seqs(journal, writer.run)).toEqual([1, 2, 3]);
    const heal = github.faults.add({ ...COMMIT, status: 503, times: Infinity });
    await expect(journal.create(FIRST, AT)).rejects.toThrow(
      /branch changeover of acme\/ops could not be written \(503/,
    );
    await expect(world.worker(github, { id: '2' }).claim(writer.run)).rejects.toThrow('could not be written');
    heal();
    expect(await journal.runs()).toEqual([writer.run]);
  });

  it('lets a run that is under way go on while GitHub is away, past a decision, and brings all of it later', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    const heal = github.faults.add({ path: /^\/(?:repos\/|graphql$)/, status: 503, times: Infinity });
    await writer.append([JOB]);
    expect((await writer.append([DECIDED])).map(({ seq }) => seq)).toEqual([4]);
    const end = writer.append([ENDED]);
    heal();
    await end;
    await writer.release();
    expect(await seqs(journal, writer.run)).toEqual([1, 2, 3, 4, 5]);
  });

  it('knows its own writing again where only the answer was lost', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    github.faults.add({ ...COMMIT, applied: true, dropConnection: true });
    await writer.append([ENDED]);
    github.faults.add({ ...COMMIT, applied: true, status: 502 });
    await gaveBack({ journal, writer });
    expect(await seqs(journal, writer.run)).toEqual([1, 2, 3]);
    expect(await journal.standing(writer.run)).toMatchObject({ worked: 'no' });
  });

  it('does not mind what a stranger adds', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    await stranger(github).puts('notes.txt', 'hello');
    await writer.append([ENDED]);
    await writer.release();
    expect(await seqs(journal, writer.run)).toEqual([1, 2, 3]);
  });

  it('waits for a branch that was deleted to be restored', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    const { head, deletes, restores } = stranger(github);
    await writer.append([DECIDED]);
    const at = await head();
    expect(await deletes()).toBe(204);
    await expect(journal.create(FIRST, AT)).rejects.toThrow(/has been deleted: restore it/);
    await expect(journal.runs()).rejects.toThrow(/has been deleted: restore it/);
    const end = writer.append([ENDED]);
    expect(await restores(at)).toBe(201);
    await end;
    await writer.release();
    expect(await seqs(journal, writer.run)).toEqual([1, 2, 3, 4]);
  });

  it('tells where garbage stands in a segment, whose run it is, and lets nobody go on with it', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    await writer.append([ENDED]);
    await gaveBack({ journal, writer });
    const path = `runs/${writer.run}/2.jsonl`;
    await stranger(github).puts(path, 'nonsense\n');
    const later = world.worker(github, { id: '2' });
    const why = `${path}:1 on the branch changeover of acme/ops: event 2 is not a line of JSON as written`;
    expect(await later.read(writer.run)).toMatchObject({ kind: 'broken', why });
    expect(await later.claim(writer.run)).toMatchObject({ kind: 'broken', why });
    expect(await later.standing(writer.run)).toMatchObject({ worked: 'no' });
    await stranger(github).puts(path, 'cut off');
    expect(await later.read(writer.run)).toMatchObject({ kind: 'broken', why: expect.stringContaining('is cut off') });
  });

  it('tells that a segment was changed by what the next one was chained to', async () => {
    const github = await start();
    const { writer } = await begun(github);
    await writer.append([DECIDED]);
    await writer.append([ENDED]);
    await writer.release();
    const { puts, text } = stranger(github);
    const path = `runs/${writer.run}/2.jsonl`;
    await puts(path, (await text(path)).replace('"abort"', '"retry"'));
    expect(await world.worker(github).read(writer.run)).toMatchObject({
      kind: 'broken',
      why: expect.stringMatching(/2\.jsonl:2 on .*event 3 is not what event 4 was chained to/),
    });
  });

  it('stops a worker whose next segment is there already, by another', async () => {
    const github = await start();
    const { writer } = await begun(github, { stuck: true });
    await stranger(github).puts(`runs/${writer.run}/2.jsonl`, '{}\n');
    await expect(writer.append([ENDED])).rejects.toThrow('taken run');
    await expect(writer.append([ENDED])).rejects.toThrow('taken run');
    await writer.release();
  });

  it('lets go of a run that another has written on, whenever it finds out', async () => {
    const github = await start();
    const { journal, writer } = await begun(github, { stuck: true });
    await stranger(github).puts(`runs/${writer.run}/2.jsonl`, '{}\n');
    await gaveBack({ journal, writer });
    expect(await world.worker(github, { id: '2' }).standing(writer.run)).toMatchObject({ worked: 'no' });
  });

  it('tells when all that was appended is on the branch', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    const { run } = writer;
    const appends = Array.from({ length: 20 }, () => writer.append([JOB]));
    await Promise.all(appends);
    await writer.kept?.();
    expect(await seqs(world.worker(github, { id: '2' }), run)).toHaveLength(22);
    await writer.append([ENDED]);
    expect(await seqs(journal, run)).toHaveLength(23);
    await writer.release();
  });

  it('gives a run whose worker is surely dead to the next, under a later epoch, and the dead one can write no more', async () => {
    const github = await start();
    const { writer } = await begun(github, { stuck: true });
    const { run } = writer;
    const unsure = world.worker(github, { id: '2', lives: () => Promise.resolve('unsure') });
    expect(await unsure.claim(run)).toMatchObject({
      kind: 'held',
      by: expect.stringContaining('GitHub does not tell'),
    });
    expect(await unsure.standing(run)).toMatchObject({ worked: 'unsure' });
    const next = world.worker(github, { id: '3', lives: dead });
    expect(await next.wasLeft(run)).toBe(true);
    const claim = claimed(await next.claim(run));
    expect(claim).toMatchObject({ writer: { epoch: 2 }, left: true });
    // What the first had only on its own disk is not known here.
    expect(claim.events.map(({ type }) => type)).toEqual(['run_requested']);
    await claim.writer.append([startedIn(2)]);
    await expect(writer.append([ENDED])).rejects.toThrow('taken run');
    await writer.release();
    // The claim is not the dead one's to give back.
    expect(await world.worker(github, { id: '4' }).standing(run)).toMatchObject({ worked: 'yes' });
    await claim.writer.append([ENDED]);
    await gaveBack({ journal: next, writer: claim.writer });
    const after = claimed(await world.worker(github, { id: '4' }).claim(run));
    expect([after.writer.epoch, after.left]).toEqual([3, true]);
    await after.writer.release();
  });

  it('takes a run whose claim somebody has deleted, under a later epoch than its record tells', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    await writer.append([ENDED]);
    await gaveBack({ journal, writer });
    await stranger(github).removes(`claims/${writer.run}.json`);
    const claim = claimed(await world.worker(github, { id: '2' }).claim(writer.run));
    expect(claim).toMatchObject({ writer: { epoch: 2 }, left: true });
    await claim.writer.release();
  });

  it('finds on its own disk what a worker that died there had not brought to the branch', async () => {
    const github = await start();
    const spool = world.spool();
    const { writer } = await world.worker(github, { spool, stuck: true }).create(FIRST, AT);
    await writer.append([STARTED, JOB]);
    const elsewhere = claimed(await world.worker(github, { id: '2', lives: dead }).claim(writer.run));
    expect(elsewhere.events).toHaveLength(1);
    await elsewhere.writer.release();
    const here = claimed(await world.worker(github, { id: '3', lives: dead, spool }).claim(writer.run));
    expect(here.events.map(({ type }) => type)).toEqual(['run_requested', 'run_started', 'job_started']);
    await here.writer.append([startedIn(3)]);
    await here.writer.release();
    expect(await seqs(world.worker(github), writer.run)).toEqual([1, 2, 3, 4]);
  });

  it('parts a long record into segments of 256 KiB at most', async () => {
    const github = await start();
    const { journal, writer } = await begun(github);
    const long: EventBody = { type: 'rollback_started', because: 'x'.repeat(100 * 1024) };
    await writer.append([long, long, long, long, long, ENDED]);
    await writer.release();
    expect(await seqs(journal, writer.run)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const { text } = stranger(github);
    for (const number of [2, 3, 4]) {
      expect((await text(`runs/${writer.run}/${String(number)}.jsonl`)).length).toBeLessThanOrEqual(256 * 1024);
    }
  });

  it('leaves what a living job has taken up to it, and tells of it once that has died', async () => {
    const github = await start();
    const first = world.worker(github);
    expect(await first.acceptOnce('comment 5', COMMENT)).toBe(true);
    expect(await first.acceptOnce('comment 6', COMMENT)).toBe(true);
    await first.settle('comment 6');
    await first.keepAnswer('comment 5', { body: 'Done.' });
    await first.keepAnswer('comment 5', { body: 'Again.' });
    await first.kept?.();
    const other = world.worker(github, { id: '2' });
    expect(await other.unsettled()).toEqual([]);
    const later = world.worker(github, { id: '3', lives: dead });
    expect(await later.unsettled()).toMatchObject([{ key: 'comment 5', where: COMMENT, answer: { body: 'Done.' } }]);
    await later.settle('comment 5');
    await later.kept?.();
    expect(await world.worker(github, { id: '4', lives: dead }).unsettled()).toEqual([]);
  });

  it('says which right is missing where the token may not write', async () => {
    const github = await start();
    const journal = world.worker(github, { login: 'rita' });
    await expect(journal.create(FIRST, AT)).rejects.toThrow('permissions: contents: write');
  });
});
