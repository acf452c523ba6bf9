/** What a repository role may be; GitHub's `role_name`. */
export type Role = 'admin' | 'maintain' | 'write' | 'triage' | 'read';

export type User = {
  readonly id: number;
  readonly login: string;
  readonly name: string | undefined;
  readonly type: 'User' | 'Bot' | 'Organization';
  readonly createdAt: string;
};

/** Who asks. `installation` is the app acting in the repository, `app` its JWT, good for the app's own routes only. */
export type Actor =
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'installation'; readonly user: User }
  | { readonly kind: 'app'; readonly user: User };

export type Issue = {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly author: User;
  readonly viaApp: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type Comment = {
  readonly id: number;
  readonly issue: number;
  readonly body: string;
  readonly author: User;
  readonly viaApp: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export const reactionContents = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'] as const;
export type ReactionContent = (typeof reactionContents)[number];

/** A reaction belongs to an issue (by number) or to a comment (by id). */
export type Subject = { readonly kind: 'issue' | 'comment'; readonly id: number };

export type Reaction = {
  readonly id: number;
  readonly subject: Subject;
  readonly content: ReactionContent;
  readonly user: User;
  readonly createdAt: string;
};

/** What just happened in the local GitHub, as it stands after the change (`previousBody`: before it). */
export type Change =
  | { readonly kind: 'issue'; readonly action: 'opened'; readonly issue: Issue; readonly by: Actor }
  | {
      readonly kind: 'comment';
      readonly action: 'created' | 'edited' | 'deleted';
      readonly issue: Issue;
      readonly comment: Comment;
      readonly previousBody: string;
      readonly by: Actor;
    }
  | {
      readonly kind: 'reaction';
      readonly action: 'created' | 'deleted';
      readonly reaction: Reaction;
      readonly by: Actor;
    }
  | { readonly kind: 'commit'; readonly sha: string };

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A run of a workflow. None really runs: a test says how it stands. */
export type WorkflowRun = {
  readonly id: number;
  readonly attempt: number;
  readonly status: 'queued' | 'in_progress' | 'completed';
  /** `issue_comment` unless given. */
  readonly event?: string;
  /** Login of who started it. */
  readonly actor?: string;
};

/** A workflow that was to be started by hand. */
export type Dispatch = {
  /** Its file's name or its id. */
  readonly workflow: string;
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
};

/** An App that somebody has registered, and what GitHub shows of it once. */
export type NewApp = { readonly name: string; readonly key: string; readonly webhookSecret: string };
