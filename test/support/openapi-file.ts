import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const version = '23.0.2';
const folder = join(import.meta.dirname, '../../node_modules/.cache/changeover');
const cached = join(folder, `openapi-${version}.json`);
const member = 'package/generated/api.github.com.json';
const patience = { timeout: 180_000 };
/** Npm's own patience with a silent server is five minutes, so that it would never ask again. */
const FETCH = ['--fetch-timeout=60000', '--fetch-retries=2', '--fetch-retry-mintimeout=1000'];

const run = promisify(execFile);

/** GitHub's own description of its REST API, as text; fetched once, since its package unpacks to 385 MB. */
export async function readOpenApiFile(): Promise<string> {
  if (!existsSync(cached)) await fetchOnce();
  return readFile(cached, 'utf8');
}

async function fetchOnce(): Promise<void> {
  const temporary = await mkdtemp(join(tmpdir(), 'changeover-openapi-'));
  try {
    await run('npm', ['pack', `@octokit/openapi@${version}`, '--silent', '--ignore-scripts', ...FETCH], {
      cwd: temporary,
      ...patience,
    });
    const archive = (await readdir(temporary)).find((name) => name.endsWith('.tgz'));
    if (archive === undefined) throw new Error('npm pack left no archive');
    await run('tar', ['-xzf', archive, member], { cwd: temporary, ...patience });
    await mkdir(folder, { recursive: true });
    // Written aside and renamed inside one file system: several test files may fetch at once.
    const aside = join(await mkdtemp(join(folder, 'fetch-')), 'api.json');
    await run('cp', [join(temporary, member), aside], patience);
    await rename(aside, cached);
    await rm(join(aside, '..'), { recursive: true });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
