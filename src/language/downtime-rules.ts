/** `downtime: begins` and `downtime: ends`, which belong together. */
import { elementsAt, type Reading } from './reading.ts';
import type { Path } from './yaml-file.ts';

/** Tells of downtimes that begin within another, never begin or never end: how long such a one was nobody could say. */
export function checkDowntime({ yaml, wrong }: Reading, path: Path): void {
  let begun: Path | undefined;
  for (const step of elementsAt(yaml, path)) {
    const at = [...step, 'downtime'];
    const said = yaml.at(at);
    if (said === 'begins' && begun !== undefined) {
      const { line } = yaml.keyPlace(begun);
      wrong(yaml.keyPlace(at), `a downtime has begun in line ${line} already: say first which step ends it`);
    }
    if (said === 'ends' && begun === undefined) {
      wrong(
        yaml.keyPlace(at),
        'no downtime has begun before this step: say which one takes the service down, by downtime: begins',
      );
    }
    if (said === 'begins') begun = at;
    if (said === 'ends') begun = undefined;
  }
  if (begun === undefined) return;
  const end =
    'add downtime: ends to the step after which the service is up again, or to the last step where it stays down';
  wrong(yaml.keyPlace(begun), `this downtime never ends: ${end}`);
}
