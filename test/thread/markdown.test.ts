import { describe, expect, it } from '@jest/globals';
import { html, plain } from '../../src/thread/markdown.ts';

describe('text of others in a sentence', () => {
  // GitHub's own rule: a mention may follow everything but [A-Za-z0-9_].
  it.each(['@olivia', '.@olivia', 'x.@olivia', '-@olivia', 'é@olivia', '(@acme/ops', '@@olivia'])(
    'calls nobody by %s',
    (text) => {
      for (const made of [plain(text), html(text)]) expect(made).not.toMatch(/(?:^|[^A-Za-z0-9_])@[A-Za-z0-9]/);
    },
  );

  it('leaves addresses whole, which are copied into terminals', () => {
    expect([plain('ops@host'), plain('ops1@host.example.org')]).toEqual(['ops@host', 'ops1@host.example.org']);
  });
});
