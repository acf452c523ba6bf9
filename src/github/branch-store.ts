import type { BranchState, BranchStore, Committed } from '../engine/ports.ts';
import { blobOf } from '../run/git-blob.ts';
import { type Client, ONCE, type Place } from './api.ts';
import { readBlob, readBlobTexts, readCommitSha, readCommitted, readMade, readTarball, readTree } from './boundary.ts';
import { failureOf, hasStatus } from './failure.ts';
import { askGraphql } from './graphql.ts';
import { blobsQuery, COMMIT_MUTATION } from './graphql-queries.ts';
import { createHead } from './branch-head.ts';
import { readArchive } from './tarball.ts';

/** The branch on which Actions keep their journal. */
export const BRANCH = 'changeover';

const README = `# The journal of Changeover

Changeover writes this branch: what it did, who asked for it and who decided. Nothing here is to be merged, and nothing to
be changed by hand. Each run is in \`runs/\`, one event a line, in segments that are made once and never changed.
`;

/** So many small files are asked for in one call: together they stay far below what GitHub answers in ten seconds. */
const AT_ONCE = 50;

const NO_RIGHT = 'the workflow needs `permissions: contents: write` to keep its journal on a branch';

/**
 * The branch as GitHub gives it. Nobody but Changeover writes it, so it has no history but its own.
 * @param reads asks, and again where GitHub is in trouble: as for what a client is asked with GET
 */
export function createBranchStore(
  client: Client,
  place: Place,
  { reads = (ask) => ask() }: { readonly reads?: <T>(ask: () => Promise<T>) => Promise<T> } = {},
): BranchStore {
  const name = `the branch ${BRANCH} of ${place.owner}/${place.repo}`;
  const gone = `${name} was there and has been deleted: restore it, at the commit that it had`;
  const head = createHead(client, place, BRANCH);
  /** A blob never changes. */
  const texts = new Map<string, string>();
  /** As it was read or written last. */
  let last: BranchState | undefined;

  async function read(): Promise<BranchState> {
    last ??= await readWhole().catch(() => undefined);
    const before = last;
    const commit = await head.now(before?.commit);
    if (commit === undefined && before?.commit !== undefined) throw new Error(gone);
    if (before !== undefined && commit === before.commit) return last ?? before;
    const state = { commit, files: await filesAt(commit) };
    // What this process has committed meanwhile is newer.
    if (last !== before && last !== undefined) return last;
    last = state;
    return state;
  }

  /**
   * All that the branch holds, in one call however long its history is. A job is a new process that knows nothing, and asks
   * of each run that there is how it stands. Where GitHub does not give it, what is wanted is asked for.
   */
  async function readWhole(): Promise<BranchState> {
    const route = 'GET /repos/{owner}/{repo}/tarball/{ref}';
    const { data } = await client.request(route, { ...place, ...ONCE, ref: BRANCH });
    const { commit, files } = await readArchive(readTarball(data));
    const blobs = new Map<string, string>();
    for (const [path, bytes] of files) {
      const blob = blobOf(bytes);
      blobs.set(path, blob);
      texts.set(blob, Buffer.from(bytes).toString('utf8'));
    }
    return { commit, files: blobs };
  }

  async function filesAt(commit: string | undefined): Promise<ReadonlyMap<string, string>> {
    if (commit === undefined) return new Map();
    const route = 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}';
    const asked = { ...place, ...ONCE, tree_sha: commit, recursive: '1' };
    const { tree, truncated } = readTree((await client.request(route, asked)).data);
    if (truncated) throw new Error(`${name} holds more files than GitHub lists. Move old runs away from it.`);
    return new Map(tree.filter(({ type }) => type === 'blob').map(({ path, sha }) => [path, sha]));
  }

  async function fetchTexts(blobs: readonly string[]): Promise<void> {
    const variables = { owner: place.owner, name: place.repo };
    const found = readBlobTexts(await reads(() => askGraphql(client, blobsQuery(blobs), variables)));
    for (const blob of blobs) {
      const text = found.get(`b${blob}`);
      // What is no text, or too long to be shown so, is to be had by itself.
      texts.set(blob, text !== undefined && blobOf(text) === blob ? text : await fetchText(blob));
    }
  }

  async function fetchText(blob: string): Promise<string> {
    const route = 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}';
    return readBlob((await client.request(route, { ...place, ...ONCE, file_sha: blob })).data);
  }

  async function commitOn(parent: string, files: ReadonlyMap<string, string>): Promise<string> {
    const additions = [...files].map(([path, text]) => ({ path, contents: Buffer.from(text).toString('base64') }));
    const input = {
      branch: { repositoryNameWithOwner: `${place.owner}/${place.repo}`, branchName: BRANCH },
      message: { headline: headlineOf([...files.keys()]) },
      expectedHeadOid: parent,
      fileChanges: { additions },
    };
    return readCommitted(await askGraphql(client, COMMIT_MUTATION, { input }));
  }

  /** GitHub commits by GraphQL only where there is a branch, and cannot begin one without a parent so. */
  async function begin(files: ReadonlyMap<string, string>): Promise<string> {
    const post = async (what: string, body: Readonly<Record<string, unknown>>): Promise<unknown> =>
      (await client.request(`POST /repos/{owner}/{repo}/git/${what}`, { ...place, ...ONCE, ...body })).data;
    const tree = [...files].map(([path, content]) => ({ path, mode: '100644', type: 'blob', content }));
    const made = readMade(await post('trees', { tree }));
    const commit = readMade(await post('commits', { message: 'Begin the journal', tree: made, parents: [] }));
    await post('refs', { ref: `refs/heads/${BRANCH}`, sha: readCommitSha(commit) });
    return commit;
  }

  async function commit(given: ReadonlyMap<string, string>, on: BranchState): Promise<Committed> {
    const files = on.commit === undefined ? new Map([['README.md', README], ...given]) : given;
    try {
      const made = on.commit === undefined ? await begin(files) : await commitOn(on.commit, files);
      const blobs = new Map(on.files);
      for (const [path, text] of files) blobs.set(path, blobOf(text));
      last = { commit: made, files: blobs };
      if (on.commit !== undefined) head.moved(on.commit);
      return { kind: 'made', state: last };
    } catch (error) {
      return judged(error, on);
    }
  }

  function judged(error: unknown, on: BranchState): Committed {
    const { why, ...failure } = failureOf(error, Date.now());
    // Another has begun it just now.
    if (hasStatus(error, 409) || (on.commit === undefined && hasStatus(error, 422))) {
      head.mayBeAnother();
      return { kind: 'stale', why };
    }
    const isRight = hasStatus(error, 403) || (on.commit === undefined && hasStatus(error, 404));
    const waitMs = 'waitMs' in failure ? failure.waitMs : undefined;
    return {
      ...{ kind: 'away', why: isRight ? `${why}; ${NO_RIGHT}` : why },
      ...(waitMs === undefined ? {} : { waitMs }),
    };
  }

  return {
    name,
    read,
    texts: async (blobs) => {
      const missing = [...new Set(blobs.filter((blob) => !texts.has(blob)))];
      for (let from = 0; from < missing.length; from += AT_ONCE) await fetchTexts(missing.slice(from, from + AT_ONCE));
      return blobs.map((blob) => texts.get(blob) ?? '');
    },
    commit,
  };
}

/** Of what is written together people look for the run. */
function headlineOf(paths: readonly string[]): string {
  const named = paths.find((path) => path.startsWith('runs/')) ?? paths[0] ?? '';
  return paths.length === 1 ? named : `${named} and ${String(paths.length - 1)} more`;
}
