import { createHash } from 'node:crypto';

/** One line of a git tree. */
export type TreeEntry = {
  readonly mode: '100644' | '040000';
  readonly type: 'blob' | 'tree';
  readonly name: string;
  readonly sha: string;
};

/** A git commit; times are ISO 8601 in UTC, whole seconds. */
export type Commit = {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string; readonly date: string };
};

/** The name git gives an object: the SHA-1 of its type, length and bytes. */
export function objectSha(type: 'blob' | 'tree' | 'commit', content: Buffer): string {
  return createHash('sha1')
    .update(`${type} ${String(content.length)}\0`)
    .update(content)
    .digest('hex');
}

// Git sorts a folder as if its name ended in a slash.
const sortKey = (entry: TreeEntry): Buffer => Buffer.from(entry.type === 'tree' ? `${entry.name}/` : entry.name);

export function sortTree(entries: readonly TreeEntry[]): readonly TreeEntry[] {
  return [...entries].sort((a, b) => Buffer.compare(sortKey(a), sortKey(b)));
}

export function encodeTree(entries: readonly TreeEntry[]): Buffer {
  return Buffer.concat(
    // Git writes a folder's mode without the leading zero that its listings show.
    entries.flatMap((entry) => [
      Buffer.from(`${entry.mode.replace(/^0/, '')} ${entry.name}\0`),
      Buffer.from(entry.sha, 'hex'),
    ]),
  );
}

export function encodeCommit(commit: Omit<Commit, 'sha'>): Buffer {
  const { name, email, date } = commit.author;
  const who = `${name} <${email}> ${String(Math.floor(Date.parse(date) / 1000))} +0000`;
  const parents = commit.parents.map((parent) => `parent ${parent}\n`).join('');
  // Git ends a message with a newline, which the API does not show.
  return Buffer.from(`tree ${commit.tree}\n${parents}author ${who}\ncommitter ${who}\n\n${commit.message}\n`);
}
