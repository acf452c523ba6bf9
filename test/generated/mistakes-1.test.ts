import { toldInFiles } from './mistakes-law.ts';

toldInFiles('test/generated/mistakes-1.test.ts');
