/** Both boxes in a lab of their own, and a GitHub that has the shipped procedures. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Snapshot } from '../../../src/playground/local-hosts/snapshot.ts';
import { type Bench, openBench as openBenchOf } from '../../acceptance/support/thread-bench.ts';
import type { OpenApiChecker } from '../../support/openapi.ts';
import type { LabHost } from '../support/host.ts';
import { type Lab, openLab } from '../support/lab.ts';
import { withTimeout } from '../support/with-timeout.ts';
import { type Addresses, introduceBoxes, inventoryOf, look, makeBox } from './box.ts';

export interface LabBoxes {
  readonly lab: Lab;
  readonly thurst: LabHost;
  readonly thermals: LabHost;
  readonly addresses: Addresses;
}

/** `thurst` holds production, `thermals` is for development. */
export async function openBoxes(): Promise<LabBoxes> {
  const lab = await openLab();
  const addresses = { production: lab.freshAddress(), development: lab.freshAddress() };
  const [thurst, thermals] = await Promise.all([
    makeBox(lab, 'thurst', 'production', addresses),
    makeBox(lab, 'thermals', 'development', addresses),
  ]);
  await introduceBoxes(thurst, thermals);
  return { lab, thurst, thermals, addresses };
}

export const NAMES = ['thurst', 'thermals'] as const;

/** All that both are and hold, each name after that of its box. */
export async function lookAtBoth(boxes: LabBoxes): Promise<Snapshot> {
  const seen = await Promise.all(NAMES.map((name) => look(boxes[name])));
  return new Map(
    NAMES.flatMap((name, index) => [...(seen[index] ?? [])].map(([what, how]) => [`${name} ${what}`, how] as const)),
  );
}

/**
 * The shipped procedures, but that they look more often.
 * @param times of steps by their ids, how long they may take instead of what is shipped
 */
export function shipped(times: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const paths = readdirSync('procedures/nbhosting').map((name) => `procedures/nbhosting/${name}`);
  const read = (path: string): string =>
    readFileSync(path, 'utf8')
      .replaceAll(/delay: 1[sm]/g, 'delay: 100ms')
      .replaceAll(/retries: 2\n(?! +delay)/g, 'retries: 2\n    delay: 100ms\n')
      .replaceAll('stable_for: 1m', 'stable_for: 1s');
  return Object.fromEntries(
    paths.map((path) => [
      path,
      Object.entries(times).reduce((text, [step, time]) => withTimeout(text, step, time), read(path)),
    ]),
  );
}

/** A GitHub whose repository has the shipped procedures and both boxes. */
export function openBench(checker: OpenApiChecker, { thurst, thermals, addresses }: LabBoxes): Promise<Bench> {
  const inventory = inventoryOf({ thurst, thermals }, addresses);
  return openBenchOf(checker, { 'inventory.yml': inventory, ...shipped() });
}

/** What is said after a comment once it holds what is waited for, which may take as long as restarts do. */
export async function told(bench: Bench, asked: number, ...wanted: readonly RegExp[]): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await bench.words.answerTo(asked, ...wanted);
    } catch (error) {
      if (tries === 3 || bench.words.after(asked).some((body) => body.includes(' kind=end '))) throw error;
    }
  }
}
