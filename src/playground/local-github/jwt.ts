import { createPublicKey, verify } from 'node:crypto';

import type { AppSettings } from './app-settings.ts';
import { isRecord } from './types.ts';

type Checked = { readonly kind: 'valid' } | { readonly kind: 'refused'; readonly why: string };

const refused = (why: string): Checked => ({ kind: 'refused', why });
const undecodable = refused('A JSON web token could not be decoded');
const tenMinutes = 600;
// GitHub forgives clocks a little.
const leeway = 60;

function decode(part: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** Judges a GitHub App's JWT as GitHub does: RS256 by the app's key, `iss` the app, ten minutes at most. `now` in ms. */
export function checkJwt(token: string, app: AppSettings, now: number): Checked {
  const [header, payload, signature] = token.split('.');
  if (app.publicKey === undefined || decode(header)['alg'] !== 'RS256') return undecodable;
  const signed = Buffer.from(`${header ?? ''}.${payload ?? ''}`);
  const key = createPublicKey(app.publicKey);
  if (!verify('RSA-SHA256', signed, key, Buffer.from(signature ?? '', 'base64url'))) return undecodable;
  const claims = decode(payload);
  const seconds = Math.floor(now / 1000);
  if (String(claims['iss']) !== String(app.id)) return refused("'Issuer' claim ('iss') must be an Integer");
  const { exp, iat } = claims;
  if (typeof exp !== 'number' || exp <= seconds) {
    return refused(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > seconds + tenMinutes + leeway) {
    return refused("'Expiration time' claim ('exp') is too far in the future");
  }
  if (typeof iat !== 'number' || iat > seconds + leeway) {
    return refused("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
  }
  return { kind: 'valid' };
}
