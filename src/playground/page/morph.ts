import { matchChildren } from './match-children.ts';

/** What somebody has opened or closed by hand stays so; the rest follows the comment. */
const toggledByHand = new WeakSet<Element>();

/** Remembers which `<details>` in `root` are opened and closed by hand. */
export function watchToggles(root: Element): void {
  root.addEventListener('click', ({ target }) => {
    const summary = target instanceof Element ? target.closest('summary') : null;
    if (summary?.parentElement instanceof HTMLDetailsElement) toggledByHand.add(summary.parentElement);
  });
}

/**
 * Makes `old` look like `wanted`, keeping every node that can stay: an edited comment loses neither what was opened in
 * it, nor how far an output was scrolled, nor what is selected. `wanted` is taken apart.
 */
export function morph(old: Element, wanted: Element): void {
  morphAttributes(old, wanted);
  const before = [...old.childNodes];
  const after = [...wanted.childNodes];
  const matches = matchChildren(before.map(keyOf), after.map(keyOf));
  const kept = new Set(matches);
  for (const [index, node] of before.entries()) if (!kept.has(index)) node.remove();
  let place: ChildNode | null = old.firstChild;
  for (const [index, node] of after.entries()) {
    const match = matches[index];
    const same = match === undefined ? undefined : before[match];
    if (same === undefined) {
      old.insertBefore(node, place);
      continue;
    }
    if (same instanceof Element && node instanceof Element) morph(same, node);
    else if (same.nodeValue !== node.nodeValue) same.nodeValue = node.nodeValue;
    place = same.nextSibling;
  }
}

function morphAttributes(old: Element, wanted: Element): void {
  const keep = (name: string): boolean => name === 'open' && toggledByHand.has(old);
  for (const { name } of [...old.attributes]) {
    if (!wanted.hasAttribute(name) && !keep(name)) old.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (old.getAttribute(name) !== value && !keep(name)) old.setAttribute(name, value);
  }
}

/** Nodes of the same key are taken for the same node. */
function keyOf(node: Node): string {
  if (!(node instanceof Element)) return node.nodeName;
  const summary = node instanceof HTMLDetailsElement ? node.querySelector(':scope > summary') : null;
  if (summary === null) return node.id === '' ? node.nodeName : `${node.nodeName}#${node.id}`;
  return `${node.nodeName} ${nameOf(summary)}`;
}

/** What a `<details>` is about: its title up to the first name in code, as what follows says how it stands by now. */
function nameOf(summary: Element): string {
  const code = summary.querySelector(':scope > code');
  if (code === null) return summary.textContent.replace(/[^\p{L}]+/gu, ' ').trim();
  const range = document.createRange();
  range.setStart(summary, 0);
  range.setEndAfter(code);
  return range
    .toString()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
