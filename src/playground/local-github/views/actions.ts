import type { State } from '../state.ts';
import type { WorkflowRun } from '../types.ts';
import { fullName, repository, repositoryUrl } from './repository.ts';
import { nodeId, simpleUser } from './users.ts';

/** A run of a workflow, as GitHub shows it. */
export function workflowRunView(
  base: string,
  state: State,
  { id, attempt, status, event = 'issue_comment', actor }: WorkflowRun,
) {
  const by = state.users.get((actor ?? '').toLowerCase());
  const url = `${repositoryUrl(base, state)}/actions/runs/${String(id)}`;
  const html = `${base}/${fullName(state)}/actions/runs/${String(id)}`;
  const head = state.git.branch(state.git.defaultBranch());
  const workflow = 4001;
  return {
    id,
    node_id: nodeId('WFR', id),
    name: 'changeover',
    head_branch: state.git.defaultBranch(),
    head_sha: head?.sha ?? '',
    path: '.github/workflows/changeover.yml',
    display_title: 'changeover',
    run_number: 1,
    run_attempt: attempt,
    event,
    ...(by === undefined ? {} : { actor: simpleUser(base, by) }),
    status,
    conclusion: status === 'completed' ? 'success' : null,
    workflow_id: workflow,
    url,
    html_url: html,
    pull_requests: [],
    created_at: state.createdAt,
    updated_at: state.createdAt,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repositoryUrl(base, state)}/check-suites/1`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    workflow_url: `${repositoryUrl(base, state)}/actions/workflows/${String(workflow)}`,
    head_commit: null,
    repository: repository(base, state),
    head_repository: repository(base, state),
  };
}
