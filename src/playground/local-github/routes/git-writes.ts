import { z } from 'zod';

import type { Commit } from '../git-objects.ts';
import {
  type ApiRequest,
  type Context,
  created,
  type Handler,
  invalidRequest,
  noContent,
  notFound,
  ok,
  refusal,
  type Reply,
  type Route,
} from '../reply.ts';
import { mayWrite } from '../rights.ts';
import { gitCommitView, refView, treeView } from '../views/git.ts';
import { repositoryUrl } from '../views/repository.ts';
import { param } from './lookup.ts';

const sha = z.string().regex(/^[0-9a-f]{40}$/);

/** Judges who asks and what is asked, as GitHub does: who may not write does not even learn that there is such a thing. */
function writing<T>(schema: z.ZodType<T>, write: (asked: T, request: ApiRequest, context: Context) => Reply): Handler {
  return (request, context) => {
    if (!mayWrite(context.state, request.actor)) return notFound;
    const asked = schema.safeParse(request.body ?? {});
    if (asked.success) return write(asked.data, request, context);
    const [issue] = asked.error.issues;
    return invalidRequest(`"${issue?.path.join('.') ?? ''}" wasn't supplied, or is not what it must be.`);
  };
}

const author = ({ actor: { user } }: ApiRequest, { state }: Context): Commit['author'] => ({
  name: user.login,
  email: `${user.login}@users.noreply.github.com`,
  date: state.now(),
});

const blob = writing(
  z.object({ content: z.string(), encoding: z.enum(['utf-8', 'base64']).default('utf-8') }),
  ({ content, encoding }, _request, { base, state }) => {
    const made = state.git.writeBlob(Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8'));
    return created({ sha: made, url: `${repositoryUrl(base, state)}/git/blobs/${made}` });
  },
);

const entry = z.object({
  path: z.string().min(1),
  mode: z.literal('100644'),
  type: z.literal('blob'),
  sha: sha.nullable().optional(),
  content: z.string().optional(),
});

const tree = writing(
  z.object({ base_tree: sha.optional(), tree: z.array(entry) }),
  (asked, _request, { base, state }) => {
    const { git } = state;
    if (asked.base_tree !== undefined && git.tree(asked.base_tree) === undefined) {
      return refusal(404, 'base_tree is not a valid tree oid');
    }
    const files = new Map(
      (asked.base_tree === undefined ? [] : git.walk(asked.base_tree))
        .filter((node) => node.entry.type === 'blob')
        .map((node) => [node.path, node.entry.sha]),
    );
    for (const { path, sha: named, content } of asked.tree) {
      if (named === null) files.delete(path);
      else if (content !== undefined) files.set(path, git.writeBlob(Buffer.from(content)));
      else if (named === undefined || git.blob(named) === undefined) {
        return refusal(422, `tree.sha ${named ?? ''} is not a valid blob`);
      } else files.set(path, named);
    }
    const made = git.writeTree(files);
    const nodes = git.walk(made).filter(({ path }) => !path.includes('/'));
    return created(treeView(base, state, made, nodes));
  },
);

const commit = writing(
  z.object({ message: z.string(), tree: sha, parents: z.array(sha).default([]) }),
  ({ message, tree: named, parents }, request, context) => {
    const { git } = context.state;
    if (git.tree(named) === undefined) return refusal(422, 'Tree SHA does not exist');
    if (!parents.every((parent) => git.resolve(parent) !== undefined)) {
      return refusal(422, 'Parent SHA does not exist or is not a commit object');
    }
    const made = git.writeCommit({ tree: named, parents, message, author: author(request, context) });
    return created(gitCommitView(context.base, context.state, made));
  },
);

const newRef = writing(
  z.object({ ref: z.string().regex(/^refs\/heads\/.+/), sha }),
  ({ ref, sha: named }, _request, { base, state }) => {
    const name = ref.replace('refs/heads/', '');
    const target = state.git.resolve(named);
    if (target === undefined) return refusal(422, 'Object does not exist');
    if (state.git.branch(name) !== undefined) return refusal(422, 'Reference already exists');
    state.git.setBranch(name, named);
    return created(refView(base, state, name, target));
  },
);

const moveRef = writing(
  z.object({ sha, force: z.boolean().default(false) }),
  ({ sha: named, force }, request, { base, state }) => {
    const name = /^heads\/(.+)$/.exec(param(request, 'ref'))?.[1] ?? '';
    const now = state.git.branch(name);
    if (now === undefined) return refusal(422, 'Reference does not exist');
    const target = state.git.resolve(named);
    if (target === undefined) return refusal(422, 'Object does not exist');
    if (!force && !state.git.isIn(now.sha, named)) return refusal(422, 'Update is not a fast forward');
    state.git.setBranch(name, named);
    return ok(refView(base, state, name, target));
  },
);

const removeRef = writing(z.unknown(), (_asked, request, { state }) => {
  const name = /^heads\/(.+)$/.exec(param(request, 'ref'))?.[1] ?? '';
  if (state.git.branch(name) === undefined) return { status: 422 };
  state.git.removeBranch(name);
  return noContent;
});

const repo = '/repos/{owner}/{repo}';
const write = { as: 'user', needs: ['contents', 'write'] } as const;

export const gitWriteRoutes: readonly Route[] = [
  { ...write, method: 'POST', path: `${repo}/git/blobs`, handle: blob },
  { ...write, method: 'POST', path: `${repo}/git/trees`, handle: tree },
  { ...write, method: 'POST', path: `${repo}/git/commits`, handle: commit },
  { ...write, method: 'POST', path: `${repo}/git/refs`, handle: newRef },
  { ...write, method: 'PATCH', path: `${repo}/git/refs/{+ref}`, handle: moveRef },
  { ...write, method: 'DELETE', path: `${repo}/git/refs/{+ref}`, handle: removeRef },
];
