import { createHash } from 'node:crypto';
import type { Client } from '../../src/github/api.ts';
import type { Process, Scheduler } from './scheduler.ts';

export const PLACE = { owner: 'acme', repo: 'ops' } as const;
export const APP = 1;
const COMMIT = 'c'.repeat(40);
const NET_MS = 5;
const TIME_OUT_MS = 30_000;

export interface Person {
  readonly id: number;
  readonly login: string;
  readonly right: string;
}

export interface SimComment {
  readonly id: number;
  readonly issue: number;
  readonly by: Person | 'app';
  readonly created: string;
  body: string;
  updated: string;
  deleted: boolean;
}

/** How GitHub treats calls at a moment. */
export type Mood =
  | 'well'
  /** It answers 502, and does nothing. */
  | 'down'
  /** It does what it is asked, and its answer is lost. */
  | 'mute'
  /** It asks for patience. */
  | 'limits';

type Parameters = Readonly<Record<string, unknown>>;

/** GitHub, as far as Changeover asks it: comments, rights, files. */
export class SimGitHub {
  readonly comments: SimComment[] = [];
  mood: Mood = 'well';
  #id = 1000;
  readonly #scheduler: Scheduler;
  readonly #files: ReadonlyMap<string, string>;
  readonly #people: readonly Person[];
  readonly #hear: (comment: SimComment) => void;

  /** @param hear is told of what people write */
  constructor(
    scheduler: Scheduler,
    of: {
      readonly files: ReadonlyMap<string, string>;
      readonly people: readonly Person[];
      readonly hear: (comment: SimComment) => void;
    },
  ) {
    this.#scheduler = scheduler;
    this.#files = of.files;
    this.#people = of.people;
    this.#hear = of.hear;
  }

  /** Somebody writes a comment. */
  write(by: Person, issue: number, body: string): SimComment {
    const comment = this.#add(by, issue, body);
    this.#hear(comment);
    return comment;
  }

  clientOf(of: Process): Client {
    return {
      request: (route, parameters = {}) =>
        new Promise((resolve, reject) => {
          const scheduler = this.#scheduler;
          const name = nameOf(route);
          const arrive = (): void => {
            const { mood } = this;
            const answered = this.#answer(mood, route, parameters);
            const lost = mood === 'mute' && !route.startsWith('GET');
            scheduler.after(lost ? TIME_OUT_MS : scheduler.latency(NET_MS), `${name} is answered`, of, () => {
              if (lost) reject(new Error('the request took too long'));
              else if ('status' in answered) reject(Object.assign(new Error(answered.message), answered));
              else resolve(answered);
            });
          };
          scheduler.after(scheduler.latency(NET_MS), `${name} arrives`, undefined, arrive, of);
        }),
    };
  }

  #answer(mood: Mood, route: string, parameters: Parameters): Answer {
    if (mood === 'down') return failed(502, 'Bad Gateway');
    if (mood === 'limits') {
      return {
        ...failed(403, 'You have exceeded a secondary rate limit'),
        response: { headers: { 'retry-after': '3' } },
      };
    }
    return this.#serve(route, parameters);
  }

  #serve(route: string, parameters: Parameters): Answer {
    const [method, path] = route.split(' ');
    const { comment_id: id, issue_number: issue, body, username } = parameters;
    const comment = this.comments.find((each) => each.id === id && !each.deleted);
    if (path?.endsWith('/permission') === true) {
      const person = this.#people.find(({ login }) => login === username);
      return person === undefined ? failed(404, 'Not Found') : this.#ok({ permission: person.right });
    }
    if (path?.endsWith('/reactions') === true) return comment === undefined ? failed(404, 'Not Found') : this.#ok({});
    if (path?.endsWith('/comments/{comment_id}') === true) {
      if (comment === undefined) return failed(404, 'Not Found');
      if (method === 'PATCH') {
        comment.body = String(body);
        comment.updated = this.#now();
      }
      return this.#ok(rawOf(comment));
    }
    if (path?.endsWith('/comments') === true) {
      return method === 'POST'
        ? this.#ok(rawOf(this.#add('app', Number(issue), String(body))))
        : this.#list(parameters);
    }
    if (path?.includes('/commits/HEAD') === true) return this.#ok(COMMIT);
    if (path?.includes('/contents/') === true) {
      const file = this.#files.get(path.slice(path.indexOf('/contents/') + 10));
      return file === undefined ? failed(404, 'Not Found') : this.#ok(file);
    }
    if (path?.includes('/git/trees/') === true) {
      const tree = [...this.#files.keys()].map((each) => ({ path: each, type: 'blob', sha: COMMIT }));
      return this.#ok({ truncated: false, tree });
    }
    throw new Error(`GitHub is asked for ${route}, which it does not know.`);
  }

  #list({ issue_number: issue, since, per_page: perPage, page, headers }: Parameters): Answer {
    const from = (Number(page) - 1) * Number(perPage);
    const found = this.comments
      .filter((each) => !each.deleted && (issue === undefined || each.issue === issue) && each.updated >= String(since))
      .slice(from, from + Number(perPage));
    const etag = createHash('md5')
      .update(found.map(({ id, updated }) => `${String(id)} ${updated}`).join())
      .digest('hex');
    const known = typeof headers === 'object' && headers !== null && 'if-none-match' in headers;
    if (known && headers['if-none-match'] === etag) return failed(304, 'Not Modified');
    return this.#ok(found.map(rawOf), { etag });
  }

  #add(by: Person | 'app', issue: number, body: string): SimComment {
    const at = this.#now();
    const comment = { id: (this.#id += 1), issue, by, body, created: at, updated: at, deleted: false };
    this.comments.push(comment);
    return comment;
  }

  /** Its clock is right, and shows whole seconds. */
  #now(): string {
    return new Date(this.#scheduler.now).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  #ok(data: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
    return { data, headers: { date: new Date(this.#scheduler.now).toUTCString(), ...headers } };
  }
}

type Failed = {
  readonly status: number;
  readonly message: string;
  readonly response: { readonly headers: Readonly<Record<string, string>> };
};
type Answer = Failed | { readonly data: unknown; readonly headers: Readonly<Record<string, string>> };

const failed = (status: number, message: string): Failed => ({ status, message, response: { headers: {} } });

/** A comment as GitHub's API and its webhooks tell of it. */
export const rawOf = ({ id, issue, by, created, updated, body }: SimComment): Record<string, unknown> => ({
  id,
  body,
  user: by === 'app' ? { id: 99, login: 'changeover[bot]', type: 'Bot' } : { id: by.id, login: by.login, type: 'User' },
  performed_via_github_app: by === 'app' ? { id: APP } : null,
  created_at: created,
  updated_at: updated,
  issue_url: `https://api.github.com/repos/acme/ops/issues/${String(issue)}`,
});

/** A call by its method and what it is about. */
function nameOf(route: string): string {
  const [method = '', path = ''] = route.split(' ');
  const parts = path.split('/').slice(4);
  if (path.includes('/contents/')) return 'GET file';
  if (path.endsWith('/permission')) return 'GET right';
  if (path.endsWith('/reactions')) return 'POST reaction';
  if (path.includes('/commits/')) return 'GET commit';
  return `${method} ${path.endsWith('/comments') ? 'comments' : path.includes('/comments/') ? 'comment' : parts.join('/')}`;
}
