import type { Json } from './types.ts';

/** What JSON.parse gives is JSON by its own definition; only its declared type does not say so. @throws SyntaxError */
export const parseJson = (text: string): Json => JSON.parse(text) as Json;
