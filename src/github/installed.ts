import { type Client, createKept, ONCE } from './api.ts';
import { readInstallations, readRepositories } from './boundary.ts';
import type { Scope } from './looking.ts';

const PER_PAGE = 100;

/**
 * Lists the repositories in which the App is installed, each time as they are then.
 * @param clientOf acts as an installation; without one as the App itself.
 */
export function createInstalled(clientOf: (installation?: number) => Promise<Client>): () => Promise<readonly Scope[]> {
  const kept = new Map<number | undefined, ReturnType<typeof createKept>>();

  async function all<T>(
    route: string,
    read: (data: unknown) => readonly T[],
    installation?: number,
  ): Promise<readonly T[]> {
    const ask = kept.get(installation) ?? createKept(await clientOf(installation));
    kept.set(installation, ask);
    const found: T[] = [];
    for (let page = 1; ; page += 1) {
      const items = read(await ask(route, { ...ONCE, per_page: PER_PAGE, page }));
      found.push(...items);
      if (items.length < PER_PAGE) return found;
    }
  }

  return async () => {
    const scopes: Scope[] = [];
    for (const installation of await all('GET /app/installations', readInstallations)) {
      const places = await all('GET /installation/repositories', readRepositories, installation);
      scopes.push(...places.map((place) => ({ place, installation })));
    }
    return scopes;
  };
}
