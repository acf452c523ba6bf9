import type { Commit } from '../git-objects.ts';
import {
  notFound,
  ok,
  refusal,
  type ApiRequest,
  type Context,
  type Handler,
  type Reply,
  type Route,
} from '../reply.ts';
import type { State } from '../state.ts';
import { tarballOf } from '../tarball.ts';
import { base64, blobView, commitView, contentView, refView, treeView } from '../views/git.ts';
import { param } from './lookup.ts';

const largestShown = 1024 * 1024;
const largestRaw = 100 * largestShown;

const raw = (content: Buffer): Reply => ({
  status: 200,
  body: content,
  contentType: 'application/vnd.github.raw+json; charset=utf-8',
});

function file(request: ApiRequest, context: Context, commit: Commit, path: string, ref: string): Reply {
  const entry = context.state.git.at(commit, path);
  const content = entry && context.state.git.blob(entry.sha);
  if (entry === undefined || content === undefined) return notFound;
  if (content.length > largestRaw) return refusal(403, 'This API returns blobs up to 100 MB in size.');
  if (request.accept === 'raw') return raw(content);
  const view = contentView(context.base, context.state, path, entry, ref);
  // Over 1 MB GitHub leaves the content out and says so by this encoding.
  return content.length > largestShown
    ? ok({ ...view, content: '', encoding: 'none' })
    : ok({ ...view, content: base64(content), encoding: 'base64' });
}

const contents: Handler = (request, context) => {
  const { base, state } = context;
  const ref = request.query.get('ref') ?? state.git.defaultBranch();
  const commit = state.git.resolve(ref);
  if (commit === undefined) return refusal(404, `No commit found for the ref ${ref}`);
  const path = param(request, 'path').replace(/^\/+|\/+$/g, '');
  const entry = state.git.at(commit, path);
  if (entry === undefined) return notFound;
  if (entry.type === 'blob') return file(request, context, commit, path, ref);
  const prefix = path === '' ? '' : `${path}/`;
  const listed = state.git.tree(entry.sha) ?? [];
  return ok(listed.map((each) => contentView(base, state, `${prefix}${each.name}`, each, ref)));
};

const commit: Handler = (request, { base, state }) => {
  const ref = param(request, 'ref');
  const found = state.git.resolve(ref);
  if (found === undefined) return refusal(422, `No commit found for SHA: ${ref}`);
  if (request.accept === 'sha') {
    const contentType = 'application/vnd.github.sha; charset=utf-8';
    return { status: 200, body: Buffer.from(found.sha), contentType, headers: { etag: `"${found.sha}"` } };
  }
  return ok(commitView(base, state, found));
};

const tree: Handler = (request, { base, state }) => {
  const named = param(request, 'tree_sha');
  const sha = state.git.tree(named) === undefined ? state.git.resolve(named)?.tree : named;
  if (sha === undefined) return notFound;
  const nodes = state.git.walk(sha);
  const shown = request.query.has('recursive') ? nodes : nodes.filter(({ path }) => !path.includes('/'));
  return ok(treeView(base, state, sha, shown));
};

const blob: Handler = (request, { base, state }) => {
  const sha = param(request, 'file_sha');
  const content = state.git.blob(sha);
  if (content === undefined) return notFound;
  return request.accept === 'raw' ? raw(content) : ok(blobView(base, state, sha, content));
};

const ref: Handler = (request, { base, state }) => {
  const branch = /^heads\/(.+)$/.exec(param(request, 'ref'))?.[1];
  const found = branch === undefined ? undefined : state.git.branch(branch);
  return branch === undefined || found === undefined ? notFound : ok(refView(base, state, branch, found));
};

/** Where GitHub has tarballs: on a host of its own, codeload.github.com, which is no part of its REST API. */
export const CODELOAD = '/_codeload/';

const tarball: Handler = (request, { base, state }) => {
  const ref = param(request, 'ref');
  if (state.git.resolve(ref) === undefined) return notFound;
  return { status: 302, headers: { location: `${base}${CODELOAD}${encodeURIComponent(ref)}` } };
};

/** The tarball of a commit, as codeload.github.com gives it. */
export function codeload(path: string, { git, organization, repository }: State): Reply {
  const found = git.resolve(decodeURIComponent(path.slice(CODELOAD.length)));
  if (found === undefined) return notFound;
  const blobs = git.walk(found.tree).filter(({ entry }) => entry.type === 'blob');
  const files = new Map(blobs.map((node) => [node.path, git.blob(node.entry.sha) ?? Buffer.alloc(0)]));
  const folder = `${organization.login}-${repository.name}-${found.sha.slice(0, 7)}`;
  return { status: 200, body: tarballOf(folder, found.sha, files), contentType: 'application/x-gzip' };
}

const repo = '/repos/{owner}/{repo}';
const read = { method: 'GET', as: 'user', needs: ['contents', 'read'] } as const;

export const gitRoutes: readonly Route[] = [
  { ...read, path: `${repo}/contents/{+path}`, query: ['ref'], accepts: ['json', 'raw'], handle: contents },
  { ...read, path: `${repo}/commits/{+ref}`, accepts: ['json', 'sha'], handle: commit },
  { ...read, path: `${repo}/git/trees/{tree_sha}`, query: ['recursive'], handle: tree },
  { ...read, path: `${repo}/git/blobs/{file_sha}`, accepts: ['json', 'raw'], handle: blob },
  { ...read, path: `${repo}/git/ref/{+ref}`, handle: ref },
  { ...read, path: `${repo}/tarball/{+ref}`, handle: tarball },
];
