/** Somebody who asks the service ten times a second. */
import { get } from 'node:http';

/** A question whose answer, if one came, ended at `until`, both in milliseconds. */
export interface Asked {
  readonly at: number;
  readonly until: number;
  /** The box that answered; nothing where none did. */
  readonly box?: string;
}

export interface Client {
  /** Asks no more, and gives what was asked once all is answered or given up, in the order of asking. */
  readonly stop: () => Promise<readonly Asked[]>;
}

export const EACH_MS = 100;
/** A machine that is busy with other things answers late; that is none of the service's. */
const PATIENCE_MS = 10_000;

/** Begins to ask; each question by a connection of its own, as an old one would end with its box. */
export function startClient(url: string): Client {
  const asked: Promise<Asked>[] = [];
  const timer = setInterval(() => asked.push(ask(url)), EACH_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return Promise.all(asked);
    },
  };
}

function ask(url: string): Promise<Asked> {
  const at = Date.now();
  return new Promise((resolve) => {
    const none = (): void => {
      resolve({ at, until: Date.now() });
    };
    const request = get(url, { agent: false, signal: AbortSignal.timeout(PATIENCE_MS) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        const [box = ''] = text.split(' ');
        if (response.statusCode === 200 && box !== '') resolve({ at, until: Date.now(), box });
        else none();
      });
      response.on('error', none);
    });
    request.on('error', none);
  });
}

/** From the last answer of one box to the first of the other. */
export interface Move {
  readonly from: string;
  readonly to: string;
  /** When the last that was answered by the one asked, and when the first answer of the other was there. */
  readonly since: number;
  readonly until: number;
}

export function movesIn(asked: readonly Asked[]): readonly Move[] {
  const good = asked
    .flatMap(({ at, until, box }) => (box === undefined ? [] : [{ at, until, box }]))
    .sort((a, b) => a.until - b.until);
  return good.flatMap(({ until, box }, index) => {
    const before = good[index - 1];
    return before === undefined || before.box === box ? [] : [{ from: before.box, to: box, since: before.at, until }];
  });
}

/** A row of questions, one after the other, that nobody answered. */
export interface Silence {
  readonly since: number;
  readonly until: number;
  readonly questions: number;
}

export function silencesIn(asked: readonly Asked[]): readonly Silence[] {
  const rows: Silence[] = [];
  let open = false;
  for (const { at, box } of asked) {
    const row = open && box === undefined ? rows.pop() : undefined;
    if (box === undefined) rows.push({ since: row?.since ?? at, until: at, questions: (row?.questions ?? 0) + 1 });
    open = box === undefined;
  }
  return rows;
}
