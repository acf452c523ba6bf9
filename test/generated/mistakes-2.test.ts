import { toldInMade } from './mistakes-law.ts';

toldInMade('test/generated/mistakes-2.test.ts');
