import { open, rm } from 'node:fs/promises';
import type { RegisteredApp } from './boundary.ts';

/** A new file that only its owner reads, and that nobody had before. */
export interface Reserved {
  write(text: string): Promise<void>;
  /** Removes it, where nothing was written. */
  release(): Promise<void>;
}

/** Takes a file's place before there is anything to write, so that what GitHub gives once cannot be lost for want of one. */
export async function reserve(path: string): Promise<Reserved> {
  const handle = await open(path, 'wx', 0o600);
  let written = false;
  return {
    write: async (text) => {
      await handle.writeFile(text);
      await handle.sync();
      written = true;
      await handle.close();
    },
    release: async () => {
      if (written) return;
      await handle.close();
      await rm(path, { force: true });
    },
  };
}

/**
 * Variables for the server, one a line. In quotes the key is the same to Node's `--env-file`, a shell and systemd; Docker
 * keeps the quotes, which the server takes off.
 */
export function credentialsText(
  { id, name, htmlUrl, key, webhookSecret }: RegisteredApp,
  apiUrl: string | undefined,
): string {
  const lines = [
    `# The GitHub App ${JSON.stringify(name)}, ${htmlUrl}. Whoever has this file is the App.`,
    `APP_ID=${String(id)}`,
    `PRIVATE_KEY="${key.trim().replaceAll(/\r?\n/g, '\\n')}"`,
    `WEBHOOK_SECRET=${webhookSecret}`,
    ...(apiUrl === undefined ? [] : [`GITHUB_API_URL=${apiUrl}`]),
  ];
  return `${lines.join('\n')}\n`;
}
