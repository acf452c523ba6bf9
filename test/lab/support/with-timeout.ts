/**
 * A procedure's text in which one step, by its id, waits so long instead; the same text where there is no such step. For what
 * is waited for in vain: all else keeps its time, as a busy machine may need it.
 */
export const withTimeout = (text: string, step: string, timeout: string): string =>
  text.replace(new RegExp(`(?<=- id: ${step}\\n(?: {4}.*\\n)*? +timeout: )\\w+`), timeout);
