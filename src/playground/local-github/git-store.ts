import { encodeCommit, encodeTree, objectSha, sortTree, type Commit, type TreeEntry } from './git-objects.ts';

/** Files of a commit by path; `null` removes one. */
export type Files = Readonly<Record<string, string | Buffer | null>>;

export type TreeNode = { readonly path: string; readonly entry: TreeEntry };

/** The repository's git objects, all in memory, under the names git itself would give them. */
export type GitStore = {
  readonly commit: (files: Files, message: string, author: Commit['author']) => Commit;
  /** The commit a ref names: a branch, `heads/…`, `refs/heads/…`, `HEAD`, a SHA or at least seven digits of one. */
  readonly resolve: (ref: string) => Commit | undefined;
  readonly branch: (name: string) => Commit | undefined;
  readonly blob: (sha: string) => Buffer | undefined;
  readonly tree: (sha: string) => readonly TreeEntry[] | undefined;
  /** What stands at a path of a commit; the empty path is the root folder. */
  readonly at: (commit: Commit, path: string) => TreeEntry | undefined;
  readonly walk: (treeSha: string) => readonly TreeNode[];
};

export const defaultBranch = 'main';

export function createGitStore(): GitStore {
  const blobs = new Map<string, Buffer>();
  const trees = new Map<string, readonly TreeEntry[]>();
  const commits = new Map<string, Commit>();
  const branches = new Map<string, string>();

  const writeTree = (files: ReadonlyMap<string, string>): string => {
    const entries: TreeEntry[] = [];
    const folders = new Map<string, Map<string, string>>();
    for (const [path, sha] of files) {
      const slash = path.indexOf('/');
      if (slash < 0) {
        entries.push({ mode: '100644', type: 'blob', name: path, sha });
      } else {
        const folder = folders.get(path.slice(0, slash)) ?? new Map<string, string>();
        folders.set(path.slice(0, slash), folder.set(path.slice(slash + 1), sha));
      }
    }
    for (const [name, inside] of folders) {
      entries.push({ mode: '040000', type: 'tree', name, sha: writeTree(inside) });
    }
    const sorted = sortTree(entries);
    const sha = objectSha('tree', encodeTree(sorted));
    trees.set(sha, sorted);
    return sha;
  };

  const walk = (treeSha: string, prefix = ''): readonly TreeNode[] =>
    (trees.get(treeSha) ?? []).flatMap((entry) => {
      const path = `${prefix}${entry.name}`;
      return [{ path, entry }, ...(entry.type === 'tree' ? walk(entry.sha, `${path}/`) : [])];
    });

  const branch = (name: string): Commit | undefined => commits.get(branches.get(name) ?? '');

  const commit: GitStore['commit'] = (files, message, author) => {
    const parent = branch(defaultBranch);
    const blobShas = new Map<string, string>();
    for (const { path, entry } of parent === undefined ? [] : walk(parent.tree)) {
      if (entry.type === 'blob') blobShas.set(path, entry.sha);
    }
    for (const [path, content] of Object.entries(files)) {
      if (content === null) {
        blobShas.delete(path);
        continue;
      }
      const bytes = Buffer.from(content);
      const sha = objectSha('blob', bytes);
      blobs.set(sha, bytes);
      blobShas.set(path, sha);
    }
    const draft = { tree: writeTree(blobShas), parents: parent === undefined ? [] : [parent.sha], message, author };
    const made = { ...draft, sha: objectSha('commit', encodeCommit(draft)) };
    commits.set(made.sha, made);
    branches.set(defaultBranch, made.sha);
    return made;
  };

  const resolve = (ref: string): Commit | undefined => {
    if (ref === 'HEAD') return branch(defaultBranch);
    const named = branch(ref.replace(/^(refs\/)?heads\//, ''));
    if (named !== undefined || !/^[0-9a-f]{7,40}$/.test(ref)) return named;
    const found = [...commits.values()].filter((each) => each.sha.startsWith(ref));
    return found.length === 1 ? found[0] : undefined;
  };

  const at = (from: Commit, path: string): TreeEntry | undefined => {
    let entry: TreeEntry | undefined = { mode: '040000', type: 'tree', name: '', sha: from.tree };
    for (const name of path.split('/').filter((part) => part !== '')) {
      entry = entry?.type === 'tree' ? trees.get(entry.sha)?.find((each) => each.name === name) : undefined;
    }
    return entry;
  };

  return { commit, resolve, branch, at, walk, blob: (sha) => blobs.get(sha), tree: (sha) => trees.get(sha) };
}
