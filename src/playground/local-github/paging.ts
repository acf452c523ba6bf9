import { ok, type ApiRequest, type Context, type Reply } from './reply.ts';

const atLeastOne = (text: string | null, otherwise: number): number => {
  const number = Number(text ?? otherwise);
  return Number.isSafeInteger(number) && number >= 1 ? number : otherwise;
};

/** Answers with one page (`per_page` at most 100, 30 by default) and GitHub's Link header to the others. */
export function paged<Item>(
  items: readonly Item[],
  view: (item: Item) => unknown,
  { query, path }: ApiRequest,
  { base }: Context,
): Reply {
  const perPage = Math.min(100, atLeastOne(query.get('per_page'), 30));
  const page = atLeastOne(query.get('page'), 1);
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const link = (to: number, rel: string): string => {
    const url = new URL(path, base);
    for (const [name, value] of query) url.searchParams.set(name, value);
    url.searchParams.set('page', String(to));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(Math.min(page - 1, last), 'prev')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
    ...(page > 1 ? [link(1, 'first')] : []),
  ];
  const shown = items.slice((page - 1) * perPage, page * perPage).map(view);
  return links.length === 0 ? ok(shown) : { ...ok(shown), headers: { link: links.join(', ') } };
}

/** Leaves what was last changed at or after `since`; nothing is left out without one. */
export function changedSince<Item extends { readonly updatedAt: string }>(
  items: readonly Item[],
  query: URLSearchParams,
): readonly Item[] {
  const since = Date.parse(query.get('since') ?? '');
  return Number.isNaN(since) ? items : items.filter((item) => Date.parse(item.updatedAt) >= since);
}

/** Sorts by `sort` (`created` or `updated`) and `direction`; `descending` says what GitHub does unasked. */
export function sorted<Item extends { readonly id: number; readonly createdAt: string; readonly updatedAt: string }>(
  items: readonly Item[],
  query: URLSearchParams,
  descending: boolean,
): readonly Item[] {
  const key = (item: Item): number => Date.parse(query.get('sort') === 'updated' ? item.updatedAt : item.createdAt);
  const down = (query.get('direction') ?? (descending ? 'desc' : 'asc')) === 'desc';
  const rising = [...items].sort((a, b) => key(a) - key(b) || a.id - b.id);
  return down ? rising.reverse() : rising;
}
