import { describe, expect, it } from '@jest/globals';
import { readActionSettings } from '../../src/github/action-settings.ts';
import { readSettings } from '../../src/github/settings.ts';

const ENV = { APP_ID: '7001', PRIVATE_KEY: 'a\\nb', WEBHOOK_SECRET: 's' };

describe("the server's settings", () => {
  it('take what is given and guess the harmless rest', () => {
    expect(readSettings({ ...ENV, XDG_STATE_HOME: '/state' })).toEqual({
      kind: 'ok',
      settings: {
        appId: 7001,
        privateKey: { text: 'a\nb' },
        webhookSecret: 's',
        port: 3000,
        host: '127.0.0.1',
        apiUrl: undefined,
        journal: '/state/changeover',
        pace: 'github',
        lookMs: 180_000,
        remindAfterMs: 14_400_000,
        logLevel: 'info',
      },
    });
    // As Docker hands on what stands in quotes in a file of variables.
    expect(readSettings({ ...ENV, PRIVATE_KEY: '"a\\nb"' })).toMatchObject({
      settings: { privateKey: { text: 'a\nb' } },
    });
    const more = {
      PRIVATE_KEY: '',
      PRIVATE_KEY_PATH: '/key',
      PORT: '0',
      HOST: '::1',
      CHANGEOVER_PACE: 'none',
      CHANGEOVER_LOOK_SECONDS: '5',
      CHANGEOVER_REMIND_SECONDS: '0',
    };
    const urls = { GITHUB_API_URL: 'http://127.0.0.1:1', CHANGEOVER_JOURNAL: '/j', LOG_LEVEL: 'warn' };
    expect(readSettings({ ...ENV, ...more, ...urls })).toMatchObject({
      settings: {
        privateKey: { path: '/key' },
        port: 0,
        host: '::1',
        pace: 'none',
        lookMs: 5_000,
        remindAfterMs: 0,
        apiUrl: 'http://127.0.0.1:1',
      },
    });
  });

  it.each(['', '   ', undefined, 'development'])('never start without a webhook secret of their own (%p)', (secret) => {
    expect(readSettings({ ...ENV, WEBHOOK_SECRET: secret })).toEqual({
      kind: 'faulty',
      problems: [expect.stringContaining('WEBHOOK_SECRET')],
    });
  });

  it('name all that is missing or wrong at once', () => {
    const read = readSettings({ PORT: '99999', GITHUB_API_URL: 'github', CHANGEOVER_PACE: 'fast', LOG_LEVEL: 'loud' });
    const problems = read.kind === 'faulty' ? read.problems : [];
    const names = problems.map((problem) => problem.split(':')[0]);
    expect(names).toEqual([
      'APP_ID',
      'PRIVATE_KEY',
      'WEBHOOK_SECRET',
      'PORT',
      'GITHUB_API_URL',
      'CHANGEOVER_PACE',
      'LOG_LEVEL',
    ]);
  });
});

describe("the action's settings", () => {
  const job = {
    GITHUB_EVENT_NAME: 'issue_comment',
    GITHUB_EVENT_PATH: '/event',
    GITHUB_TOKEN: 't',
    GITHUB_REPOSITORY: 'acme/ops',
    GITHUB_TRIGGERING_ACTOR: 'william',
  };

  it('take the inputs before the environment', () => {
    const given = { ...job, INPUT_TOKEN: 'own', INPUT_JOURNAL: '/j', CHANGEOVER_JOURNAL: '/other', GITHUB_RUN_ID: '4' };
    expect(readActionSettings(given)).toMatchObject({
      settings: { token: 'own', journal: '/j', login: 'github-actions[bot]', id: '4' },
    });
  });

  it('want a folder that outlives the job', () => {
    expect(readActionSettings(job)).toEqual({ kind: 'faulty', problems: [expect.stringContaining('journal')] });
  });

  it('want paths within the repository', () => {
    for (const path of ['/etc/hosts.yml', 'a/../../b', 'a//b', './a', 'a/']) {
      expect(readActionSettings({ ...job, INPUT_JOURNAL: '/j', INPUT_INVENTORY: path })).toEqual({
        kind: 'faulty',
        problems: [expect.stringContaining('inventory: a path in the repository')],
      });
    }
  });

  it('have nothing to do for other events', () => {
    expect(readActionSettings({ ...job, GITHUB_EVENT_NAME: 'push' })).toEqual({
      kind: 'nothing',
      why: expect.stringContaining('nothing to do for push'),
    });
  });
});
