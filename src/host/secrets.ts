import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Secrets } from '../engine/ports.ts';
import { maskOf } from './mask.ts';
import { SHORTEST_SECRET } from './secret-forms.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Of a key or a certificate with all that it rests on; past it, it is some other file. */
const LONGEST_BYTES = 65_536;

/**
 * Secrets from the environment, `CHANGEOVER_SECRET_<NAME>`, or from files of that name in the folder CHANGEOVER_SECRETS.
 * Line ends at the end of a file are left out, as the shell's `$(…)` does, since editors put them there.
 */
export function createSecrets(env: Env): Secrets {
  return {
    take(names) {
      const found = names.map((name) => [name, look(env, name)] as const);
      const values = found.flatMap(([name, one]) => ('value' in one ? [[name, one.value] as const] : []));
      return {
        values: Object.fromEntries(values),
        troubles: found.flatMap(([name, one]) => ('trouble' in one ? [`the secret ${name} ${one.trouble}`] : [])),
        mask: maskOf(values.map(([, value]) => value)),
      };
    },
  };
}

type Found = { readonly value: string } | { readonly trouble: string };

function look(env: Env, name: string): Found {
  const variable = `CHANGEOVER_SECRET_${name}`;
  const folder = env['CHANGEOVER_SECRETS'];
  const inFolder = folder === undefined || folder === '' ? undefined : join(folder, name);
  const given = env[variable] ?? '';
  if (given !== '') return checked(given, variable);
  const read = inFolder === undefined ? undefined : readSecret(inFolder);
  if (read !== undefined && 'trouble' in read) return read;
  if (read === undefined || read.value === '') {
    const file = inFolder ?? `a file ${name} in the folder that CHANGEOVER_SECRETS names`;
    return { trouble: `is not given to Changeover: set ${variable} where it runs, or put it into ${file}` };
  }
  return checked(read.value, inFolder ?? name);
}

function readSecret(path: string): Found | undefined {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > LONGEST_BYTES) return { trouble: `cannot be taken from ${path}: it is longer than 64 KiB` };
    return { value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/[\r\n]+$/, '') };
  } catch (error) {
    const why = codeOf(error);
    if (why === 'ENOENT') return undefined;
    if (why.startsWith('ERR_ENCODING')) return { trouble: `cannot be taken from ${path}: it is no text in UTF-8` };
    return { trouble: `cannot be read from ${path} (${why}): let the user that Changeover runs as read it` };
  }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';

function checked(value: string, where: string): Found {
  if (Buffer.byteLength(value.trim()) < SHORTEST_SECRET) {
    return {
      trouble: `in ${where} is shorter than ${String(SHORTEST_SECRET)} bytes, which cannot be hidden in what steps print: take a longer one`,
    };
  }
  if (Buffer.byteLength(value) > LONGEST_BYTES) return { trouble: `in ${where} is longer than 64 KiB` };
  if (value.includes('\0')) return { trouble: `in ${where} holds a NUL byte, which no environment variable can` };
  return { value };
}
