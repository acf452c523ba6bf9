import { hostEnvironment } from '../../../src/playground/local-hosts/host-folder.ts';
import { execFileSync } from '../../support/run-sync.ts';
import type { Machine } from '../machine.ts';

/** What a script prints on a host of the Pryv platform, where an operator types it by hand. `$root` is the platform's folder. */
export const byHand = (machine: Machine, script: string): string =>
  execFileSync('sh', ['-euc', script], {
    env: { ...hostEnvironment(machine.folder, 'by-hand'), root: machine.path('var/pryv') },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
