/** What the page uses of the answers it gets, checked where they come in. */

export type IssueSummary = {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly createdAt: string;
  readonly comments: number;
};

export type CommentText = {
  readonly id: number;
  readonly body: string;
  readonly author: string;
  readonly isBot: boolean;
  /** ISO 8601, whole seconds. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Content, such as `eyes`, and how many gave it; only those that somebody gave. */
  readonly reactions: readonly { readonly content: string; readonly count: number }[];
};

export type Fault = {
  readonly name: string;
  readonly description: string;
  readonly on: boolean;
  /** What it is wrong with: a stand-in host, or GitHub as Changeover sees it. */
  readonly of: 'host' | 'github';
};

export type PlaygroundState = {
  readonly repository: { readonly owner: string; readonly name: string };
  readonly logins: readonly { readonly login: string; readonly name: string; readonly role: string }[];
  readonly folder: string;
  readonly hosts: readonly { readonly name: string; readonly folder: string; readonly user: string }[];
};

/** Something is no longer as it was; without `issue` it may be any thread. */
export type Notice =
  | { readonly kind: 'thread'; readonly issue: number | undefined }
  | { readonly kind: 'issues' }
  | { readonly kind: 'faults' };

type Fields = Readonly<Record<string, unknown>>;

export const readIssue = (data: unknown): IssueSummary => {
  const issue = fields(data);
  return {
    number: number(issue['number']),
    title: text(issue['title']),
    body: typeof issue['body'] === 'string' ? issue['body'] : '',
    author: text(fields(issue['user'])['login']),
    createdAt: text(issue['created_at']),
    comments: number(issue['comments']),
  };
};

export const readComment = (data: unknown): CommentText => {
  const comment = fields(data);
  const user = fields(comment['user']);
  return {
    id: number(comment['id']),
    body: text(comment['body']),
    author: text(user['login']),
    isBot: user['type'] === 'Bot',
    createdAt: text(comment['created_at']),
    updatedAt: text(comment['updated_at']),
    reactions: Object.entries(fields(comment['reactions'])).flatMap(([content, count]) =>
      content !== 'total_count' && typeof count === 'number' && count > 0 ? [{ content, count }] : [],
    ),
  };
};

export const readFault = (data: unknown): Fault => {
  const { name, description, on, of } = fields(data);
  return {
    name: text(name),
    description: text(description),
    on: on === true,
    of: of === 'github' ? 'github' : 'host',
  };
};

export const readState = (data: unknown): PlaygroundState => {
  const { repository, logins, folder, hosts } = fields(data);
  const { owner, name } = fields(repository);
  return {
    repository: { owner: text(owner), name: text(name) },
    logins: list(logins, (each) => {
      const user = fields(each);
      return { login: text(user['login']), name: text(user['name']), role: text(user['role']) };
    }),
    folder: text(folder),
    hosts: list(hosts, (each) => {
      const host = fields(each);
      return { name: text(host['name']), folder: text(host['folder']), user: text(host['user']) };
    }),
  };
};

export const readNotice = (data: unknown): Notice => {
  const notice = fields(data);
  const kind = text(notice['kind']);
  if (kind === 'thread') return { kind, issue: typeof notice['issue'] === 'number' ? notice['issue'] : undefined };
  return kind === 'issues' ? { kind } : { kind: 'faults' };
};

/** GitHub's words of refusal with what is wrong in particular, where the answer holds any. */
export const readMessage = (data: unknown): string | undefined => {
  if (!isFields(data) || typeof data['message'] !== 'string') return undefined;
  const errors: readonly unknown[] = Array.isArray(data['errors']) ? data['errors'] : [];
  const reasons = errors.flatMap((error) => {
    if (!isFields(error)) return [];
    const { message, field, code } = error;
    const words = [message ?? field, message === undefined ? code : undefined];
    return [words.filter((word) => typeof word === 'string').join(' ')];
  });
  return [data['message'], ...reasons].join(': ');
};

export const list = <T>(data: unknown, read: (each: unknown) => T): readonly T[] => {
  if (!Array.isArray(data)) throw unexpected('a list', data);
  return data.map((each: unknown) => read(each));
};

function fields(data: unknown): Fields {
  if (!isFields(data)) throw unexpected('an object', data);
  return data;
}

function isFields(data: unknown): data is Fields {
  return typeof data === 'object' && data !== null;
}

function text(data: unknown): string {
  if (typeof data !== 'string') throw unexpected('text', data);
  return data;
}

function number(data: unknown): number {
  if (typeof data !== 'number') throw unexpected('a number', data);
  return data;
}

const unexpected = (wanted: string, found: unknown): Error =>
  new Error(`The playground answered ${JSON.stringify(found)} where ${wanted} should be. Reload the page.`);
