import type { BranchStore, Put } from '../engine/ports.ts';
import { type Client, createKept, ONCE, type Place } from './api.ts';
import { blobOf } from '../run/git-blob.ts';
import { readBlob, readCommitSha, readMade, readTarball, readTree } from './boundary.ts';
import { failureOf, hasStatus } from './failure.ts';
import { textsIn } from './tarball.ts';

/** The branch on which Actions keep their journal. */
export const BRANCH = 'changeover';

const README = `# The journal of Changeover

Changeover writes this branch: what it did, who asked for it and who decided. Nothing here is to be merged, and nothing to
be changed by hand. Each run is in \`runs/\`, one event a line, in segments that are made once and never changed.
`;

/** So many small files are asked for at once. */
const AT_ONCE = 8;
/** A process that wants more of them takes the whole branch, which is one call, and does not count by its size. */
const FEW = 12;

/** The branch as GitHub's REST API gives it. Nobody but Changeover writes it, so it has no history but its own. */
export function createBranchStore(client: Client, place: Place, now: () => number = Date.now): BranchStore {
  const name = `the branch ${BRANCH} of ${place.owner}/${place.repo}`;
  const kept = createKept(client);
  /** A blob never changes. */
  const texts = new Map<string, string>();
  let fetched = 0;
  let whole: Promise<void> | undefined;
  /** Once it was there, that it is missing is no beginning. */
  let wasThere = false;

  async function list(): Promise<ReadonlyMap<string, string>> {
    const asked = { ...place, ...ONCE, tree_sha: BRANCH, recursive: '1' };
    try {
      const { tree, truncated } = readTree(await kept('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', asked));
      wasThere = true;
      if (truncated) throw new Error(`${name} holds more files than GitHub lists. Move old runs away from it.`);
      return new Map(tree.filter(({ type }) => type === 'blob').map(({ path, sha }) => [path, sha]));
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      if (wasThere) throw new Error(goneText(name), { cause: error });
      return new Map();
    }
  }

  async function text(blob: string): Promise<string> {
    const known = texts.get(blob);
    if (known !== undefined) return known;
    const route = 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}';
    const found = readBlob((await client.request(route, { ...place, ...ONCE, file_sha: blob })).data);
    texts.set(blob, found);
    return found;
  }

  /** All that the branch holds. Where GitHub does not give it, each blob is asked for. */
  async function fetchAll(): Promise<void> {
    try {
      const route = 'GET /repos/{owner}/{repo}/tarball/{ref}';
      const { data } = await client.request(route, { ...place, ...ONCE, ref: BRANCH });
      for (const each of await textsIn(readTarball(data))) texts.set(blobOf(each), each);
    } catch {
      // It is only cheaper.
    }
  }

  async function fetchMissing(blobs: readonly string[]): Promise<void> {
    const missing = (): readonly string[] => [...new Set(blobs.filter((blob) => !texts.has(blob)))];
    fetched += missing().length;
    if (fetched > FEW) await (whole ??= fetchAll());
    const rest = missing();
    for (let from = 0; from < rest.length; from += AT_ONCE) {
      await Promise.all(rest.slice(from, from + AT_ONCE).map(text));
    }
  }

  async function write(path: string, content: string, before: string | undefined): Promise<void> {
    await client.request(`PUT /repos/{owner}/{repo}/contents/${path.split('/').map(encodeURIComponent).join('/')}`, {
      ...{ ...place, ...ONCE, branch: BRANCH, message: path },
      content: Buffer.from(content).toString('base64'),
      ...(before === undefined ? {} : { sha: before }),
    });
  }

  /** GitHub's contents API writes on a branch only where there is one. */
  async function begin(): Promise<void> {
    const post = async (what: string, body: Readonly<Record<string, unknown>>): Promise<string> =>
      readMade((await client.request(`POST /repos/{owner}/{repo}/git/${what}`, { ...place, ...ONCE, ...body })).data);
    const file = { path: 'README.md', mode: '100644', type: 'blob', content: README };
    const tree = await post('trees', { tree: [file] });
    const commit = await post('commits', { message: 'Begin the journal', tree, parents: [] });
    try {
      await client.request('POST /repos/{owner}/{repo}/git/refs', {
        ...{ ...place, ...ONCE, ref: `refs/heads/${BRANCH}`, sha: readCommitSha(commit) },
      });
    } catch (error) {
      // Another has begun it just now.
      if (!hasStatus(error, 422)) throw error;
    }
  }

  async function attempt(work: () => Promise<void>): Promise<Put | 'missing'> {
    try {
      await work();
      return { kind: 'put' };
    } catch (error) {
      if (hasStatus(error, 404)) return 'missing';
      if (hasStatus(error, 409, 422)) return { kind: 'refused' };
      const failure = failureOf(error, now());
      const waitMs = 'waitMs' in failure ? failure.waitMs : undefined;
      return { kind: 'away', why: failure.why, ...(waitMs === undefined ? {} : { waitMs }) };
    }
  }

  async function put(path: string, content: string, before: string | undefined): Promise<Put> {
    const done = await attempt(() => write(path, content, before));
    if (done !== 'missing') return done;
    if (wasThere) return { kind: 'away', why: goneText(name) };
    const begun = await attempt(begin);
    if (begun === 'missing') return { kind: 'away', why: NO_RIGHT };
    if (begun.kind === 'away') return { ...begun, why: `${begun.why}; ${NO_RIGHT}` };
    wasThere = true;
    const again = await attempt(() => write(path, content, before));
    return again === 'missing' ? { kind: 'away', why: NO_RIGHT } : again;
  }

  return {
    name,
    list,
    texts: async (blobs) => {
      await fetchMissing(blobs);
      return Promise.all(blobs.map(text));
    },
    put,
  };
}

const goneText = (name: string): string =>
  `${name} was there and has been deleted: restore it, at the commit that it had`;

const NO_RIGHT = 'the workflow needs `permissions: contents: write` to keep its journal on a branch';
