import type { State } from '../state.ts';
import type { Role } from '../types.ts';
import { nodeId, simpleUser } from './users.ts';

// What GitHub hangs on a repository's URL, by the name of the field less `_url`.
const links: Readonly<Record<string, string>> = {
  forks: '/forks',
  keys: '/keys{/key_id}',
  collaborators: '/collaborators{/collaborator}',
  teams: '/teams',
  hooks: '/hooks',
  issue_events: '/issues/events{/number}',
  events: '/events',
  assignees: '/assignees{/user}',
  branches: '/branches{/branch}',
  tags: '/tags',
  blobs: '/git/blobs{/sha}',
  git_tags: '/git/tags{/sha}',
  git_refs: '/git/refs{/sha}',
  trees: '/git/trees{/sha}',
  statuses: '/statuses/{sha}',
  languages: '/languages',
  stargazers: '/stargazers',
  contributors: '/contributors',
  subscribers: '/subscribers',
  subscription: '/subscription',
  commits: '/commits{/sha}',
  git_commits: '/git/commits{/sha}',
  comments: '/comments{/number}',
  issue_comment: '/issues/comments{/number}',
  contents: '/contents/{+path}',
  compare: '/compare/{base}...{head}',
  merges: '/merges',
  archive: '/{archive_format}{/ref}',
  downloads: '/downloads',
  issues: '/issues{/number}',
  pulls: '/pulls{/number}',
  milestones: '/milestones{/number}',
  notifications: '/notifications{?since,all,participating}',
  labels: '/labels{/name}',
  releases: '/releases{/id}',
  deployments: '/deployments',
};

export function fullName(state: State): string {
  return `${state.organization.login}/${state.repository.name}`;
}

export function repositoryUrl(base: string, state: State): string {
  return `${base}/repos/${fullName(state)}`;
}

/** The repository as webhook payloads carry it. */
export function repository(base: string, state: State) {
  const url = repositoryUrl(base, state);
  const html = `${base}/${fullName(state)}`;
  const issues = state.issues.size;
  return {
    id: state.repository.id,
    node_id: nodeId('R', state.repository.id),
    name: state.repository.name,
    full_name: fullName(state),
    private: false,
    owner: simpleUser(base, state.organization),
    html_url: html,
    description: state.repository.description,
    fork: false,
    url,
    ...Object.fromEntries(Object.entries(links).map(([name, path]) => [`${name}_url`, `${url}${path}`])),
    created_at: state.createdAt,
    updated_at: state.createdAt,
    pushed_at: state.git.branch(state.git.defaultBranch())?.author.date ?? state.createdAt,
    git_url: `git://${new URL(base).host}/${fullName(state)}.git`,
    ssh_url: `git@${new URL(base).hostname}:${fullName(state)}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 1,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: issues,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    custom_properties: {},
    visibility: 'public',
    forks: 0,
    open_issues: issues,
    watchers: 0,
    default_branch: state.git.defaultBranch(),
  };
}

/** What a role lets one do, in the words of the REST API. */
export function roleFlags(role: Role | 'none') {
  const rank = ['none', 'read', 'triage', 'write', 'maintain', 'admin'].indexOf(role);
  return { admin: rank >= 5, maintain: rank >= 4, push: rank >= 3, triage: rank >= 2, pull: rank >= 1 };
}

/** The repository's own page (`full-repository`), as somebody with this role sees it. */
export function fullRepository(base: string, state: State, role: Role | 'none') {
  return {
    ...repository(base, state),
    permissions: roleFlags(role),
    temp_clone_token: null,
    organization: simpleUser(base, state.organization),
    network_count: 0,
    subscribers_count: 0,
  };
}
