import type { Accept } from './reply.ts';

/** What an `Accept` header asks for; undefined: only what the local GitHub does not speak. */
export function acceptOf(header: string | undefined): Accept | undefined {
  const types = (header ?? '*/*').split(',').map((type) => (type.split(';')[0] ?? '').trim().toLowerCase());
  for (const type of types) {
    if (/^application\/vnd\.github(\.v3)?\.raw(\+json)?$/.test(type)) return 'raw';
    if (/^application\/vnd\.github(\.v3)?\.sha$/.test(type)) return 'sha';
    if (/^(\*\/\*|application\/(json|vnd\.github(\.v3)?(\+json)?))$/.test(type)) return 'json';
  }
  return undefined;
}
