import createDOMPurify from 'dompurify';
import { Marked } from 'marked';

const marked = new Marked({ gfm: true, breaks: true, async: false });
const purifier = createDOMPurify(window);

// Of classes, only the language of a code block gets through, as on GitHub; of inputs, only a task list's boxes.
purifier.addHook('uponSanitizeAttribute', (node, data) => {
  if (data.attrName === 'class') data.keepAttr = node.nodeName === 'CODE' && /^language-[\w+-]+$/.test(data.attrValue);
});
purifier.addHook('uponSanitizeElement', (node) => {
  if (node instanceof HTMLInputElement && !(node.type === 'checkbox' && node.disabled)) node.remove();
});

/** A comment's Markdown as GitHub would show it: no script, no style, nothing that could pass for a part of the page. */
export function renderMarkdown(source: string, logins: ReadonlySet<string>): HTMLElement {
  const html = marked.parse(source, { async: false });
  const root = document.createElement('div');
  root.append(
    purifier.sanitize(html, {
      RETURN_DOM_FRAGMENT: true,
      USE_PROFILES: { html: true },
      SANITIZE_NAMED_PROPS: true,
      ALLOW_DATA_ATTR: false,
      FORBID_TAGS: ['style', 'form', 'button', 'select', 'textarea', 'audio', 'video', 'dialog'],
      FORBID_ATTR: ['style', 'name', 'tabindex', 'accesskey', 'contenteditable', 'popover', 'popovertarget'],
    }),
  );
  root.className = 'markdown-body';
  for (const code of root.querySelectorAll('pre > code.language-diff')) colourDiff(code);
  for (const link of root.querySelectorAll('a[href]')) openElsewhere(link);
  markMentions(root, logins);
  return root;
}

/** GitHub's classes for what was added and taken away, which github-markdown-css colours. */
function colourDiff(code: Element): void {
  const lines = code.textContent.replace(/\n$/, '').split('\n');
  code.replaceChildren(
    ...lines.flatMap((line) => {
      const name = lineClass(line);
      if (name === undefined) return [`${line}\n`];
      const span = document.createElement('span');
      span.className = name;
      span.textContent = line;
      return [span, '\n'];
    }),
  );
}

function lineClass(line: string): string | undefined {
  if (/^(\+\+\+|---) /.test(line)) return 'pl-mh';
  if (line.startsWith('+')) return 'pl-mi1';
  if (line.startsWith('-')) return 'pl-md';
  return line.startsWith('@@') ? 'pl-mdr' : undefined;
}

/** A link out of the page must not take the thread away. */
function openElsewhere(link: Element): void {
  const url = new URL(link.getAttribute('href') ?? '', location.href);
  if (url.origin === location.origin) return;
  link.setAttribute('target', '_blank');
  link.setAttribute('rel', 'noopener noreferrer');
}

/** `@olivia` stands out where there is an olivia; not in code and not in links. */
function markMentions(root: Element, logins: ReadonlySet<string>): void {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode() !== null) {
    const node = walker.currentNode;
    if (node instanceof Text && node.parentElement?.closest('code, pre, a') === null) texts.push(node);
  }
  for (const text of texts) {
    const parts = text.data.split(/(?<![\w/@.-])@([A-Za-z0-9][A-Za-z0-9-]*)/);
    if (parts.length === 1) continue;
    text.replaceWith(
      ...parts.map((part, index) => {
        if (index % 2 === 0) return part;
        if (!logins.has(part.toLowerCase())) return `@${part}`;
        const mention = document.createElement('strong');
        mention.className = 'user-mention';
        mention.textContent = `@${part}`;
        return mention;
      }),
    );
  }
}
