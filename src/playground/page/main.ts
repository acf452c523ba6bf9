import 'github-markdown-css/github-markdown.css';
import './page.css';

import * as api from './api.ts';
import type { PlaygroundState } from './boundary.ts';
import { createComposer } from './composer.ts';
import { byId } from './element.ts';
import { createNewerButton, goToEnd, goToNamed, isAtEnd } from './follow.ts';
import { listen } from './live.ts';
import { createRefresher } from './refresher.ts';
import { showFaults, showHosts, showIssues, showLogins, showTrouble } from './side.ts';
import { createThread } from './thread.ts';

const LOGIN = 'changeover-login';

/** The issue that the address names, as on GitHub; the first one at `/`. */
const issueNumber = (): number => Number(/\/issues\/(\d+)$/.exec(location.pathname)?.[1] ?? 1);

function start(state: PlaygroundState): void {
  const { repository, logins } = state;
  const path = `/${repository.owner}/${repository.name}/issues`;
  const number = issueNumber();
  const remembered = localStorage.getItem(LOGIN);
  let login = logins.find((each) => each.login === remembered)?.login ?? logins[0]?.login ?? '';
  let justPosted = false;

  const gitHub = (): api.GitHub => api.gitHubAs(login, repository);
  const names = new Set([...logins.map((each) => each.login.toLowerCase()), 'changeover']);
  const thread = createThread(byId('thread', HTMLOListElement), names);
  const newer = createNewerButton(byId('newer', HTMLButtonElement));
  const composer = createComposer(async (body) => {
    await gitHub().comment(number, body);
    justPosted = true;
    refreshThread();
  });
  const failed = (error: unknown): void => {
    composer.complain(error instanceof Error ? error.message : String(error));
  };

  const refreshThread = createRefresher(async () => {
    const [issue, comments] = await Promise.all([gitHub().issue(number), gitHub().comments(number)]);
    const wasAtEnd = isAtEnd();
    const { first, added } = thread.show(issue, comments);
    document.title = `${issue.title} · Changeover playground`;
    byId('title', HTMLElement).textContent = `${issue.title} #${String(number)}`;
    composer.hint(comments.length === 0 && number === 1);
    composer.suggest(thread.namedCommands());
    if (first) goToNamed();
    else if (justPosted || wasAtEnd) goToEnd();
    else if (added) newer.show();
    justPosted = false;
  }, failed);
  const refreshIssues = createRefresher(async () => {
    showIssues(byId('issues', HTMLElement), await gitHub().issues(), number, path);
  }, failed);
  const faultsBox = byId('faults', HTMLElement);
  const turn = (name: string, on: boolean): void => {
    api.setFault(name, on).catch((error: unknown) => {
      failed(error);
      refreshFaults();
    });
  };
  const refreshFaults = createRefresher(async () => {
    const faults = await api.faults();
    showFaults(faultsBox, faults, turn);
    showTrouble(byId('trouble', HTMLElement), faults);
  }, failed);

  const choose = (chosen: string): void => {
    login = chosen;
    localStorage.setItem(LOGIN, chosen);
    composer.speakAs(chosen);
    composer.complain(undefined);
  };
  byId('repository', HTMLElement).textContent = `playground · ${repository.owner}/${repository.name}`;
  showLogins(byId('logins', HTMLElement), logins, login, choose);
  composer.speakAs(login);
  showHosts(byId('hosts', HTMLElement), state);

  listen(
    (notice) => {
      if (notice.kind === 'faults') refreshFaults();
      else refreshIssues();
      if (notice.kind === 'thread' && (notice.issue ?? number) === number) refreshThread();
    },
    (connected) => {
      byId('offline', HTMLElement).hidden = connected;
      if (!connected) return;
      refreshThread();
      refreshIssues();
      refreshFaults();
    },
  );
}

// On a narrow screen the thread comes first: what stands beside it is folded away above it.
if (window.matchMedia('(max-width: 760px)').matches) {
  for (const id of ['faults-card', 'hosts-card']) byId(id, HTMLDetailsElement).open = false;
}

api.playgroundState().then(start, (error: unknown) => {
  const problem = byId('problem', HTMLElement);
  problem.textContent = error instanceof Error ? error.message : String(error);
  problem.hidden = false;
});
