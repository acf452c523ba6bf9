/** The YAML language server that editors use, as an editor talks to it: LSP over standard input and output. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(
  new URL('../../node_modules/yaml-language-server/bin/yaml-language-server', import.meta.url),
);
/** No answer takes as long; who waits longer fails. */
const LONGEST_MS = 60_000;

export interface Diagnostic {
  readonly range: { readonly start: { readonly line: number } };
  readonly message: string;
}

export interface Completion {
  readonly label: string;
  readonly documentation?: string | { readonly value: string };
}

/** A place in a file; line and column count from 0. */
export interface At {
  readonly line: number;
  readonly character: number;
}

export interface LanguageServer {
  /** Opens a file, which need not be there, and waits for what the server has against it. */
  open(uri: string, text: string): Promise<readonly Diagnostic[]>;
  complete(uri: string, at: At): Promise<readonly Completion[]>;
  /** What is shown of what stands there. */
  hover(uri: string, at: At): Promise<string>;
  /** How often it has tried to reach anything on the network. */
  reached(): number;
  stop(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** What an editor of somebody who wants nothing to be fetched has set. */
const SETTINGS: Readonly<Record<string, unknown>> = {
  yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false } },
};

export async function startLanguageServer(root: string): Promise<LanguageServer> {
  // Whatever it would fetch it would have to fetch by way of this.
  let reached = 0;
  const proxy = createServer((socket) => {
    reached += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];
  const env = { PATH: process.env['PATH'], ...Object.fromEntries(names.map((name) => [name, address])) };
  const child = spawn(process.execPath, [SERVER, '--stdio'], { cwd: root, env, stdio: ['pipe', 'pipe', 'ignore'] });
  const over = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );

  const answers = new Map<number, (message: Message) => void>();
  const diagnostics = new Map<string, (found: readonly Diagnostic[]) => void>();
  let last = 0;

  function send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    child.stdin.write(`Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`);
  }

  function take(message: Message): void {
    const { id, method, params } = message;
    if (method === undefined) answers.get(id ?? 0)?.(message);
    else if (id !== undefined) send({ id, result: method === 'workspace/configuration' ? settingsFor(params) : null });
    else if (method === 'textDocument/publishDiagnostics') {
      const told = params as { readonly uri: string; readonly diagnostics: readonly Diagnostic[] };
      diagnostics.get(told.uri)?.(told.diagnostics);
    }
  }

  const ask = (method: string, params: unknown): Promise<unknown> =>
    inTime(method, (resolve, reject) => {
      const id = (last += 1);
      answers.set(id, ({ result, error }) => {
        answers.delete(id);
        if (error === undefined) resolve(result);
        else reject(new Error(`${method}: ${error.message}`));
      });
      send({ id, method, params });
    });

  child.stdout.on('data', reader(take));
  const rootUri = `file://${root}`;
  await ask('initialize', {
    processId: process.pid,
    rootUri,
    workspaceFolders: [{ uri: rootUri, name: 'repository' }],
    capabilities: {
      workspace: { configuration: true, workspaceFolders: true },
      textDocument: { completion: { completionItem: { documentationFormat: ['markdown'], snippetSupport: true } } },
    },
  });
  send({ method: 'initialized', params: {} });
  send({ method: 'workspace/didChangeConfiguration', params: { settings: SETTINGS } });

  return {
    open: (uri, text) =>
      inTime(`what it has against ${uri}`, (resolve) => {
        diagnostics.set(uri, resolve);
        send({
          method: 'textDocument/didOpen',
          params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
        });
      }),
    complete: async (uri, position) => {
      const found = await ask('textDocument/completion', { textDocument: { uri }, position });
      return (found as { readonly items: readonly Completion[] }).items;
    },
    hover: async (uri, position) => {
      const found = await ask('textDocument/hover', { textDocument: { uri }, position });
      return (found as { readonly contents: { readonly value: string } } | null)?.contents.value ?? '';
    },
    reached: () => reached,
    stop: async () => {
      child.kill('SIGKILL');
      await over;
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

const settingsFor = (params: unknown): readonly unknown[] =>
  (params as { readonly items: readonly { readonly section?: string }[] }).items.map(
    ({ section = '' }) => SETTINGS[section] ?? {},
  );

/** Puts the messages together again that come in pieces. */
function reader(take: (message: Message) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const head = rest.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(rest.subarray(0, Math.max(head, 0)).toString())?.[1]);
      if (head < 0 || rest.length < head + 4 + length) return;
      const body = rest.subarray(head + 4, head + 4 + length).toString();
      rest = rest.subarray(head + 4 + length);
      take(JSON.parse(body) as Message);
    }
  };
}

function inTime<T>(
  what: string,
  begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => {
      reject(new Error(`the language server does not answer: ${what}`));
    }, LONGEST_MS);
    const settled =
      <V>(then: (value: V) => void) =>
      (value: V): void => {
        clearTimeout(patience);
        then(value);
      };
    begin(settled(resolve), settled(reject));
  });
}
