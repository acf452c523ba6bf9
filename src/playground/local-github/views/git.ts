import type { Commit, TreeEntry } from '../git-objects.ts';
import type { TreeNode } from '../git-store.ts';
import type { State } from '../state.ts';
import { fullName, repositoryUrl } from './repository.ts';
import { nodeId, simpleUser } from './users.ts';

/** Base64 as GitHub sends it: lines of sixty, each with its newline. */
export function base64(content: Buffer): string {
  return content.toString('base64').replace(/.{1,60}/g, '$&\n');
}

export function commitView(base: string, state: State, commit: Commit) {
  const repo = repositoryUrl(base, state);
  const html = `${base}/${fullName(state)}/commit`;
  const owner = simpleUser(base, state.organization);
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    commit: {
      author: commit.author,
      committer: commit.author,
      message: commit.message,
      tree: { sha: commit.tree, url: `${repo}/git/trees/${commit.tree}` },
      url: `${repo}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    },
    url: `${repo}/commits/${commit.sha}`,
    html_url: `${html}/${commit.sha}`,
    comments_url: `${repo}/commits/${commit.sha}/comments`,
    author: owner,
    committer: owner,
    parents: commit.parents.map((sha) => ({ sha, url: `${repo}/commits/${sha}`, html_url: `${html}/${sha}` })),
  };
}

/** How two commits stand to each other; `shown`: those of the later that the earlier lacks, as many as were asked for. */
export function comparisonView(
  base: string,
  state: State,
  found: {
    readonly earlier: Commit;
    readonly later: Commit;
    readonly shared: Commit;
    readonly shown: readonly Commit[];
    readonly ahead: number;
    readonly behind: number;
  },
) {
  const { earlier, later, shared, shown, ahead, behind } = found;
  const between = `compare/${earlier.sha}...${later.sha}`;
  const html = `${base}/${fullName(state)}/${between}`;
  const [isAhead, isBehind] = [ahead > 0, behind > 0];
  return {
    url: `${repositoryUrl(base, state)}/${between}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: commitView(base, state, earlier),
    merge_base_commit: commitView(base, state, shared),
    status: isAhead && isBehind ? 'diverged' : isAhead ? 'ahead' : isBehind ? 'behind' : 'identical',
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: shown.map((each) => commitView(base, state, each)),
    files: [],
  };
}

/** A commit as a git object, without what GitHub knows of it beside. */
export function gitCommitView(base: string, state: State, commit: Commit) {
  const repo = repositoryUrl(base, state);
  const html = `${base}/${fullName(state)}/commit`;
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    url: `${repo}/git/commits/${commit.sha}`,
    html_url: `${html}/${commit.sha}`,
    author: commit.author,
    committer: commit.author,
    tree: { sha: commit.tree, url: `${repo}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({ sha, url: `${repo}/git/commits/${sha}`, html_url: `${html}/${sha}` })),
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
  };
}

export function refView(base: string, state: State, branch: string, commit: Commit) {
  const repo = repositoryUrl(base, state);
  return {
    ref: `refs/heads/${branch}`,
    node_id: nodeId('REF', branch),
    url: `${repo}/git/refs/heads/${branch}`,
    object: { sha: commit.sha, type: 'commit', url: `${repo}/git/commits/${commit.sha}` },
  };
}

export function treeView(base: string, state: State, sha: string, nodes: readonly TreeNode[]) {
  const git = `${repositoryUrl(base, state)}/git`;
  return {
    sha,
    url: `${git}/trees/${sha}`,
    tree: nodes.map(({ path, entry }) => ({
      path,
      mode: entry.mode,
      type: entry.type,
      sha: entry.sha,
      ...(entry.type === 'blob' ? { size: state.git.blob(entry.sha)?.length ?? 0 } : {}),
      url: `${git}/${entry.type}s/${entry.sha}`,
    })),
    truncated: false,
  };
}

export function blobView(base: string, state: State, sha: string, content: Buffer) {
  return {
    sha,
    node_id: nodeId('B', sha),
    size: content.length,
    url: `${repositoryUrl(base, state)}/git/blobs/${sha}`,
    content: base64(content),
    encoding: 'base64',
  };
}

/** What a file or folder says of itself, in a listing and on its own page. */
export function contentView(base: string, state: State, path: string, entry: TreeEntry, ref: string) {
  const repo = repositoryUrl(base, state);
  const spelled = path.split('/').map(encodeURIComponent).join('/');
  const self = `${repo}/contents/${spelled}?ref=${encodeURIComponent(ref)}`;
  const git = `${repo}/git/${entry.type}s/${entry.sha}`;
  const html = `${base}/${fullName(state)}/${entry.type}/${encodeURIComponent(ref)}/${spelled}`;
  return {
    name: entry.name,
    path,
    sha: entry.sha,
    size: state.git.blob(entry.sha)?.length ?? 0,
    url: self,
    html_url: html,
    git_url: git,
    download_url: entry.type === 'blob' ? `${base}/${fullName(state)}/raw/${encodeURIComponent(ref)}/${spelled}` : null,
    type: entry.type === 'blob' ? 'file' : 'dir',
    _links: { self, git, html },
  };
}
