import { expect, it } from '@jest/globals';
import { ownLogs } from '../../src/engine/own-logs.ts';
import type { JobLog } from '../../src/engine/ports.ts';

const JOB = { step: 'first', host: 'one', item: '-', phase: 'apply', attempt: 1 } as const;

it('waits at its end for what is being written, and refuses what comes later, so that nobody who follows a job waits', async () => {
  let written = '';
  let isOnDisk = (): void => undefined;
  const log: JobLog = {
    offsets: () => ({ out: written.length, err: 0 }),
    write: async (_, bytes) => {
      await new Promise<void>((resolve) => {
        isOnDisk = resolve;
      });
      written += Buffer.from(bytes).toString();
    },
    seal: () => Promise.reject(new Error('Nothing is sealed here.')),
  };
  const turn = ownLogs({ open: () => Promise.resolve(log), read: () => Promise.resolve(undefined) });
  const own = await turn.logs.open('20261128-7k3f', JOB, 'all');
  const writing = own.write('out', Buffer.from('one'));
  let isClosed = false;
  const closing = turn.close().then(() => (isClosed = true));
  await new Promise(setImmediate);
  expect(isClosed).toBe(false);
  isOnDisk();
  await Promise.all([writing, closing]);
  await expect(own.write('out', Buffer.from('two'))).rejects.toThrow('is over');
  await expect(own.seal('whole')).rejects.toThrow('is over');
  await expect(turn.logs.open('20261128-7k3f', JOB, 'all')).rejects.toThrow('is over');
  expect(written).toBe('one');
});
