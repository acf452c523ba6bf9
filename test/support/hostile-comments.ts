/** Comments as nobody should write them, with what they ask for as far as that is beyond doubt. */
import fc from 'fast-check';
import { injections } from './injections.ts';

/** `asks`: the one line that is a command; `nothing`: no line is one; `open`: the pieces may have made anything. */
export interface HostileComment {
  readonly body: string;
  readonly asks: { readonly line: string } | 'nothing' | 'open';
}

const injection = fc.constantFrom(...injections);
/** One line of Markdown: what could end it is for the soup below. */
const inLine = injection.filter((text) => !/[\n\r]/.test(text));
const junk = fc.oneof(
  { weight: 4, arbitrary: injection },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.array(injection, { minLength: 2, maxLength: 4 }).map((parts) => parts.join(' ')) },
);

/** Of which each is followed where it stands alone; what they do is all they are for. */
const PLAIN = [
  ...[
    '/upgrade demo 1.6',
    '/upgrade demo 1.6 dryrun',
    '/note demo text=x',
    '/retry',
    '/skip p1',
    '/rollback',
    '/abort',
  ],
  ...['/continue', '/pause', '/approve 3f2a9c1d', '/help', '/procedures', '/hosts', '/status', '/logs note', '/queue'],
  ...['/lock one a reason', '/unlock one', '/cancel 20261122-7k3f'],
];
const plain = fc.constantFrom(...PLAIN);

/** Commands in which hostile text is a value, a word, a name or a verb; many are faulty. */
const loaded = fc.oneof(
  { weight: 4, arbitrary: inLine.map((text) => `/note demo text="${text.replaceAll('"', "'")}"`) },
  { weight: 2, arbitrary: inLine.map((text) => `/note demo text='${text.replaceAll("'", '"')}' dryrun`) },
  { weight: 1, arbitrary: inLine.map((text) => `/note demo ${text}`) },
  { weight: 1, arbitrary: inLine.map((text) => `/upgrade demo ${text}`) },
  { weight: 1, arbitrary: inLine.map((text) => `/upgrade demo 1.6 ${text}=x`) },
  { weight: 1, arbitrary: inLine.map((text) => `/upgrade ${text}`) },
  { weight: 1, arbitrary: inLine.map((text) => `/${text}`) },
  { weight: 1, arbitrary: fc.tuple(plain, inLine).map(([line, text]) => `${line} ${text}`) },
  { weight: 1, arbitrary: fc.tuple(plain, inLine).map(([line, text]) => `${line}${text}`) },
  { weight: 1, arbitrary: fc.tuple(inLine, plain).map(([text, line]) => `${text}${line}`) },
);
const line = fc.oneof(plain, loaded);
const lines = fc.array(line, { minLength: 1, maxLength: 4 });

/** Lines that are shown as something that is no text of the author's at the top. */
const inert = fc.oneof(
  lines.map((each) => ['`````', ...each, '`````']),
  lines.map((each) => ['~~~~~ text', ...each, '~~~~~']),
  lines.map((each) => each.map((one) => `    ${one}`)),
  lines.map((each) => each.map((one) => `> ${one}`)),
  lines.map((each) => ['On Fri, 20 Nov 2026 at 06:00, Olivia wrote:', ...each.map((one) => `> ${one}`)]),
  lines.map((each) => ['On Fri, Olivia wrote:', '', ...each.map((one) => `>> > ${one}`)]),
  plain.map((one) => [`- ${one}`, `  ${one}`]),
  plain.map((one) => [`1. ${one}`, '', `   ${one}`]),
  plain.map((one) => [`- [ ] ${one}`]),
  plain.map((one) => [`* > ${one}`]),
  plain.map((one) => ['<!--', one, '-->']),
  plain.map((one) => ['<details>', one, '</details>']),
  plain.map((one) => ['| what | how |', '| --- | --- |', `| first | ${one} |`]),
  plain.map((one) => [`so \`a`, one, 'b` it is']),
  plain.map((one) => [`and then ${one}`]),
  plain.map((one) => [`\\${one}`]),
  plain.map((one) => [`/${one}`]),
  plain.map((one) => [`[a](x "${one}")`]),
  plain.map((one) => [`&#47;${one.slice(1)}`]),
);
const talk = fc.constantFrom(
  'Nice weather.',
  'It failed at /var/log, and/or a/b.',
  '# Title',
  '**Now**',
  'x `y` z',
  '🧯',
);

/** Between talk and empty lines, so that none runs on into the next. */
const framed = (parts: readonly (readonly string[])[]): string =>
  parts.map((part) => part.join('\n')).join('\n\ntalk\n\n');

const asksNothing: fc.Arbitrary<HostileComment> = fc
  .array(
    fc.oneof(
      inert,
      talk.map((text) => [text]),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => ({ body: framed(parts), asks: 'nothing' }));

const asksOne: fc.Arbitrary<HostileComment> = fc
  .tuple(fc.array(inert, { maxLength: 2 }), fc.oneof(plain, loaded), fc.array(inert, { maxLength: 2 }))
  .filter(([, one]) => /^\/[a-z]/.test(one))
  .map(([before, one, after]) => ({ body: framed([...before, [one], ...after]), asks: { line: one } }));

const MARKS = ['\n', '\n\n', '\r\n', '\r', ' ', '    ', '\t', '> ', '- ', '1. ', '```', '`', '~~~', '<!--', '-->'];
const SIGNS = ['<b>', '![', '](', '[', ']', '*', '_', '"', "'", '\u201C', '=', '\\', '---', '===', '|', '-- ', '&'];
const soup: fc.Arbitrary<HostileComment> = fc
  .array(fc.oneof(line, junk, fc.constantFrom(...MARKS, ...SIGNS), fc.constant('\n')), { minLength: 1, maxLength: 14 })
  .map((pieces) => ({ body: pieces.join(''), asks: 'open' }));

/** A line alone, as most commands are. */
const alone: fc.Arbitrary<HostileComment> = line.map((body) => ({ body, asks: 'open' }));

export const hostileComments: fc.Arbitrary<HostileComment> = fc.oneof(
  { weight: 3, arbitrary: alone },
  { weight: 2, arbitrary: asksNothing },
  { weight: 2, arbitrary: asksOne },
  { weight: 3, arbitrary: soup },
);
