import { describe } from '@jest/globals';
import { localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { branchWorld } from './branches.ts';
import { contract } from './contract.ts';

const openApi = await loadOpenApi();

describeWith(openApi)('a journal on a branch', (checker) => {
  const start = localGitHubs(checker);
  const world = branchWorld();

  describe('as any journal', () => {
    contract(async (clock) => world.worker(await start(), { now: () => clock.now() }));
  });
});
