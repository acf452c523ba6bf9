import { readFileSync } from 'node:fs';

const NAMES = ['layout.yml', 'upgrade.yml', 'redis-merge.yml', 'files/switch_pryv.sh'];

/**
 * The shipped procedures for Pryv, but that they look more often while they wait, and that their window is always open.
 * @param patience how long is waited for what may come in vain
 */
export const procedures = (patience: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    NAMES.map((name) => [
      `procedures/pryv/${name}`,
      readFileSync(`procedures/pryv/${name}`, 'utf8')
        .replaceAll('delay: 1s', 'delay: 300ms')
        .replaceAll(/timeout: (?:2|10)m$/gm, `timeout: ${patience}`)
        .replace(/^ {4}window: .*\n/m, ''),
    ]),
  );
