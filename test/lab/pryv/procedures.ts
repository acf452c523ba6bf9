import { readFileSync } from 'node:fs';
import { withTimeout } from '../support/with-timeout.ts';

const NAMES = ['layout.yml', 'upgrade.yml', 'redis-merge.yml', 'files/switch_pryv.sh'];

/** The step of `/<verb> pryv …` that waits in vain, by its name there. */
export interface InVain {
  readonly verb: string;
  readonly step: string;
}

/** The shipped procedures for Pryv, but that they look more often while they wait, and that their window is always open. */
export const procedures = (inVain?: InVain): Readonly<Record<string, string>> =>
  Object.fromEntries(
    NAMES.map((name) => [
      `procedures/pryv/${name}`,
      hurried(name, readFileSync(`procedures/pryv/${name}`, 'utf8'), inVain)
        .replaceAll('delay: 1s', 'delay: 300ms')
        .replace(/^ {4}window: .*\n/m, ''),
    ]),
  );

/** With that step given up soon, if it stands in this file; an upgrade calls the merge as `redis`. */
function hurried(name: string, text: string, inVain: InVain | undefined): string {
  if (inVain === undefined) return text;
  const [own = '', call] = inVain.step.split('/').toReversed();
  const verb = call === 'redis' ? 'redis-merge' : inVain.verb;
  return name === `${verb}.yml` ? withTimeout(text, own, '5s') : text;
}
