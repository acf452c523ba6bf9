/** What editors show of each key: what the tables of the docs say of it. So there is one place for it. */
import { readFileSync } from 'node:fs';

/** @typedef {import('./json-schema.js').Schema} Schema */

/** @typedef {Readonly<Record<string, string>>} Words */

/** @param {string} page */
const linesOf = (page) => readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8').split('\n');

/**
 * The keys in the first table below a heading, with what is said of each.
 * @param {string} page
 * @param {string} heading
 * @returns {Words}
 */
export function wordsBelow(page, heading) {
  const lines = linesOf(page);
  const begin = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (begin < 0) throw new Error(`docs/${page} has no heading "${heading}".`);
  const rest = lines.slice(begin + 1);
  const end = rest.findIndex((line) => line.startsWith('#'));
  return Object.fromEntries(rest.slice(0, end < 0 ? undefined : end).flatMap(wordsIn));
}

/**
 * @param {string} row
 * @returns {[string, string][]}
 */
function wordsIn(row) {
  if (!row.startsWith('| `')) return [];
  const [, keys = '', meaning = '', usual = ''] = row.split(/(?<!\\)\|/);
  const fallback = plain(usual).replace(/^(?:none|see below)$/, '');
  const said = [plain(meaning), fallback === '' ? '' : `where nothing is said: ${fallback}`];
  const text = said.filter((each) => each !== '').join('; ');
  return [...keys.matchAll(/`([^`]+)`/g)].map(([, key = '']) => [key, text]);
}

/**
 * Without Markdown, and without what only a page can point at.
 * @param {string} cell
 */
const plain = (cell) =>
  cell
    .replace(/(?:[:,] )?(?:see )?\[below\]\([^)]*\)|\(\[how\]\([^)]*\)\)/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`]|\\(?=\|)/g, '')
    .trim();

/**
 * A schema whose keys have their words; those that have some already keep them.
 * @param {Schema} schema
 * @param {Words} words
 * @returns {Schema}
 */
export function withWords(schema, words) {
  if (Array.isArray(schema['anyOf'])) {
    return { ...schema, anyOf: schema['anyOf'].map((/** @type {Schema} */ each) => withWords(each, words)) };
  }
  const properties = Object.entries(/** @type {Record<string, Schema>} */ (schema['properties'] ?? {}));
  if (properties.length === 0) return schema;
  const described = properties.map(([key, value]) => {
    const text = words[key];
    return [key, text === undefined ? value : { description: text, ...value }];
  });
  return { ...schema, properties: Object.fromEntries(described) };
}

/**
 * The same, also of what stands within a key of the schema.
 * @param {Schema} schema
 * @param {Words} words
 * @returns {Schema}
 */
export function withWordsWithin(schema, words) {
  const { properties, ...own } = withWords(schema, words);
  if (properties === undefined) return own;
  const inside = Object.entries(/** @type {Record<string, Schema>} */ (properties)).map(([key, value]) => [
    key,
    withWordsWithin(value, words),
  ]);
  return { ...own, properties: Object.fromEntries(inside) };
}
