/** Quotes a value so that a POSIX shell reads it as that one word, whatever is in it. It must hold no NUL. */
export function quote(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

/** A shell command that prints `text` exactly, NUL bytes too. Built in to the shell, so of any length and in no process list. */
export function printing(text: string): string {
  return text
    .split('\0')
    .map((part) => `printf %s ${quote(part)}`)
    .join(String.raw` && printf '\000' && `);
}

/** Makes any name a file name, so that `decodeName` gives it back: a call path's `/` and a leading dot are encoded. */
export function encodeName(name: string): string {
  return name
    .replace(/[^\w.@+-]/gu, (char) => encodeURIComponent(char).replaceAll(/[!'()*~]/g, asHex))
    .replace(/^\.+/, (dots) => '%2E'.repeat(dots.length));
}

export function decodeName(encoded: string): string {
  return decodeURIComponent(encoded);
}

function asHex(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}
