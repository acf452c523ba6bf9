import { parse } from 'yaml';
import * as z from 'zod';
import type { Client } from './api.ts';
import { readRegisteredApp, type RegisteredApp, UnexpectedAnswer } from './boundary.ts';
import { failureOf } from './failure.ts';

/** What an App asks for, as `app.yml` says it; the rest of it is taken as it is. */
const manifest = z.looseObject({
  name: z.string(),
  description: z.string(),
  default_permissions: z.record(z.string(), z.string()),
  default_events: z.array(z.string()),
});
export type Manifest = z.infer<typeof manifest> & {
  readonly hook_attributes: { readonly url: string; readonly active: boolean };
  readonly redirect_url: string;
};

/**
 * The manifest that GitHub's page takes, of `app.yml` and what is this server's own.
 * @param url where GitHub reaches the server
 * @param redirect where GitHub sends the browser once the App is registered
 */
export function manifestOf(text: string, url: string, redirect: string): Manifest {
  const hook = { url: `${url.replace(/\/+$/, '')}/api/github/webhooks`, active: true };
  return { ...manifest.parse(parse(text)), url, hook_attributes: hook, redirect_url: redirect };
}

/** Where people see a GitHub whose API is there: github.com, an Enterprise Server, a `….ghe.com`. */
export function webOf(apiUrl: string | undefined): string {
  if (apiUrl === undefined) return 'https://github.com';
  const { origin, protocol, host } = new URL(apiUrl);
  return host.startsWith('api.') ? `${protocol}//${host.slice('api.'.length)}` : origin;
}

/** GitHub's page that registers an App of an organization, or of whoever is logged in. */
export function registerPage(web: string, organization: string | undefined, state: string): string {
  const owner = organization === undefined ? '' : `/organizations/${encodeURIComponent(organization)}`;
  return `${web}${owner}/settings/apps/new?state=${encodeURIComponent(state)}`;
}

export type Conversion =
  | { readonly kind: 'registered'; readonly app: RegisteredApp }
  /** The same code may do. */
  | { readonly kind: 'later'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string };

/** Changes the code that GitHub sent the browser back with for what the App is. A code counts once, and for an hour. */
export async function convert(client: Client, code: string): Promise<Conversion> {
  try {
    const { data } = await client.request('POST /app-manifests/{code}/conversions', { code });
    return { kind: 'registered', app: readRegisteredApp(data) };
  } catch (error) {
    if (error instanceof UnexpectedAnswer) return { kind: 'refused', why: error.message };
    const { kind, why } = failureOf(error, Date.now());
    return { kind: kind === 'later' ? 'later' : 'refused', why };
  }
}
