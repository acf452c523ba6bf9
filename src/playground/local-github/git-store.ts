import { encodeCommit, encodeTree, objectSha, sortTree, type Commit, type TreeEntry } from './git-objects.ts';

/** Files of a commit by path; `null` removes one. */
export type Files = Readonly<Record<string, string | Buffer | null>>;

export type TreeNode = { readonly path: string; readonly entry: TreeEntry };

/** The repository's git objects, all in memory, under the names git itself would give them. */
export type GitStore = {
  /** Changes these files of a branch. */
  readonly commit: (files: Files, message: string, author: Commit['author'], branch?: string) => Commit;
  /** Each of these keeps an object and gives it back under its name; there is no harm in keeping one twice. */
  readonly writeBlob: (content: Buffer) => string;
  /** @param files blobs by path */
  readonly writeTree: (files: ReadonlyMap<string, string>) => string;
  readonly writeCommit: (draft: Omit<Commit, 'sha'>) => Commit;
  /** Makes a branch, or lets it name another commit. */
  readonly setBranch: (name: string, sha: string) => void;
  readonly removeBranch: (name: string) => void;
  readonly defaultBranch: () => string;
  /** From now on nothing goes by the old name. */
  readonly renameDefaultBranch: (name: string) => void;
  /** Whether a commit is another, or one of those before it. */
  readonly isIn: (sha: string, later: string) => boolean;
  /** The commit a ref names: a branch, `heads/…`, `refs/heads/…`, `HEAD`, a SHA or at least seven digits of one. */
  readonly resolve: (ref: string) => Commit | undefined;
  readonly branch: (name: string) => Commit | undefined;
  readonly blob: (sha: string) => Buffer | undefined;
  readonly tree: (sha: string) => readonly TreeEntry[] | undefined;
  /** What stands at a path of a commit; the empty path is the root folder. */
  readonly at: (commit: Commit, path: string) => TreeEntry | undefined;
  readonly walk: (treeSha: string) => readonly TreeNode[];
};

export function createGitStore(): GitStore {
  const blobs = new Map<string, Buffer>();
  const trees = new Map<string, readonly TreeEntry[]>();
  const commits = new Map<string, Commit>();
  const branches = new Map<string, string>();
  let defaultBranch = 'main';

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

  const writeBlob = (bytes: Buffer): string => {
    const sha = objectSha('blob', bytes);
    blobs.set(sha, bytes);
    return sha;
  };

  const writeCommit = (draft: Omit<Commit, 'sha'>): Commit => {
    const made = { ...draft, sha: objectSha('commit', encodeCommit(draft)) };
    commits.set(made.sha, made);
    return made;
  };

  const commit: GitStore['commit'] = (files, message, author, name = defaultBranch) => {
    const parent = branch(name);
    const blobShas = new Map<string, string>();
    for (const { path, entry } of parent === undefined ? [] : walk(parent.tree)) {
      if (entry.type === 'blob') blobShas.set(path, entry.sha);
    }
    for (const [path, content] of Object.entries(files)) {
      if (content === null) blobShas.delete(path);
      else blobShas.set(path, writeBlob(Buffer.from(content)));
    }
    const parents = parent === undefined ? [] : [parent.sha];
    const made = writeCommit({ tree: writeTree(blobShas), parents, message, author });
    branches.set(name, made.sha);
    return made;
  };

  const isIn = (sha: string, later: string): boolean => {
    const seen = new Set<string>();
    const open = [later];
    for (let each = open.pop(); each !== undefined; each = open.pop()) {
      if (each === sha) return true;
      if (seen.has(each)) continue;
      seen.add(each);
      open.push(...(commits.get(each)?.parents ?? []));
    }
    return false;
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

  return {
    commit,
    writeBlob,
    writeTree,
    writeCommit,
    setBranch: (name, sha) => branches.set(name, sha),
    removeBranch: (name) => branches.delete(name),
    defaultBranch: () => defaultBranch,
    renameDefaultBranch: (name) => {
      const sha = branches.get(defaultBranch);
      if (sha === undefined || branches.has(name)) throw new Error(`${defaultBranch} cannot be renamed to ${name}.`);
      branches.delete(defaultBranch);
      branches.set(name, sha);
      defaultBranch = name;
    },
    isIn,
    resolve,
    branch,
    at,
    walk,
    blob: (sha) => blobs.get(sha),
    tree: (sha) => trees.get(sha),
  };
}
