import type { AppSettings } from '../app-settings.ts';
import type { State } from '../state.ts';
import { nodeId, simpleUser } from './users.ts';

/** The app itself (`integration`). */
export function integration(base: string, state: State, app: AppSettings) {
  return {
    id: app.id,
    client_id: `Iv1.${String(app.id).padStart(16, '0')}`,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    owner: simpleUser(base, state.organization),
    name: app.slug,
    description: null,
    external_url: `${base}/apps/${app.slug}/about`,
    html_url: `${base}/apps/${app.slug}`,
    created_at: state.createdAt,
    updated_at: state.createdAt,
    permissions: app.permissions,
    events: app.events,
    installations_count: 1,
  };
}

/** The app's installation in the organization. */
export function installation(base: string, state: State, app: AppSettings) {
  const id = String(app.installationId);
  return {
    id: app.installationId,
    client_id: `Iv1.${String(app.id).padStart(16, '0')}`,
    account: simpleUser(base, state.organization),
    repository_selection: 'selected',
    access_tokens_url: `${base}/app/installations/${id}/access_tokens`,
    repositories_url: `${base}/installation/repositories`,
    html_url: `${base}/organizations/${state.organization.login}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: state.organization.id,
    target_type: 'Organization',
    permissions: app.permissions,
    events: app.events,
    created_at: state.createdAt,
    updated_at: state.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: null,
  };
}
