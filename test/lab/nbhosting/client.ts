/** Somebody who asks the service ten times a second. */
import { get } from 'node:http';

export interface Asked {
  readonly at: number;
  /** The box that answered; nothing where none did. */
  readonly box?: string;
}

export interface Client {
  readonly answers: readonly Asked[];
  readonly stop: () => void;
}

/** Begins to ask; each question by a connection of its own, as an old one would end with its box. */
export function startClient(url: string): Client {
  const answers: Asked[] = [];
  const ask = (): void => {
    const at = Date.now();
    const none = (): void => {
      answers.push({ at });
    };
    const request = get(url, { agent: false, timeout: 1000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        const box = text.split(' ')[0];
        answers.push({ at, ...(response.statusCode === 200 && box !== undefined ? { box } : {}) });
      });
      response.on('error', none);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', none);
  };
  const timer = setInterval(ask, 100);
  return {
    answers,
    stop: () => {
      clearInterval(timer);
    },
  };
}

/** From each box to the next that answered: between the last answer of the one and the first of the other. */
export function gaps(
  answers: readonly Asked[],
): readonly { readonly from: string; readonly to: string; readonly ms: number }[] {
  const good = [...answers]
    .sort((a, b) => a.at - b.at)
    .flatMap(({ at, box }) => (box === undefined ? [] : [{ at, box }]));
  return good.flatMap((one, index) => {
    const before = good[index - 1];
    return before === undefined || before.box === one.box
      ? []
      : [{ from: before.box, to: one.box, ms: one.at - before.at }];
  });
}
