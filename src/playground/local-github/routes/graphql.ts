import { z } from 'zod';

import { appMay } from '../app-settings.ts';
import { rateHeaders } from '../rate-limits.ts';
import { ok, refusal, type ApiRequest, type Context, type Handler, type Reply, type Route } from '../reply.ts';
import { mayWrite } from '../rights.ts';
import type { Actor } from '../types.ts';

const asked = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).default({}) });

const COMMIT =
  'mutation ($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }';
const TEXTS =
  /^query \(\$owner: String!, \$name: String!\) \{ repository\(owner: \$owner, name: \$name\) \{ (.+) \} \}$/;
const TEXT = /(\w+): object\(oid: "([0-9a-f]{40})"\) \{ \.\.\. on Blob \{ text isTruncated \} \}/g;

type Operation = { readonly kind: 'commit' } | { readonly kind: 'texts'; readonly oids: ReadonlyMap<string, string> };

/** The questions that are answered here, told by their very text; of GitHub's GraphQL there is nothing else. */
function operationOf(query: string): Operation | undefined {
  const text = query.replace(/\s+/g, ' ').trim();
  if (text === COMMIT) return { kind: 'commit' };
  const fields = TEXTS.exec(text)?.[1];
  if (fields?.replace(TEXT, '').trim() !== '') return undefined;
  return { kind: 'texts', oids: new Map([...fields.matchAll(TEXT)].map(([, name = '', oid = '']) => [name, oid])) };
}

/** Whether this body asks for something that is answered here. */
export function isKnownQuery(body: Buffer): boolean {
  try {
    return operationOf(asked.parse(JSON.parse(body.toString())).query) !== undefined;
  } catch {
    return false;
  }
}

type Fault = { readonly type?: string; readonly message: string };

/** GitHub refuses with status 200, too. */
const failed = (fault: Fault, path?: 'repository' | 'createCommitOnBranch'): Reply => {
  const locations = [{ line: 2, column: 3 }];
  if (path === undefined) return ok({ errors: [{ ...fault, locations }] });
  return ok({ data: { [path]: null }, errors: [{ ...fault, path: [path], locations }] });
};

/** As its limits name it: what is asked by GraphQL is counted by itself. */
export const graphqlRate = (login: string): string => `${login} by GraphQL`;

export const rateLimited = (actor: Actor): Reply =>
  failed({ type: 'RATE_LIMITED', message: `API rate limit exceeded for user ID ${String(actor.user.id)}.` });

/** GitHub shows no more of a text. */
const LARGEST_TEXT = 512_000;

function texts(
  oids: ReadonlyMap<string, string>,
  variables: Readonly<Record<string, unknown>>,
  { state }: Context,
): Reply {
  const { owner, name } = variables;
  if (!isHere(`${String(owner)}/${String(name)}`, state)) return failed(noRepository(variables), 'repository');
  const found = [...oids].map(([alias, oid]): readonly [string, object | null] => {
    const bytes = state.git.blob(oid);
    if (bytes === undefined) return [alias, state.git.tree(oid) === undefined ? null : {}];
    const isTruncated = bytes.length > LARGEST_TEXT;
    const text = bytes.includes(0) ? null : bytes.subarray(0, LARGEST_TEXT).toString();
    return [alias, { text, isTruncated }];
  });
  return ok({ data: { repository: Object.fromEntries(found) } });
}

const isHere = (place: string, { organization, repository }: Context['state']): boolean =>
  place.toLowerCase() === `${organization.login}/${repository.name}`.toLowerCase();

const noRepository = ({ owner, name }: Readonly<Record<string, unknown>>): Fault => ({
  type: 'NOT_FOUND',
  message: `Could not resolve to a Repository with the name '${String(owner)}/${String(name)}'.`,
});

const commitInput = z.strictObject({
  branch: z.strictObject({ repositoryNameWithOwner: z.string(), branchName: z.string() }),
  message: z.strictObject({ headline: z.string().min(1), body: z.string().optional() }),
  expectedHeadOid: z.string().regex(/^[0-9a-f]{40}$/),
  fileChanges: z.strictObject({
    additions: z.array(z.strictObject({ path: z.string().min(1), contents: z.base64() })).default([]),
    deletions: z.array(z.strictObject({ path: z.string().min(1) })).default([]),
  }),
});

/** All of the files in one commit, or none, and only where the branch is at the commit that is expected. */
function commit({ actor }: ApiRequest, variables: Readonly<Record<string, unknown>>, context: Context): Reply {
  const { state } = context;
  const refused = (type: string, message: string): Reply => failed({ type, message }, 'createCommitOnBranch');
  const read = commitInput.safeParse(variables['input']);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = `${issue?.path.join('.') ?? ''} (${issue?.message ?? ''})`;
    const message = `Variable $input of type CreateCommitOnBranchInput! was provided invalid value for ${where}`;
    return failed({ message });
  }
  const { branch, message, expectedHeadOid, fileChanges } = read.data;
  if (!isHere(branch.repositoryNameWithOwner, state)) {
    const [owner, name] = branch.repositoryNameWithOwner.split('/');
    return failed(noRepository({ owner, name }), 'createCommitOnBranch');
  }
  if (actor.kind === 'installation' && !appMay(context.app, 'contents', 'write')) {
    return refused('FORBIDDEN', 'Resource not accessible by integration');
  }
  if (!mayWrite(state, actor)) {
    const who = actor.user.login;
    return refused('FORBIDDEN', `${who} does not have the correct permissions to execute \`CreateCommitOnBranch\``);
  }
  const head = state.git.branch(branch.branchName.replace(/^refs\/heads\//, ''));
  // Only the type is known of how GitHub says so.
  if (head === undefined) return refused('NOT_FOUND', `Could not resolve to a branch '${branch.branchName}'.`);
  if (head.sha !== expectedHeadOid) {
    return refused(
      'STALE_DATA',
      `Expected branch to point to "${expectedHeadOid}" but it did not.  Pull and try again.`,
    );
  }
  const missing = fileChanges.deletions.find(({ path }) => state.git.at(head, path)?.type !== 'blob');
  if (missing !== undefined) return refused('UNPROCESSABLE', `There is no file ${missing.path} to delete.`);
  const files = Object.fromEntries([
    ...fileChanges.additions.map(({ path, contents }) => [path, Buffer.from(contents, 'base64')] as const),
    ...fileChanges.deletions.map(({ path }) => [path, null] as const),
  ]);
  const { login } = actor.user;
  const author = { name: login, email: `${login}@users.noreply.github.com`, date: state.now() };
  const made = state.git.commit(files, message.headline, author, branch.branchName);
  if (branch.branchName === state.git.defaultBranch()) state.publish({ kind: 'commit', sha: made.sha });
  return ok({ data: { createCommitOnBranch: { commit: { oid: made.sha } } } });
}

const graphql: Handler = (request, context) => {
  const read = asked.safeParse(request.body);
  const operation = read.success ? operationOf(read.data.query) : undefined;
  if (!read.success || operation === undefined) return refusal(400, 'Problems parsing JSON');
  const { variables } = read.data;
  const answer =
    operation.kind === 'commit' ? commit(request, variables, context) : texts(operation.oids, variables, context);
  const rate = context.limits.look(graphqlRate(request.actor.user.login));
  return { ...answer, headers: { ...rateHeaders(rate), 'x-ratelimit-resource': 'graphql' } };
};

export const graphqlRoutes: readonly Route[] = [
  { method: 'POST', path: '/graphql', as: 'user', needs: ['contents', 'read'], handle: graphql },
];
