/** The GitHub App that is installed in the repository. */
export type AppSettings = {
  readonly id: number;
  /** Its bot is called `<slug>[bot]`. */
  readonly slug: string;
  readonly installationId: number;
  /** PEM; a private key will do, its public half is taken. Without one every JWT is refused. */
  readonly publicKey: string | undefined;
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  /** The webhook events it has subscribed to. */
  readonly events: readonly string[];
};

export const defaultApp: AppSettings = {
  id: 7001,
  slug: 'changeover',
  installationId: 7101,
  publicKey: undefined,
  permissions: { contents: 'read', issues: 'write', metadata: 'read' },
  events: ['issue_comment', 'issues'],
};

export function appMay(app: AppSettings, name: string, level: 'read' | 'write'): boolean {
  const granted = app.permissions[name];
  return granted === 'write' || granted === level;
}
