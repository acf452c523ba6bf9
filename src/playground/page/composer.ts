import { FIRST_STEPS, suggestions, WAY_BACK } from './commands.ts';
import { byId, element } from './element.ts';

export type Composer = {
  readonly speakAs: (login: string) => void;
  /** Offers commands beside the button; `named` are those that the last answer names. */
  readonly suggest: (named: readonly string[]) => void;
  /** Shows or hides what the first visit says to type. */
  readonly hint: (visible: boolean) => void;
  readonly complain: (words: string | undefined) => void;
};

/** The comment box at the end of the thread. `send` rejects with words for people. */
export function createComposer(send: (body: string) => Promise<void>): Composer {
  const box = byId('comment', HTMLTextAreaElement);
  const button = byId('send', HTMLButtonElement);
  const problem = byId('problem', HTMLElement);
  const hint = byId('hint', HTMLElement);
  const form = byId('composer', HTMLFormElement);

  const complain = (words: string | undefined): void => {
    problem.textContent = words ?? '';
    problem.hidden = words === undefined;
  };

  const fill = (command: string): void => {
    box.value = command;
    box.focus();
  };

  const submit = async (): Promise<void> => {
    const body = box.value;
    if (body.trim() === '' || button.disabled) return;
    button.disabled = true;
    try {
      await send(body);
      // What was typed on while it was sent stays.
      if (box.value === body) box.value = '';
      complain(undefined);
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    } finally {
      button.disabled = false;
    }
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void submit();
  });

  const chip = (command: string): HTMLButtonElement => {
    const made = element('button', { type: 'button', class: 'chip' }, command);
    made.addEventListener('click', () => {
      fill(command);
    });
    return made;
  };

  hint.replaceChildren(
    element('h2', {}, 'What to type'),
    element('p', {}, 'Commands are comments. Press one to fill it in below, then press Comment.'),
    element('ol', {}, ...FIRST_STEPS.map(({ command, does }) => element('li', {}, chip(command), ' ', does))),
    element(
      'p',
      {},
      'To see a step break, first switch on a failure under “Make something fail”. The upgrade then stops and asks; ',
      chip(WAY_BACK),
      ' takes the host back to where it was. An upgrade that has succeeded cannot be typed again: the host is new when the playground is started anew.',
    ),
  );

  return {
    speakAs: (login) => {
      byId('speaker', HTMLElement).textContent = login;
    },
    suggest: (named) => {
      const always = [...FIRST_STEPS.map(({ command }) => command), '/help'];
      byId('suggestions', HTMLElement).replaceChildren(...suggestions(named, always).map(chip));
    },
    hint: (visible) => {
      hint.hidden = !visible;
    },
    complain,
  };
}
