import { expect, it } from '@jest/globals';
import { differences } from '../../src/playground/local-hosts/snapshot.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { brokenHost, OLD } from './pryv/each-step.ts';
import { expectAlike } from './pryv/expect-alike.ts';
import { FAILURES } from './pryv/failures.ts';
import { describeInLab } from './support/lab.ts';

const openApi = await loadOpenApi();

describeWith(openApi)('/upgrade pryv 1.6', (checker) => {
  describeInLab('on a host of the lab', () => {
    const { host, bench, isTakenBack } = brokenHost(checker, true);
    isTakenBack('/upgrade pryv 1.6', FAILURES.upgrade, OLD);

    it('changes nothing in a dry run', async () => {
      const before = await host().look();
      await bench().words.ask('william', '/upgrade pryv 1.6 dryrun', /Nothing was changed\. To do it for real/);
      const after = await host().look();
      expect(differences(before.trees, after.trees)).toEqual([]);
      expectAlike(before, after, OLD);
    });
  });
});
