import { randomBytes } from 'node:crypto';

import type { AppSettings } from './app-settings.ts';
import { checkJwt } from './jwt.ts';
import type { State } from './state.ts';
import type { Actor } from './types.ts';

export type Authenticator = {
  /** Who an `Authorization` header stands for, or GitHub's words of refusal. */
  readonly identify: (header: string | undefined) => Actor | { readonly kind: 'refused'; readonly why: string };
  readonly issueToken: () => { readonly token: string; readonly expiresAt: string };
};

const oneHour = 3_600_000;
const badCredentials = { kind: 'refused', why: 'Bad credentials' } as const;

/** A token is a login, one of the installation tokens given out here, or the app's JWT. */
export function createAuthenticator(state: State, app: AppSettings): Authenticator {
  const tokens = new Map<string, number>();

  const identify: Authenticator['identify'] = (header) => {
    if (header === undefined) return { kind: 'refused', why: 'Requires authentication' };
    const token = /^(?:token|bearer) +(\S+)$/i.exec(header)?.[1];
    if (token === undefined) return badCredentials;
    if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
      const checked = checkJwt(token, app, Date.now());
      return checked.kind === 'valid' ? { kind: 'app', user: state.bot } : checked;
    }
    const expires = tokens.get(token);
    if (expires !== undefined) {
      return expires > Date.now() ? { kind: 'installation', user: state.bot } : badCredentials;
    }
    const user = state.users.get(token.toLowerCase());
    if (user === undefined || user.type === 'Organization') return badCredentials;
    return { kind: user.type === 'Bot' ? 'installation' : 'user', user };
  };

  const issueToken = (): { readonly token: string; readonly expiresAt: string } => {
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    const expires = Date.now() + oneHour;
    tokens.set(token, expires);
    return { token, expiresAt: new Date(expires).toISOString().replace(/\.\d+Z$/, 'Z') };
  };

  return { identify, issueToken };
}
