import { type Client, ONCE } from './api.ts';
import { type GraphqlError, readGraphql, readThrown } from './boundary.ts';

/**
 * Asks GitHub's GraphQL API, once. It says with status 200 what it refuses, too: that is thrown with the status that its
 * REST API would have given it, so that whoever judges failures knows one sort alone.
 */
export async function askGraphql(
  client: Client,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const { headers, data } = await asked(client, { query, variables });
  const answer = readGraphql(data);
  if (answer.errors.length === 0) return answer.data;
  throw new GraphqlRefusal(answer.errors, headers);
}

/** A client that spaces its calls out throws an answer that tells of a limit, without a status. */
function asked(client: Client, body: Readonly<Record<string, unknown>>): ReturnType<Client['request']> {
  return client.request('POST /graphql', { ...ONCE, ...body }).catch((error: unknown) => {
    const answer = readThrown(error);
    if (answer === undefined) throw error;
    return answer;
  });
}

const STATUSES: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  FORBIDDEN: 403,
  INSUFFICIENT_SCOPES: 403,
  STALE_DATA: 409,
  UNPROCESSABLE: 422,
  RATE_LIMITED: 429,
};

/** GitHub's git says so where the branch is moved while the commit is made. */
const MOVED = /\bis at [0-9a-f]{40,64} but expected\b/;

class GraphqlRefusal extends Error {
  override readonly name = 'GraphqlRefusal';
  readonly status: number;
  readonly response: { readonly headers: Readonly<Record<string, string | number | undefined>> };

  constructor(errors: readonly GraphqlError[], headers: Readonly<Record<string, string | number | undefined>>) {
    super(errors.map(({ message }) => message).join('; '));
    this.status = Math.max(...errors.map(statusOf));
    this.response = { headers };
  }
}

/** What has no type is wrong with the question where it has a code, and else with GitHub. */
function statusOf({ type, message, extensions }: GraphqlError): number {
  if (MOVED.test(message)) return 409;
  if (/\brate limit\b/i.test(message)) return 429;
  if (type !== undefined) return STATUSES[type] ?? 422;
  return extensions?.code === undefined ? 502 : 400;
}
