import { holdsInRuns } from './promise.ts';

holdsInRuns('test/generated/runs-1.test.ts');
