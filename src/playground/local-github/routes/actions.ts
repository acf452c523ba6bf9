import { z } from 'zod';

import { invalidRequest, noContent, notFound, ok, refusal, type Handler, type Route } from '../reply.ts';
import { mayWrite } from '../rights.ts';
import { workflowRunView } from '../views/actions.ts';
import { param } from './lookup.ts';

const run: Handler = (request, { base, state }) => {
  const found = state.workflowRuns.get(Number(param(request, 'run_id')));
  return found === undefined ? notFound : ok(workflowRunView(base, state, found));
};

const asked = z.object({ ref: z.string(), inputs: z.record(z.string(), z.string()).default({}) });

/** Notes that a workflow was to be started; nothing here runs one. */
const dispatch: Handler = (request, { state }) => {
  if (!mayWrite(state, request.actor)) return refusal(403, 'Must have admin rights to Repository.');
  const parsed = asked.safeParse(request.body);
  if (!parsed.success) return invalidRequest('"ref" wasn\'t supplied.');
  const { ref, inputs } = parsed.data;
  if (state.git.branch(ref) === undefined) return refusal(422, `No ref found for: ${ref}`);
  state.dispatches.push({ workflow: param(request, 'workflow_id'), ref, inputs });
  return noContent;
};

const repo = '/repos/{owner}/{repo}/actions';

export const actionsRoutes: readonly Route[] = [
  { method: 'GET', path: `${repo}/runs/{run_id}`, as: 'user', needs: ['actions', 'read'], handle: run },
  {
    method: 'POST',
    path: `${repo}/workflows/{workflow_id}/dispatches`,
    as: 'user',
    needs: ['actions', 'write'],
    handle: dispatch,
  },
];
