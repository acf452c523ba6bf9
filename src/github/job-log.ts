/** The log of an Actions job, where a line that begins with `::` is a command to GitHub's runner. */
export interface JobLog {
  /** Hides these texts in all that is printed from now on, by this process or another of the job, line by line. */
  mask(values: readonly string[]): void;
  /** Folds what is printed while the work is done into one line. Nothing of it is a command, whatever hosts have printed. */
  group<T>(title: string, work: () => Promise<T> | T): Promise<T>;
  /** Says what is wrong, where GitHub shows it beside the job. */
  error(text: string): void;
}

export interface JobLogOptions {
  readonly write: (text: string) => void;
  /** Without it there is no runner to command: to print a mask would only print a secret. */
  readonly onRunner: boolean;
  /** Ends a group; what is printed in it must not know it. */
  readonly token: string;
}

/** Shorter lines of a value of several, such as a brace, stand everywhere. */
const SHORTEST_LINE = 6;
/** No secret is shorter; to hide less would make a log that nobody can read. */
const SHORTEST = 4;

export function createJobLog({ write, onRunner, token }: JobLogOptions): JobLog {
  const masked = new Set<string>();
  let open = false;

  /** In a group commands are off, so that they are put on again for one. */
  const command = (line: string): void => {
    write(open ? `::${token}::\n${line}\n::stop-commands::${token}\n` : `${line}\n`);
  };

  return {
    mask: (values) => {
      if (!onRunner) return;
      for (const line of values.flatMap(linesOf)) {
        if (masked.has(line)) continue;
        masked.add(line);
        command(`::add-mask::${escaped(line)}`);
      }
    },
    group: async (title, work) => {
      if (!onRunner) return work();
      write(`::group::${escaped(title)}\n::stop-commands::${token}\n`);
      open = true;
      try {
        return await work();
      } finally {
        // What is logged comes by way of a stream: the last of it must not come behind the end.
        await new Promise(setImmediate);
        open = false;
        write(`::${token}::\n::endgroup::\n`);
      }
    },
    error: (text) => {
      if (onRunner) command(`::error title=Changeover::${escaped(text)}`);
      else write(`changeover: ${text}\n`);
    },
  };
}

function linesOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line.length >= (lines.length > 1 ? SHORTEST_LINE : SHORTEST));
}

/** As the runner reads the words of a command. */
const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
