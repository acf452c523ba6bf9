import { holdsInRuns } from './promise.ts';

holdsInRuns('test/generated/runs-2.test.ts');
