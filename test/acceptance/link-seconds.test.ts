import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startBuilt } from './support/thread-process.ts';
import { makeWorkplace, type Workplace } from './workplace.ts';

const WRONG = { CHANGEOVER_LINK_SECONDS: 'soon' };
const SAID = /CHANGEOVER_LINK_SECONDS: seconds, from 1 to 600/;

let work: Workplace;
beforeEach(() => {
  work = makeWorkplace();
});
afterEach(() => {
  work.remove();
});

describe('a setting for links that makes no sense', () => {
  it('is told by the command line, which does nothing then', async () => {
    expect(await work.changeoverWith(WRONG, 'status')).toEqual({ code: 2, out: '', err: expect.stringMatching(SAID) });
    expect(await work.changeover('status')).toMatchObject({ code: 0 });
  });

  it.each(['server.js', 'github-action.js'])('is told by %s beside all else that is missing', async (file) => {
    const issue = { GITHUB_EVENT_NAME: 'issue_comment', GITHUB_EVENT_PATH: '/event' };
    const { code, said } = await startBuilt(file, [], { ...issue, ...WRONG, HOME: work.folder }).ended;
    expect([code, said]).toEqual([2, expect.stringMatching(SAID)]);
    expect(said).toMatch(/WEBHOOK_SECRET|token/);
  });
});
