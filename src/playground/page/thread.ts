import type { CommentText, IssueSummary } from './boundary.ts';
import { element } from './element.ts';
import { renderMarkdown } from './markdown.ts';
import { morph, watchToggles } from './morph.ts';
import { ago } from './time.ts';

const EMOJI: Readonly<Record<string, string>> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀',
};

/** Where answers say what to type: in a block of its own, or at the head of a table's row. */
const TO_TYPE = '.markdown-body > pre > code, .markdown-body > table td:first-child > code';

/** What stands in the thread, the issue's own text first. */
type Post = Omit<CommentText, 'id'> & { readonly key: string };

type Shown = { readonly item: HTMLLIElement; post: Post };

export type Thread = {
  /** Shows an issue with its comments, changing only what is no longer the same. Says whether comments came new to it. */
  readonly show: (
    issue: IssueSummary,
    comments: readonly CommentText[],
  ) => { readonly first: boolean; readonly added: boolean };
  /** What the last answer says to type, in its order. */
  readonly namedCommands: () => readonly string[];
};

export function createThread(list: HTMLOListElement, logins: ReadonlySet<string>): Thread {
  const shown = new Map<string, Shown>();
  watchToggles(list);
  window.setInterval(() => {
    tellTimes(list);
  }, 20_000);

  const put = (post: Post): void => {
    const known = shown.get(post.key);
    if (known === undefined) {
      const item = element('li', { id: post.key, class: post.isBot ? 'post bot' : 'post' });
      fill(item, post, logins);
      list.append(item);
      shown.set(post.key, { item, post });
    } else if (JSON.stringify(known.post) !== JSON.stringify(post)) {
      const wanted = element('li', { id: post.key, class: known.item.className });
      fill(wanted, post, logins);
      morph(known.item, wanted);
      known.post = post;
    }
  };

  return {
    show: (issue, comments) => {
      const posts = [postOf(issue), ...comments.map(commentPost)];
      const keys = new Set(posts.map(({ key }) => key));
      for (const [key, { item }] of shown) {
        if (keys.has(key)) continue;
        item.remove();
        shown.delete(key);
      }
      const before = shown.size;
      for (const post of posts) put(post);
      tellTimes(list);
      return { first: before === 0, added: shown.size > before };
    },
    namedCommands: () => {
      const last = [...shown.values()].findLast(({ post }) => post.isBot)?.item;
      return last === undefined ? [] : [...last.querySelectorAll(TO_TYPE)].map((code) => code.textContent);
    },
  };
}

const postOf = (issue: IssueSummary): Post => ({
  key: `issue-${String(issue.number)}`,
  body: issue.body,
  author: issue.author,
  isBot: false,
  createdAt: issue.createdAt,
  updatedAt: issue.createdAt,
  reactions: [],
});

const commentPost = ({ id, ...comment }: CommentText): Post => ({ ...comment, key: `issuecomment-${String(id)}` });

function fill(item: HTMLLIElement, post: Post, logins: ReadonlySet<string>): void {
  const { author, isBot, createdAt, updatedAt, reactions } = post;
  const name = author.replace(/\[bot\]$/, '');
  const link = element('a', { class: 'when', href: `#${post.key}` }, element('time', { datetime: createdAt }));
  item.replaceChildren(
    element('span', { class: 'avatar', 'aria-hidden': 'true' }, isBot ? '⇄' : name.slice(0, 1).toUpperCase()),
    element(
      'article',
      {},
      element(
        'header',
        {},
        element('strong', {}, name),
        ...(isBot ? [element('span', { class: 'tag' }, 'bot')] : []),
        link,
        ...(updatedAt === createdAt ? [] : [element('span', { class: 'edited' }, 'edited')]),
      ),
      renderMarkdown(post.body, logins),
      ...(reactions.length === 0 ? [] : [element('footer', {}, ...reactions.map(reactionPill))]),
    ),
  );
}

const reactionPill = ({ content, count }: CommentText['reactions'][number]): HTMLElement =>
  element('span', { class: 'reaction', title: content }, `${EMOJI[content] ?? content} ${String(count)}`);

function tellTimes(root: Element): void {
  const now = Date.now();
  for (const time of root.querySelectorAll<HTMLTimeElement>('.when time')) {
    const then = Date.parse(time.dateTime);
    time.textContent = ago(then, now);
    time.title = new Date(then).toLocaleString();
  }
}
