/** The line above what an e-mail quotes, as mail programs write it, where the quote has no marks of its own. */
const DIVIDER =
  /^(?:-{2,} ?(?:original message|forwarded message|message d'origine|ursprüngliche nachricht|reply above this line).*-{2,}|_{20,})$/i;
/** `On Fri, 20 Nov 2026 at 06:00, Olivia <olivia@example.org> wrote:` */
const WROTE = /^(?:on\b.{3,200}\bwrote|le\b.{3,200}\ba écrit|am\b.{3,200}\bschrieb\b.*) ?:$/i;
/** The first two lines of a quoted mail's head. */
const FROM = /^\*{0,2}(?:from|de|von) ?:\*{0,2} /i;
const HEAD = /^\*{0,2}(?:sent|date|to|cc|subject|envoyé|à|objet|gesendet|datum|an|betreff) ?:\*{0,2} /i;
/** What parts a signature from its mail. */
const SIGNATURE = /^-- ?$/;

/**
 * The number of the first line, from 0, below which a comment that came as an e-mail holds what its author did not write
 * for it: an unmarked quote of what is answered, or a signature. `Infinity`: there is none. A quote that has its marks
 * (`>`) ends where they end, so it is no such line.
 */
export function endOfMail(lines: readonly string[]): number {
  const at = lines.findIndex((raw, index) => {
    const line = raw.trim();
    if (DIVIDER.test(line)) return true;
    if (SIGNATURE.test(raw) && index > 0) return true;
    const next = lines.slice(index + 1).find((each) => each.trim() !== '') ?? '';
    if (WROTE.test(line)) return !next.startsWith('>');
    return FROM.test(line) && HEAD.test(next.trim());
  });
  return at < 0 ? Infinity : at;
}
