import type { Files } from './git-store.ts';
import type { Role } from './types.ts';

/** What the local GitHub holds when it starts. A user without `role` has an account but no place in the repository. */
export type Seed = {
  readonly organization: string;
  readonly repository: string;
  readonly description: string;
  readonly users: readonly { readonly login: string; readonly name: string; readonly role?: Role }[];
  readonly issues: readonly { readonly title: string; readonly body: string; readonly author: string }[];
  readonly files: Files;
};

export const defaultSeed: Seed = {
  organization: 'acme',
  repository: 'ops',
  description: 'Runbooks and upgrades of the hosts at Acme',
  users: [
    { login: 'olivia', name: 'Olivia Oak', role: 'admin' },
    { login: 'william', name: 'William Ash', role: 'write' },
    { login: 'rita', name: 'Rita Elm', role: 'read' },
    { login: 'oscar', name: 'Oscar Fir' },
  ],
  issues: [
    {
      title: 'Pryv upgrade',
      author: 'olivia',
      body: [
        'Pryv runs 1.5 and should run 1.6.',
        '',
        'First look at what would happen, then do it:',
        '',
        '    /upgrade pryv 1.6 dryrun',
        '    /upgrade pryv 1.6',
        '',
        'If a step fails, `/rollback` goes back to 1.5.',
        '',
        'Or rehearse it, which lets nobody in and goes back by itself:',
        '',
        '    /upgrade pryv 1.6 environment=rehearsal',
      ].join('\n'),
    },
    {
      title: 'nbhosting: Fedora upgrade',
      author: 'olivia',
      body: [
        'The two nbhosting boxes should get the next Fedora, one after the other.',
        '',
        'What they are for and what they hold, then what would happen:',
        '',
        '    /report nbhosting',
        '    /swap nbhosting thurst thermals f27 f29 dryrun',
        '',
        'Production can move to the other box and back:',
        '',
        '    /handover nbhosting thurst thermals',
        '',
        'Or all of it, each box upgraded while the other is in production:',
        '',
        '    /swap nbhosting thurst thermals f27 f29',
      ].join('\n'),
    },
  ],
  files: { 'README.md': '# ops\n\nRunbooks and upgrades of the hosts at Acme.\n' },
};
