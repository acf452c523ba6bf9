import type { PlanStep } from '../plan/types.ts';
import { choiceText } from '../run/choosing.ts';
import { span } from '../run/time.ts';
import type { StepState } from '../run/types.ts';

/** How often, on how many hosts at a time and on which a step is done, in words; nothing where it is as always. */
export function manyWords(step: PlanStep, taken: StepState | undefined): readonly string[] {
  const { choice, runOnce, maxHosts, serial, retries, idempotent } = step;
  const batches = taken?.batches?.length;
  const inBatches = batches === undefined ? '' : `, so in ${String(batches)} ${batches === 1 ? 'batch' : 'batches'}`;
  return [
    ...(choice === undefined ? [] : [`on the hosts that are ${choiceText(choice)} when it begins`]),
    ...(runOnce === true ? ['on the first of its hosts only'] : []),
    ...(maxHosts === undefined ? [] : [`on ${String(maxHosts)} at most`]),
    ...(serial === undefined
      ? []
      : [
          'hosts' in serial
            ? `${String(serial.hosts)} ${serial.hosts === 1 ? 'host' : 'hosts'} at a time${inBatches}`
            : `${String(serial.percent)}% of the hosts at a time${inBatches}`,
        ]),
    ...(retries === undefined
      ? []
      : [
          `tried again up to ${String(retries.times)} ${retries.times === 1 ? 'time' : 'times'}, ${span(retries.delayMs)} apart` +
            (idempotent ? '' : ', where it never started'),
        ]),
  ];
}
