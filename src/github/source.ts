import type { Source } from '../engine/ports.ts';
import type { GitHubApi, TreeEntry } from './api.ts';
import { patiently, type Patience } from './patience.ts';

/** What is read at a commit never changes, so it is kept; so many answers at most, the longest unused go first. */
const KEPT = 300;

/**
 * The repository's files as GitHub has them, at commits of its default branch.
 * @param patience how long to wait for a GitHub in trouble
 */
export function createGitHubSource(
  api: Pick<GitHubApi, 'head' | 'file' | 'tree' | 'isIn'>,
  patience: Patience,
): Source {
  const files = createMemory<string | undefined>();
  const folders = createMemory<readonly string[]>();

  return {
    head: () => patiently(() => api.head(), patience),
    // What has left it may come back, so that is not kept.
    isOnDefaultBranch: (commit) => patiently(async () => api.isIn(commit, await api.head()), patience),
    read: (commit, path) =>
      files(`${named(commit)}:${path}`, () => patiently(() => api.file(named(commit), path), patience)),
    list: (commit, folder) =>
      folders(`${named(commit)}:${folder}`, () => patiently(() => list(api, named(commit), folder), patience)),
  };
}

async function list(api: Pick<GitHubApi, 'tree'>, commit: string, folder: string): Promise<readonly string[]> {
  const whole = await api.tree(commit, true);
  if (!whole.truncated) return pathsOf(whole.tree).filter((path) => path.startsWith(`${folder}/`));
  // A repository too large for one answer: down to the folder, and from there as a whole.
  let sha = commit;
  for (const part of folder.split('/')) {
    const entry = (await api.tree(sha, false)).tree.find(({ path, type }) => path === part && type === 'tree');
    if (entry === undefined) return [];
    sha = entry.sha;
  }
  const { truncated, tree } = await api.tree(sha, true);
  if (truncated)
    throw new Error(`The folder ${folder} holds more files than GitHub lists. Keep only procedures there.`);
  return pathsOf(tree).map((path) => `${folder}/${path}`);
}

const pathsOf = (tree: readonly TreeEntry[]): readonly string[] =>
  tree.filter(({ type }) => type === 'blob').map(({ path }) => path);

function named(commit: string | null): string {
  if (commit === null) throw new Error('On GitHub files are read at a commit, and none was named.');
  return commit;
}

/** Remembers answers, also those still on their way; what failed is asked again. */
function createMemory<T>(): (key: string, ask: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, Promise<T>>();
  return (key, ask) => {
    const answer = kept.get(key) ?? ask();
    kept.delete(key);
    kept.set(key, answer);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    answer.catch(() => {
      if (kept.get(key) === answer) kept.delete(key);
    });
    return answer;
  };
}
