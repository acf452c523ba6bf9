/** Makes a host, tells of it as JSON, and waits to be killed: for the test of what is left then. */
import { join } from 'node:path';
import { startHost } from './host.ts';
import { makeHouse } from './house.ts';
import { makeKey } from './keys.ts';

const house = await makeHouse();
const file = join(house.folder, 'key');
await startHost(house, 'short-lived', { ...(await makeKey(file)), file });
process.stdout.write(`${JSON.stringify({ folder: house.folder, gateway: house.gateway, cgroup: house.cgroup })}\n`);
setInterval(() => undefined, 60_000);
