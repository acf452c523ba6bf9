import { describe, expect, it } from '@jest/globals';
import { defaults, linkProblems } from '../../src/host/options.ts';

describe('how long a link to a host may be silent', () => {
  it('is half a minute where nothing is set, and all other waits go with it', () => {
    const usual = {
      connectTimeoutMs: 20_000,
      keepaliveMs: 10_000,
      reconnectWaitsMs: [200, 1_000, 3_000, 8_000, 16_000],
    };
    expect(defaults({ env: {} })).toMatchObject(usual);
    expect(defaults({ env: { CHANGEOVER_LINK_SECONDS: ' ' } })).toMatchObject(usual);
    expect(defaults({ env: { CHANGEOVER_LINK_SECONDS: '3' } })).toMatchObject({
      connectTimeoutMs: 2_000,
      keepaliveMs: 1_000,
      reconnectWaitsMs: [20, 100, 300, 800, 1_600],
    });
  });

  it.each(['0', '601', '1.5', '-3', 'long'])('is not %s: that is told, and nothing is guessed', (text) => {
    const env = { CHANGEOVER_LINK_SECONDS: text };
    expect(linkProblems(env)).toEqual([expect.stringMatching(/^CHANGEOVER_LINK_SECONDS: seconds, from 1 to 600/)]);
    expect(() => defaults({ env })).toThrow('CHANGEOVER_LINK_SECONDS');
  });
});
