import { expect, it } from '@jest/globals';
import { patientClient } from '../../src/github/patient-client.ts';
import { livesOf } from '../../src/github/workflow-runs.ts';
import { localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';

const openApi = await loadOpenApi();

describeWith(openApi)("a workflow's run", (checker) => {
  const start = localGitHubs(checker);

  it('is at work until GitHub says that it has completed or was started again, and unsure where GitHub does not say', async () => {
    const github = await start();
    const lives = livesOf(patientClient({ token: 'william', apiUrl: github.url, pace: 'none' }), {
      owner: 'acme',
      repo: 'ops',
    });
    github.workflows.set({ id: 1, attempt: 1, status: 'in_progress' });
    github.workflows.set({ id: 2, attempt: 2, status: 'in_progress' });
    expect(await lives({ id: '1', attempt: 1 })).toBe('yes');
    expect(await lives({ id: '2', attempt: 1 })).toBe('no');
    expect(await lives({ id: '2', attempt: 2 })).toBe('yes');
    expect(await lives({ id: '3', attempt: 1 })).toBe('unsure');
    expect(await lives({ id: 'local', attempt: 1 })).toBe('unsure');
    github.workflows.set({ id: 1, attempt: 1, status: 'completed' });
    const heal = github.faults.add({ path: /\/actions\/runs\//, status: 503, times: Infinity });
    expect(await lives({ id: '1', attempt: 1 })).toBe('unsure');
    heal();
    expect(await lives({ id: '1', attempt: 1 })).toBe('no');
    const asked = github.requests.length;
    expect(await lives({ id: '1', attempt: 1 })).toBe('no');
    // The dead stay dead: nobody has to be asked again.
    expect(github.requests).toHaveLength(asked);
  });
});
