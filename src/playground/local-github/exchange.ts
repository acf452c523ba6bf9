/** One request and its answer, as they went over the wire. Bodies are parsed JSON, else text; undefined when empty. */
export type Exchange = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly login: string | undefined;
  readonly requestBody: unknown;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly responseBody: unknown;
  /** The answer, or its loss, was a fault's: it need not look like GitHub's. */
  readonly faulty: boolean;
  /** The request is one that the local GitHub does not have. */
  readonly unknown: boolean;
};

/** A line of the request log. */
export type LoggedRequest = {
  readonly method: string;
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
  /** 0 when the connection was cut instead of an answer. */
  readonly status: number;
  readonly login: string | undefined;
  readonly at: string;
};

export function parsedBody(body: Buffer, contentType: string | undefined): unknown {
  if (body.length === 0) return undefined;
  const text = body.toString();
  if (contentType !== undefined && !/\bapplication\/json\b/.test(contentType)) return text;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}
