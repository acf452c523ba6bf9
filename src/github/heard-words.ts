import { markerOf } from '../thread/marker.ts';
import type { Client } from './api.ts';
import { linkIn } from './boundary.ts';

/** A comment as this process wrote it last, or wanted to. */
export interface HeardWord {
  readonly body: string;
  /** Where people see it; absent where GitHub has not taken it. */
  readonly link?: string;
}

/** All comments that were written by way of a client, each in its newest words, in the order in which they began. */
export interface HeardWords {
  readonly client: Client;
  readonly all: () => readonly HeardWord[];
}

/** Comments are told from each other by their first lines, as they are when they are looked up. */
export function hearWords(client: Client): HeardWords {
  const words = new Map<string, HeardWord>();
  return {
    client: {
      request: async (route, parameters = {}) => {
        const { body } = parameters;
        if (!/^(POST|PATCH) .*\/comments(\/\{comment_id\})?$/.test(route) || typeof body !== 'string') {
          return client.request(route, parameters);
        }
        const key = markerOf(body) ?? body.slice(0, body.indexOf('\n'));
        words.set(key, { ...words.get(key), body });
        const answer = await client.request(route, parameters);
        const link = linkIn(answer.data);
        if (link !== undefined) words.set(key, { body, link });
        return answer;
      },
    },
    all: () => [...words.values()],
  };
}
