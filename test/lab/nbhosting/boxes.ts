/** Both boxes in a lab of their own, and a bot that has the shipped procedures. */
import { type Bench, type Bot, openBench } from '../../acceptance/support/thread-bench.ts';
import { shipped } from '../../procedures/boxes.ts';
import type { OpenApiChecker } from '../../support/openapi.ts';
import type { LabHost } from '../support/host.ts';
import { type Lab, openLab } from '../support/lab.ts';
import { type Addresses, introduceBoxes, inventoryOf, makeBox } from './box.ts';

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

/** @param edit changes the procedures' texts, for what is waited for in vain */
export async function startBot(
  checker: OpenApiChecker,
  { thurst, thermals, addresses }: LabBoxes,
  edit?: (text: string) => string,
): Promise<{ readonly bench: Bench; readonly bot: Bot }> {
  const procedures = Object.entries(shipped(edit)).map(([name, text]) => [`procedures/${name}.yml`, text] as const);
  const inventory = inventoryOf({ thurst, thermals }, addresses);
  const bench = await openBench(checker, { 'inventory.yml': inventory, ...Object.fromEntries(procedures) });
  return { bench, bot: await bench.start() };
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
