import { describe, expect, it } from '@jest/globals';
import { hearWords } from '../../src/github/heard-words.ts';
import { stepSummary } from '../../src/github/step-summary.ts';

const marked = (kind: string, head: string, text: string): string =>
  `<!-- changeover:run=20260101-aaaa kind=${kind} head=${head} -->\n${text}`;

describe("a job's summary", () => {
  it('holds each comment that the job wrote, in its last words, with where it stands', async () => {
    const { client, all } = hearWords({
      request: (route) =>
        Promise.resolve({ headers: {}, data: route.startsWith('GET') ? [] : { id: 7, html_url: 'https://x/7' } }),
    });
    const comments = '/repos/{owner}/{repo}/issues/{issue_number}/comments';
    await client.request(`POST ${comments}`, { body: marked('live', '', 'It begins.') });
    await client.request(`GET ${comments}`, { body: 'not written' });
    await client.request(`POST ${comments}`, { body: '<!-- changeover:reply=8 -->\nNo.' });
    await client.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      body: marked('live', 'ab', 'It ends.'),
    });
    await client.request('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', { content: 'eyes' });
    expect(stepSummary(all())).toBe(
      '[In the thread](https://x/7):\n\nIt ends.\n\n---\n\n[In the thread](https://x/7):\n\nNo.\n',
    );
  });

  it('holds what GitHub did not take, too', async () => {
    const { client, all } = hearWords({ request: () => Promise.reject(new Error('no')) });
    const posted = client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { body: 'a\nNo.' });
    await expect(posted).rejects.toThrow('no');
    expect(stepSummary(all())).toContain('GitHub did not take this:\n\na\nNo.');
  });

  it('stays within what GitHub takes', () => {
    const word = { body: 'é'.repeat(30_000) };
    const text = stepSummary(Array.from({ length: 20 }, () => word));
    expect(Buffer.byteLength(text)).toBeLessThan(1_048_576);
    expect(text).toMatch(/4 more of its comments have no room here\.\n$/);
  });

  it('begins with what is wrong', () => {
    expect(stepSummary([{ body: 'a\nNo.' }], 'It may not write.')).toBe(
      'It may not write.\n\n---\n\nGitHub did not take this:\n\na\nNo.\n',
    );
  });

  it('says so where nothing was said', () => {
    expect(stepSummary([])).toBe('There was nothing to say.\n');
  });
});
