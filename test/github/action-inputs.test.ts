import { describe, expect, it } from '@jest/globals';
import { readInputs } from '../../src/github/action-inputs.ts';

describe("the action's inputs", () => {
  it('go before the environment', () => {
    const { env } = readInputs({ CHANGEOVER_SSH_KEY: 'env', INPUT_SSH_KEY: 'input' }, '/f');
    expect(env).toMatchObject({ CHANGEOVER_SSH_KEY: 'input' });
    expect(readInputs({ CHANGEOVER_SSH_KEY: 'env', INPUT_SSH_KEY: ' ' }, '/f').env).toMatchObject({
      CHANGEOVER_SSH_KEY: 'env',
    });
  });

  it('give known hosts as lines or as the path of a file', () => {
    const text = 'one.example ssh-ed25519 AAAA\ntwo.example ssh-ed25519 BBBB';
    const lines = readInputs({ INPUT_KNOWN_HOSTS: `${text}\n` }, '/f');
    expect([lines.env['CHANGEOVER_KNOWN_HOSTS'], lines.knownHosts]).toEqual([
      '/f/known_hosts',
      { path: '/f/known_hosts', text: `${text}\n` },
    ]);
    const path = readInputs({ INPUT_KNOWN_HOSTS: '/etc/ssh/ssh_known_hosts' }, '/f');
    expect([path.env['CHANGEOVER_KNOWN_HOSTS'], path.knownHosts]).toEqual(['/etc/ssh/ssh_known_hosts', undefined]);
    expect(readInputs({ CHANGEOVER_KNOWN_HOSTS: '/own' }, '/f').env['CHANGEOVER_KNOWN_HOSTS']).toBe('/own');
  });

  it('name all that must not be printed', () => {
    const env = {
      INPUT_SSH_KEY: 'key',
      INPUT_TOKEN: 'token',
      CHANGEOVER_SECRET_DB: 'db',
      CHANGEOVER_SECRETS: '/run/s',
    };
    expect(readInputs({ ...env, CHANGEOVER_JOURNAL: '/j' }, '/f').secrets.toSorted()).toEqual([
      'db',
      'key',
      'key',
      'token',
    ]);
  });
});
