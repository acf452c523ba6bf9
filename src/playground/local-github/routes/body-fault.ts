import { invalid, type Reply } from '../reply.ts';

const longest = 65_536;

/** GitHub's 422 for a text that is blank or too long; characters are code points, not UTF-16 units. */
export function bodyFault(resource: 'Issue' | 'IssueComment', text: string): Reply | undefined {
  if (text.trim() === '') return invalid(resource, 'data', 'unprocessable', 'Body cannot be blank');
  if (text.length > longest && Array.from(text).length > longest) {
    return invalid(resource, 'data', 'unprocessable', `Body is too long (maximum is ${String(longest)} characters)`);
  }
  return undefined;
}
