import type { Fault, IssueSummary, PlaygroundState } from './boundary.ts';
import { element } from './element.ts';

export function showIssues(list: HTMLElement, issues: readonly IssueSummary[], current: number, path: string): void {
  list.replaceChildren(
    ...issues.map(({ number, title, comments }) => {
      const attributes = {
        href: `${path}/${String(number)}`,
        ...(number === current ? { 'aria-current': 'page' } : {}),
      };
      const count = element('span', { class: 'count', title: 'comments' }, String(comments));
      const name = element('span', {}, title, ' ', element('span', { class: 'number' }, `#${String(number)}`));
      return element('li', {}, element('a', attributes, name, count));
    }),
  );
}

export function showLogins(
  box: HTMLElement,
  logins: PlaygroundState['logins'],
  current: string,
  choose: (login: string) => void,
): void {
  box.replaceChildren(
    ...logins.map(({ login, name, role }) => {
      const input = element('input', { type: 'radio', name: 'login', value: login });
      input.checked = login === current;
      input.addEventListener('change', () => {
        choose(login);
      });
      return element('label', { class: 'choice', title: name }, input, login, element('span', { class: 'tag' }, role));
    }),
  );
}

/** Switches that are there stay the same elements, so that the keyboard's focus stays too. */
export function showFaults(
  box: HTMLElement,
  faults: readonly Fault[],
  turn: (name: string, on: boolean) => void,
): void {
  for (const { name, description, on } of faults) {
    const known = [...box.querySelectorAll('input')].find((input) => input.name === name);
    if (known !== undefined) {
      known.checked = on;
      continue;
    }
    const input = element('input', { type: 'checkbox', role: 'switch', name });
    input.checked = on;
    input.addEventListener('change', () => {
      turn(name, input.checked);
    });
    box.append(element('label', { class: 'choice' }, input, sentence(description)));
  }
}

export function showHosts(box: HTMLElement, { hosts, folder }: PlaygroundState): void {
  box.replaceChildren(
    element(
      'p',
      {},
      'Changeover is the real one, and so are its signed webhooks, SSH, jobs and journal. This GitHub is a small local one.',
    ),
    ...hosts.map(({ name, user, folder: root }) =>
      element(
        'p',
        {},
        'The host ',
        element('strong', {}, name),
        ' is a stand-in: Its SSH server is real, but its commands run on this machine as you (',
        element('code', {}, user),
        '). There, ',
        element('code', {}, 'docker'),
        ', ',
        element('code', {}, 'docker-compose'),
        ', ',
        element('code', {}, 'systemctl'),
        ', ',
        element('code', {}, 'sudo'),
        ' and ',
        element('code', {}, 'rsync'),
        ', with MongoDB’s tools, are stand-ins too: scripts that change real files in ',
        element('code', { class: 'path' }, root),
        '.',
      ),
    ),
    element('p', {}, 'All of it lies in ', element('code', { class: 'path' }, folder), ' and goes when this stops.'),
  );
}

const sentence = (words: string): string => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
