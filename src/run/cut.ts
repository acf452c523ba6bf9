/**
 * Ends of texts for the record. A cut may fall between the two halves of a character (an emoji); a half is no text, and
 * the journal refuses it.
 */

/** At most the first so many UTF-16 units. */
export const headOf = (text: string, most: number): string => text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');

/** At most the last so many UTF-16 units. */
export const tailOf = (text: string, most: number): string => text.slice(-most).replace(/^[\uDC00-\uDFFF]/, '');
