/**
 * A text that tells people what to type in a comment, in the words of this command line: `/status 20261122-7k3f` becomes
 * `changeover status 20261122-7k3f`. What only a thread can answer is left out.
 * @param start what starts a procedure here: `run`, `plan` for whoever only looks, or `explain`
 */
export function typed(text: string, start: 'run' | 'plan' | 'explain' = 'run'): string {
  return text
    .replaceAll(/ ?`\/(?:procedures|help|hosts)[^`]*`[^.;]*[.;]/g, '')
    .replaceAll(/`\/([a-z-]+)((?: [^`]*)?)`/g, (_, verb: string, rest: string) => {
      const words = rest.trim().split(' ').filter(Boolean);
      // Typed where the run asks, with the run's question before it.
      if (verb === 'approve') return `\`${[verb, ...words.slice(0, 1)].join(' ')}\``;
      return `\`changeover ${commandOf(verb, words, start).join(' ')}\``;
    });
}

const ANSWERS = new Set(['retry', 'skip', 'rollback', 'abort', 'continue', 'pause']);

function commandOf(verb: string, words: readonly string[], start: 'run' | 'plan' | 'explain'): readonly string[] {
  if (ANSWERS.has(verb)) {
    const [run = 'RUN', prompt] = words;
    return ['decide', run, verb, ...(prompt === undefined ? [] : ['--prompt', prompt])];
  }
  if (verb === 'status' || verb === 'logs') return [verb, ...words];
  return [words.includes('dryrun') ? 'plan' : start, verb, ...words.filter((word) => word !== 'dryrun')];
}
