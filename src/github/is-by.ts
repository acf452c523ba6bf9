import type { Speaker } from '../run/types.ts';
import type { IssueComment } from './boundary.ts';

/**
 * Whether a comment is by Changeover itself, whatever it says: any user can copy a marker. An App's own comments are a
 * bot's; what a person does by way of the App is not its word. No user's login can be one that ends in `[bot]`.
 */
export const isBy = (speaker: Speaker, { app, author }: Pick<IssueComment, 'app' | 'author'>): boolean =>
  'app' in speaker ? app === speaker.app && author?.type === 'Bot' : author?.login === speaker.login;
