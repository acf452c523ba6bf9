/** How near the page's end still counts as its end, in pixels. */
const NEAR = 160;

/** Whether somebody reads at the end of the page, and so wants to see what is added there. */
export const isAtEnd = (): boolean => {
  const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
  return scrollHeight - clientHeight - scrollTop <= NEAR;
};

export const goToEnd = (): void => {
  window.scrollTo({ top: document.documentElement.scrollHeight });
};

/** The comment that the address names was not there yet when the browser looked for it. */
export const goToNamed = (): void => {
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
};

/** A button that tells of what came below, for somebody who reads further up. */
export function createNewerButton(button: HTMLButtonElement): { readonly show: () => void } {
  const hide = (): void => {
    button.hidden = true;
  };
  button.addEventListener('click', () => {
    goToEnd();
    hide();
  });
  window.addEventListener(
    'scroll',
    () => {
      if (isAtEnd()) hide();
    },
    { passive: true },
  );
  return {
    show: () => {
      button.hidden = false;
    },
  };
}
