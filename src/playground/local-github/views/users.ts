import type { User } from '../types.ts';

export function nodeId(prefix: string, id: number | string): string {
  return `${prefix}_${Buffer.from(String(id)).toString('base64url')}`;
}

const nodePrefix: Readonly<Record<User['type'], string>> = { User: 'U', Bot: 'BOT', Organization: 'O' };

/** A user as it stands inside every other answer (`simple-user`). */
export function simpleUser(base: string, user: User) {
  const name = encodeURIComponent(user.login);
  const url = `${base}/users/${name}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId(nodePrefix[user.type], user.id),
    avatar_url: `${base}/avatars/u/${String(user.id)}?v=4`,
    gravatar_id: '',
    url,
    html_url:
      user.type === 'Bot' ? `${base}/apps/${encodeURIComponent(user.login.replace('[bot]', ''))}` : `${base}/${name}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** A user's own page (`public-user`). */
export function publicUser(base: string, user: User) {
  return {
    ...simpleUser(base, user),
    name: user.name ?? null,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: user.createdAt,
    updated_at: user.createdAt,
  };
}

/** What a user sees of themselves (`private-user`). */
export function privateUser(base: string, user: User) {
  return {
    ...publicUser(base, user),
    user_view_type: 'private',
    notification_email: null,
    private_gists: 0,
    total_private_repos: 0,
    owned_private_repos: 0,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
    plan: { name: 'free', space: 976562499, private_repos: 10000, collaborators: 0 },
  };
}

/** The organization as webhook payloads show it. */
export function organization(base: string, user: User) {
  const url = `${base}/orgs/${encodeURIComponent(user.login)}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId('O', user.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${base}/avatars/u/${String(user.id)}?v=4`,
    description: null,
  };
}
