import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fetchWithin } from '../../src/github/fetch-within.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function serving(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => {
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
}

describe('a call', () => {
  it('gives what was answered', async () => {
    const url = await serving((response) => response.writeHead(201, 'Made', { etag: '"1"' }).end('whole'));
    const answer = await fetchWithin()(url);
    expect([answer.status, answer.statusText, answer.headers.get('etag')]).toEqual([201, 'Made', '"1"']);
    expect(await answer.text()).toBe('whole');
  });

  it.each([204, 304])('gives an answer without a body: %i', async (status) => {
    const url = await serving((response) => response.writeHead(status).end());
    expect((await fetchWithin()(url)).status).toBe(status);
  });

  it('fails where only half of the answer arrives', async () => {
    const url = await serving((response) => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': '10' });
      response.write('half', () => response.destroy());
    });
    await expect(fetchWithin()(url)).rejects.toThrow();
  });

  it.each(['no answer', 'half an answer'])('is given up where there is %s', async (what) => {
    const url = await serving((response) => {
      if (what === 'half an answer') response.writeHead(200, { 'content-length': '10' }).write('half');
    });
    await expect(fetchWithin(100)(url)).rejects.toThrow(/time|abort/i);
  });

  it('ends when its caller calls it off', async () => {
    const url = await serving(() => undefined);
    const off = new AbortController();
    const call = fetchWithin()(url, { signal: off.signal });
    off.abort();
    await expect(call).rejects.toThrow(/abort/i);
  });
});
