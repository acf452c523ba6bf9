/** What a probe has printed in a dry run: one `name value` a line. */
export type Seen = Readonly<Partial<Record<string, string>>>;

export const seenIn = (stdout: string): Seen =>
  Object.fromEntries(
    stdout.split('\n').flatMap((line) => {
      const space = line.indexOf(' ');
      return space > 0 ? [[line.slice(0, space), line.slice(space + 1)]] : [];
    }),
  );

/** The probe's words for what it refuses, for people. */
export const refusal = (stderr: string): string => stderr.trim() || 'it could not be looked at, and nothing says why';

/** A path or target as people read it: quoted as soon as anything in it could mislead the eye. */
export const shown = (name: string): string => (/^[\w./@:+,=%-]+$/.test(name) ? name : JSON.stringify(name));
