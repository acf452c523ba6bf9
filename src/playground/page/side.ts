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

/** The failures to begin with stand in the open, the others are folded away. */
const IN_THE_OPEN = 1;

/** Switches that are there stay the same elements, so that the keyboard's focus stays too. */
export function showFaults(
  box: HTMLElement,
  faults: readonly Fault[],
  turn: (name: string, on: boolean) => void,
): void {
  const known = [...box.querySelectorAll('input')];
  const made = faults.flatMap(({ name, description, on }) => {
    const there = known.find((input) => input.name === name);
    const input = there ?? element('input', { type: 'checkbox', role: 'switch', name });
    input.checked = on;
    if (there !== undefined) return [];
    input.addEventListener('change', () => {
      turn(name, input.checked);
    });
    return [element('label', { class: 'choice' }, input, sentence(description))];
  });
  if (made.length === 0) return;
  const more = element('details', {}, element('summary', {}, 'More'), ...made.slice(IN_THE_OPEN));
  more.open = faults.slice(IN_THE_OPEN).some(({ on }) => on);
  box.append(...made.slice(0, IN_THE_OPEN), more);
}

export function showHosts(box: HTMLElement, { hosts, folder }: PlaygroundState): void {
  const code = (text: string): HTMLElement => element('code', {}, text);
  const standIns = ['docker', 'docker-compose', 'systemctl', 'sudo', 'rsync'].flatMap((name) => [code(name), ', ']);
  box.replaceChildren(
    element(
      'p',
      {},
      'Changeover with its webhooks, SSH, jobs and journal is real. GitHub is a small one on this machine.',
    ),
    ...hosts.map(({ name, user, folder: root }) =>
      element(
        'p',
        {},
        ...[
          'The host ',
          element('strong', {}, name),
          ' is a stand-in, and its commands run as you (',
          code(user),
          '): ',
        ],
        ...[...standIns, 'MongoDB’s tools and Pryv’s own scripts stand in for the real ones and change files in '],
        ...[element('code', { class: 'path' }, root), '.'],
      ),
    ),
    element('p', {}, 'All files are in ', element('code', { class: 'path' }, folder), '.'),
  );
}

const sentence = (words: string): string => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
