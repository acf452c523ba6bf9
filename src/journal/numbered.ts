import { readdir, readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { isCode } from './durable.ts';

/** Holders of something are numbered files in its folder, of which the highest counts. None where there is no folder. */
export async function numbers(folder: string): Promise<readonly number[]> {
  try {
    return (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/**
 * What a holder's file says; `gone` where it has been removed meanwhile.
 * @param faulty says what is wrong with the file, and what to do, where it holds something else
 * @throws that
 */
export async function holderIn<T>(path: string, schema: z.ZodType<T>, faulty: string): Promise<T | 'gone'> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return 'gone';
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new Error(`${path} ${faulty}`);
  }
}
