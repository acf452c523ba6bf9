import type { Ended, Workplace } from '../workplace.ts';
import type { Bench } from './thread-bench.ts';

/** `changeover verify` beside the server, on its journal, with a reader's token for its GitHub, or other variables. */
export function verifyOf(bench: Bench, work: Workplace) {
  const token = { GITHUB_API_URL: bench.github.url, GITHUB_TOKEN: 'rita' };
  return (
    words: readonly string[] = [],
    env: Readonly<Record<string, string | undefined>> = {},
    run = bench.runs().at(-1) ?? '',
  ): Promise<Ended> => work.changeoverWith({ ...token, ...env }, '--journal', bench.journal, 'verify', run, ...words);
}
