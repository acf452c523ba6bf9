import { expect } from '@jest/globals';
import type { LocalGitHub } from '../../../src/playground/local-github/server.ts';
import { speaker } from '../../support/local-github.ts';
import { expectWellFormed } from '../../thread/well-formed.ts';

/** A comment as it stands, or stood, in an issue. */
export interface Word {
  readonly id: number;
  readonly issue: number;
  readonly login: string;
  readonly body: string;
}

/** The issues' comments, by what people see of them. */
export interface Words {
  /** Writes a comment and returns its id. */
  write(login: string, body: string, issue?: number): Promise<number>;
  edit(login: string, id: number, body: string): Promise<void>;
  remove(login: string, id: number): Promise<void>;
  openIssue(title: string): Promise<number>;
  /** An issue's comments as they stand, oldest first. */
  all(issue?: number): readonly Word[];
  /** What the bot has said after a comment, as it stands. */
  after(id: number): readonly string[];
  /** What the bot has said after a comment, as one text, as soon as it holds all that is waited for. */
  answerTo(id: number, ...wanted: readonly RegExp[]): Promise<string>;
  /** Writes a comment and waits for the answer. */
  ask(login: string, body: string, wanted?: RegExp, issue?: number): Promise<string>;
  /** Writes a comment and waits for the one reply to it, without its marker. */
  reply(login: string, body: string, issue?: number): Promise<string>;
  eyesOn(id: number): Promise<number>;
  /** Each text that a comment has had, in the order in which they came. */
  history(id: number): readonly string[];
  /** Every text of the bot's, earlier ones of edited comments too, is one that GitHub takes and nobody is called by. */
  expectWellFormed(): void;
}

const BOT = 'changeover[bot]';
/** Nothing that the tests do takes as long. */
const PATIENCE_MS = 90_000;
/** An issue that is named on purpose. */
const NAMED = /belongs to #\d+/g;
const REPLY = /^<!-- changeover:reply=\d+ -->\n/;
/** Also one of several, as reminders are. */
const ANY_REPLY = /^<!-- changeover:reply=\d+(?: about=[a-z0-9-]+)? -->\n/;

export function wordsOf(github: LocalGitHub): Words {
  const words = new Map<number, Word>();
  const told: Word[] = [];
  const listeners = new Set<() => void>();
  github.onChange((change) => {
    if (change.kind !== 'comment') return;
    const { id, body, author } = change.comment;
    const word = { id, issue: change.issue.number, login: author.login, body };
    if (change.action === 'deleted') words.delete(id);
    else words.set(id, word);
    told.push(word);
    for (const listener of listeners) listener();
  });

  async function made(login: string, method: string, path: string, body: unknown): Promise<unknown> {
    const answer = await speaker(github, login)(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${String(answer.status)}`);
    return answer.body;
  }

  const all = (issue = 1): readonly Word[] => [...words.values()].filter((word) => word.issue === issue);

  const after = (id: number): readonly string[] =>
    all(words.get(id)?.issue)
      .filter((word) => word.id > id && word.login === BOT)
      .map(({ body }) => body);

  function answerTo(id: number, ...wanted: readonly RegExp[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        listeners.delete(look);
        clearTimeout(patience);
      };
      const look = (): void => {
        const said = after(id).join('\n\n');
        if (!wanted.every((each) => each.test(said))) return;
        end();
        resolve(said);
      };
      const patience = setTimeout(() => {
        end();
        const said = after(id).join('\n\n');
        const missing = wanted.filter((each) => !each.test(said)).join(' ');
        reject(new Error(`The bot has not said ${missing}, but:\n${said}`));
      }, PATIENCE_MS);
      listeners.add(look);
      look();
    });
  }

  const write = async (login: string, body: string, issue = 1): Promise<number> =>
    idOf(await made(login, 'POST', `/repos/acme/ops/issues/${String(issue)}/comments`, { body }));

  return {
    write,
    edit: async (login, id, body) => {
      await made(login, 'PATCH', `/repos/acme/ops/issues/comments/${String(id)}`, { body });
    },
    remove: async (login, id) => {
      await made(login, 'DELETE', `/repos/acme/ops/issues/comments/${String(id)}`, undefined);
    },
    openIssue: async (title) => {
      const issue = await made('olivia', 'POST', '/repos/acme/ops/issues', { title });
      return (issue as { readonly number: number }).number;
    },
    all,
    after,
    answerTo,
    ask: async (login, body, wanted = /./, issue = 1) => answerTo(await write(login, body, issue), wanted),
    reply: async (login, body, issue = 1) => {
      const id = await write(login, body, issue);
      const marker = `<!-- changeover:reply=${String(id)} -->\n`;
      await answerTo(id, new RegExp(marker));
      const replies = after(id).filter((each) => each.startsWith(marker));
      expect(replies).toHaveLength(1);
      return (replies[0] ?? '').slice(marker.length);
    },
    eyesOn: async (id) => {
      const path = `/repos/acme/ops/issues/comments/${String(id)}/reactions`;
      const reactions = await made('rita', 'GET', path, undefined);
      return (reactions as readonly { readonly content: string }[]).filter(({ content }) => content === 'eyes').length;
    },
    history: (id) => told.filter((word) => word.id === id).map(({ body }) => body),
    expectWellFormed: () => {
      // Who gave a command in another way than by a comment is named by the one that stands for it.
      const named = told.flatMap(({ body }) => [...body.matchAll(/^\*\*(\w+)\*\* gave a command /gm)]);
      const people = [...told.map(({ login }) => login), ...named.map(([, login = '']) => login)].filter(
        (login, index, all) => login !== BOT && all.indexOf(login) === index,
      );
      const texts = new Set(
        told.filter(({ login }) => login === BOT).map(({ body }) => body.replace(ANY_REPLY, '').replaceAll(NAMED, '')),
      );
      for (const body of texts) {
        expectWellFormed(
          body,
          people.map((login) => `@${login}`),
        );
      }
    },
  };
}

/** Comments of a run carry what they are in their first line. */
export const ofKind = (bodies: readonly string[], kind: string): readonly string[] =>
  bodies.filter((body) => new RegExp(`^<!-- changeover:run=\\S+ kind=${kind} `).test(body));

export const repliesIn = (bodies: readonly string[]): readonly string[] => bodies.filter((body) => REPLY.test(body));

const idOf = (made: unknown): number => {
  expect(made).toMatchObject({ id: expect.any(Number) });
  return (made as { readonly id: number }).id;
};
