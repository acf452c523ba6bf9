import { createHash } from 'node:crypto';

/** A page of the set-up: plain HTML, whatever stands in it is text. */
export interface Page {
  readonly title: string;
  /** Paragraphs, texts alone. */
  readonly says: readonly string[];
  /** What will be registered, by name. */
  readonly rows?: readonly (readonly [name: string, value: string])[];
  /** A button that sends these fields to another site. */
  readonly form?: {
    readonly action: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly button: string;
  };
  readonly links?: readonly { readonly href: string; readonly text: string }[];
  /** To be typed at a terminal. */
  readonly command?: string;
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem 1rem .4rem 0; border-top: 1px solid #8884; }
th { font-weight: 600; white-space: nowrap; }
td { overflow-wrap: anywhere; }
button { font: inherit; font-weight: 600; padding: .6rem 1.2rem; border: 0; border-radius: .4rem; background: #1f6f43; color: #fff; cursor: pointer; }
button:focus-visible, a:focus-visible { outline: 3px solid #4a90d9; outline-offset: 2px; }
pre { padding: .75rem 1rem; border: 1px solid #8884; border-radius: .4rem; white-space: pre-wrap; overflow-wrap: anywhere; }
`;

/** Scripts, frames, pictures and styles of anybody else's do not load; nothing is kept by the browser or told to others. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'referrer-policy': 'strict-origin',
  'x-content-type-options': 'nosniff',
  connection: 'close',
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const text = (value: string): string => value.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

export function pageText({ title, says, rows = [], form, links = [], command }: Page): string {
  const table = rows.map(([name, value]) => `<tr><th scope="row">${text(name)}</th><td>${text(value)}</td></tr>`);
  const fields = Object.entries(form?.fields ?? {}).map(
    ([name, value]) => `<input type="hidden" name="${text(name)}" value="${text(value)}">`,
  );
  const parts = [
    `<h1>${text(title)}</h1>`,
    ...says.map((each) => `<p>${text(each)}</p>`),
    ...(table.length === 0 ? [] : [`<table>${table.join('')}</table>`]),
    ...(form === undefined
      ? []
      : [
          `<form method="post" action="${text(form.action)}">${fields.join('')}<button>${text(form.button)}</button></form>`,
        ]),
    ...links.map(({ href, text: words }) => `<p><a href="${text(href)}">${text(words)}</a></p>`),
    ...(command === undefined ? [] : [`<pre>${text(command)}</pre>`]),
  ];
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${text(title)}</title>` +
    `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>\n<body>\n${parts.join('\n')}\n</body></html>\n`
  );
}
