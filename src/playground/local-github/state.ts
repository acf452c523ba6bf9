import { createGitStore, type Files, type GitStore } from './git-store.ts';
import type { Seed } from './seed.ts';
import type { Actor, Change, Comment, Issue, Reaction, NewApp, Role, User, Dispatch, WorkflowRun } from './types.ts';

/** Everything the local GitHub knows. Issues, comments and reactions are replaced whole, never changed in place. */
export type State = {
  readonly organization: User;
  readonly bot: User;
  readonly repository: { readonly id: number; readonly name: string; readonly description: string };
  readonly createdAt: string;
  /** By login in lower case: GitHub's logins ignore case. */
  readonly users: ReadonlyMap<string, User>;
  readonly roles: Map<number, Role>;
  readonly issues: Map<number, Issue>;
  readonly comments: Map<number, Comment>;
  readonly reactions: Map<number, Reaction>;
  readonly git: GitStore;
  /** By their ids. */
  readonly workflowRuns: Map<number, WorkflowRun>;
  readonly dispatches: Dispatch[];
  /** What the codes stand for that are given to people who register an App; each counts once. */
  readonly codes: Map<string, NewApp>;
  readonly nextId: () => number;
  /** ISO 8601 in UTC. GitHub's times are whole seconds, so an edit within a second of its comment shows none. */
  readonly now: () => string;
  readonly publish: (change: Change) => void;
  readonly onChange: (listener: (change: Change) => void) => () => void;
};

// Beyond 32 bits, as on GitHub: who squeezes an id into one finds out here.
const firstId = 5_000_000_001;

export function createState(seed: Seed, slug: string, clock: () => number): State {
  const now = (): string => new Date(clock()).toISOString().replace(/\.\d+Z$/, 'Z');
  const createdAt = now();
  const account = (id: number, login: string, type: User['type'], name?: string): User => ({
    id,
    login,
    name,
    type,
    createdAt,
  });
  const organization = account(9001, seed.organization, 'Organization');
  const bot = account(9002, `${slug}[bot]`, 'Bot');
  const people = seed.users.map((user, index) => account(1001 + index, user.login, 'User', user.name));
  const users = new Map([organization, bot, ...people].map((user) => [user.login.toLowerCase(), user]));
  const roles = new Map<number, Role>();
  for (const { login, role } of seed.users) {
    const user = users.get(login.toLowerCase());
    if (user !== undefined && role !== undefined) roles.set(user.id, role);
  }
  const listeners = new Set<(change: Change) => void>();
  let lastId = firstId - 1;
  const state: State = {
    organization,
    bot,
    repository: { id: 8001, name: seed.repository, description: seed.description },
    createdAt,
    users,
    roles,
    issues: new Map(),
    comments: new Map(),
    reactions: new Map(),
    git: createGitStore(),
    workflowRuns: new Map(),
    dispatches: [],
    codes: new Map(),
    nextId: () => ++lastId,
    now,
    publish: (change) => {
      for (const listener of listeners) listener(change);
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  commitFiles(state, seed.files, 'Start the repository');
  for (const { title, body, author } of seed.issues) {
    const user = users.get(author.toLowerCase());
    if (user === undefined) throw new Error(`The seed's issue "${title}" is by ${author}, who is not among its users.`);
    openIssue(state, { kind: 'user', user }, title, body);
  }
  return state;
}

/** Adds a commit with these files to the default branch and returns its SHA. */
export function commitFiles(state: State, files: Files, message: string): string {
  const login = state.organization.login;
  const author = { name: login, email: `${login}@users.noreply.github.com`, date: state.now() };
  const { sha } = state.git.commit(files, message, author);
  state.publish({ kind: 'commit', sha });
  return sha;
}

export function openIssue(state: State, by: Actor, title: string, body: string | null): Issue {
  const at = state.now();
  const issue: Issue = {
    id: state.nextId(),
    number: state.issues.size + 1,
    title,
    body,
    author: by.user,
    viaApp: by.kind !== 'user',
    createdAt: at,
    updatedAt: at,
  };
  state.issues.set(issue.number, issue);
  state.publish({ kind: 'issue', action: 'opened', issue, by });
  return issue;
}
