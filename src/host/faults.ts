/** The connection to a host ended while something was under way. What had been sent may have been done. */
export class LinkLost extends Error {
  override readonly name = 'LinkLost';
}

/** No connection can be had. `lasting`: trying again cannot help (host key, credentials). */
export class CannotConnect extends Error {
  override readonly name = 'CannotConnect';
  readonly lasting: boolean;

  constructor(message: string, lasting: boolean) {
    super(message);
    this.lasting = lasting;
  }
}

/** An error's own words. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
