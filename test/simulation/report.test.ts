import { describe, expect, it } from '@jest/globals';
import { timeText } from './report.ts';

describe('the report of the histories', () => {
  it('says how long they took beside the five minutes that they may take, and cries out where it was longer', () => {
    expect(timeText(100_000, 220.4, 2)).toBe(
      '100,000 histories took 220 s on 2 processors: within the five minutes (300 s) that they may take.',
    );
    expect(timeText(1_000, 9, 2)).toBe(
      '1,000 histories took 9 s on 2 processors; 100,000 may take five minutes (300 s).',
    );
    expect(timeText(100_000, 301, 2)).toMatch(/^!{80}\nTOO SLOW: 100,000 histories took 301 s on 2 processors,/);
  });
});
