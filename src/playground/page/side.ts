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
const IN_THE_OPEN: readonly string[] = ['mongorestore-fails', 'github-down'];

type Turn = (name: string, on: boolean) => void;

/** Switches that are there stay the same elements, so that the keyboard's focus stays too. */
export function showFaults(box: HTMLElement, faults: readonly Fault[], turn: Turn): void {
  if (box.childElementCount === 0) {
    const isOpen = ({ name }: Fault): boolean => IN_THE_OPEN.includes(name);
    const switches = (some: readonly Fault[]): readonly HTMLElement[] => some.map((fault) => switchOf(fault, turn));
    const folded = faults.filter((fault) => fault.of === 'host' && !isOpen(fault));
    const more = element('details', {}, element('summary', {}, 'More'), ...switches(folded), choiceOf(faults, turn));
    more.open = faults.some((fault) => fault.on && !isOpen(fault));
    box.append(...switches(faults.filter(isOpen)), more);
  }
  for (const { name, on } of faults) {
    const input = box.querySelector<HTMLInputElement>(`input[name="${name}"]`);
    if (input !== null) input.checked = on;
  }
  const select = box.querySelector('select');
  if (select === null) return;
  select.value = troubleIn(faults)?.name ?? '';
  select.dataset['is'] = select.value;
}

function switchOf({ name, description }: Fault, turn: Turn): HTMLElement {
  const input = element('input', { type: 'checkbox', role: 'switch', name });
  input.addEventListener('change', () => {
    turn(name, input.checked);
  });
  return element('label', { class: 'choice' }, input, sentence(description));
}

/** GitHub has one trouble at a time. */
function choiceOf(faults: readonly Fault[], turn: Turn): HTMLElement {
  const options = faults
    .filter((fault) => fault.of === 'github')
    .map(({ name, description }) =>
      element(
        'option',
        { value: name, title: sentence(description) },
        name.replace('github-', '').replaceAll('-', ' '),
      ),
    );
  const select = element('select', {}, element('option', { value: '' }, 'works as it should'), ...options);
  select.addEventListener('change', () => {
    const { value } = select;
    turn(value === '' ? (select.dataset['is'] ?? '') : value, value !== '');
  });
  return element('label', { class: 'troubles' }, 'GitHub', select);
}

const troubleIn = (faults: readonly Fault[]): Fault | undefined =>
  faults.find((fault) => fault.of === 'github' && fault.on);

/** Says what is wrong with GitHub while something is: the page itself goes on, which could make one wonder. */
export function showTrouble(box: HTMLElement, faults: readonly Fault[]): void {
  const trouble = troubleIn(faults);
  box.hidden = trouble === undefined;
  if (trouble === undefined) return;
  box.replaceChildren(
    element('strong', {}, `${sentence(trouble.description)}.`),
    ' So it is for Changeover alone: this page works on, and you can write. A run goes on to its next decision; what ' +
      'Changeover has to say and what you write now is not lost, but can be late until this is switched off.',
  );
}

export function showHosts(box: HTMLElement, { hosts, folder }: PlaygroundState): void {
  const code = (text: string): HTMLElement => element('code', {}, text);
  const shared = ['docker', 'systemctl', 'sudo', 'rsync'].flatMap((name) => [code(name), ', ']);
  const [{ user } = { user: 'you' }] = hosts;
  box.replaceChildren(
    element(
      'p',
      {},
      'Changeover with its webhooks, SSH, jobs and journal is real. GitHub is a small one on this machine.',
    ),
    element(
      'p',
      {},
      ...['The hosts are stand-ins, and their commands run as you (', code(user), '): ', ...shared],
      ...[
        'MongoDB’s and Redis’ tools and Pryv’s own scripts, and Fedora’s ',
        code('dnf'),
        ' and what the nbhosting boxes have, their restarts too, ',
      ],
      'stand in for the real ones and change files in the host’s folder.',
    ),
    ...hosts.map(({ name, folder: root }) =>
      element('p', {}, element('strong', {}, name), ' is in ', element('code', { class: 'path' }, root), '.'),
    ),
    element('p', {}, 'All files are in ', element('code', { class: 'path' }, folder), '.'),
  );
}

const sentence = (words: string): string => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
