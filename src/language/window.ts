/** `window`: when a run may start and pass what cannot be undone. */
import * as z from 'zod';
import { choice, fixedText, keys } from './fields.ts';
import { isZone, type Moment, nearZone, readMoment } from './local-time.ts';
import type { Reading } from './reading.ts';
import { DAYS, type Window } from './types.ts';
import { nextOpening } from './window-times.ts';
import type { Path } from './yaml-file.ts';

const time = () =>
  fixedText().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, {
    error: "a time of day is wanted here, such as '05:00' or '22:30'",
  });

const day = () => choice(...DAYS);

const date = () => fixedText().meta({ examples: ['2026-12-01T05:00+01:00', '2026-12-01T05:00 Europe/Paris'] });

export const windowSchema = keys({
  days: z
    .union([day(), z.array(day()).min(1, { error: 'the list is empty: name a day, or leave days out for all' })], {
      error: `a day or a list of days is wanted here: ${DAYS.join(', ')}`,
    })
    .optional(),
  from: time().optional(),
  to: time().optional(),
  timezone: fixedText()
    .meta({ examples: ['Europe/Paris', 'UTC'] })
    .optional(),
  not_before: date().optional(),
  not_after: date().optional(),
});

/** Reads the window at a path; what would never be open is told. */
export function readWindow(file: Reading, path: Path): Window | undefined {
  const { yaml, wrong } = file;
  if (yaml.at(path) === undefined) return undefined;
  const read = file.take(windowSchema, path);
  if (read === undefined) return undefined;
  const { from, to, timezone } = read;
  const days = typeof read.days === 'string' ? [read.days] : read.days;
  const weekly = days !== undefined || from !== undefined || to !== undefined;
  checkTimes(file, path, from, to);
  if (!weekly && read.not_before === undefined && read.not_after === undefined) {
    wrong(
      yaml.place(path),
      'the window says no time: write days, from and to with timezone, or not_before or not_after',
    );
  }
  if (timezone !== undefined && !isZone(timezone)) {
    wrong(yaml.place([...path, 'timezone']), noZone(timezone, nearZone(timezone).near));
    return undefined;
  }
  if (weekly && timezone === undefined) {
    wrong(
      yaml.keyPlace(path),
      'of which zone these times are is missing: add timezone, such as timezone: Europe/Paris',
    );
    return undefined;
  }
  const notBefore = readDate(file, [...path, 'not_before'], read.not_before, timezone);
  const notAfter = readDate(file, [...path, 'not_after'], read.not_after, timezone);
  const window: Window = {
    timezone: timezone ?? 'UTC',
    ...(days === undefined ? {} : { days }),
    ...(from === undefined || to === undefined ? {} : { from, to }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notAfter === undefined ? {} : { notAfter }),
  };
  checkOpens(file, path, window);
  return window;
}

function checkTimes({ yaml, wrong }: Reading, path: Path, from: string | undefined, to: string | undefined): void {
  if ((from === undefined) !== (to === undefined)) {
    const [there, missing] = from === undefined ? ['to', 'from'] : ['from', 'to'];
    wrong(
      yaml.keyPlace([...path, there]),
      `${there} goes with ${missing}: add ${missing}, or leave both out for whole days`,
    );
  }
  if (from !== undefined && from === to) {
    wrong(
      yaml.place([...path, 'to']),
      'from and to are the same, so the window never opens; leave both out for whole days',
    );
  }
}

/** A date from which, or up to which, it may be open; a local one is of the zone behind it, or else of the window's. */
function readDate(
  { yaml, wrong }: Reading,
  path: Path,
  written: string | undefined,
  timezone: string | undefined,
): string | undefined {
  if (written === undefined) return undefined;
  const [word = '', zone = timezone, ...more] = written.trim().split(/ +/);
  const moment = more.length > 0 ? ({ kind: 'bad_time' } as const) : readMoment(word, zone);
  if (moment.kind === 'moment') return moment.at;
  wrong(yaml.place(path), whyNoMoment(word, moment));
  return undefined;
}

const EXAMPLE = 'write it as 2026-12-01T05:00+01:00, or as 2026-12-01T05:00 Europe/Paris';

function whyNoMoment(word: string, moment: Exclude<Moment, { readonly kind: 'moment' }>): string {
  switch (moment.kind) {
    case 'bad_time':
      return `this is no time: ${EXAMPLE}`;
    case 'no_zone':
      return `${word} is a local time, but of which zone? ${EXAMPLE}, or add timezone`;
    case 'unknown_zone':
      return noZone(moment.zone, moment.near);
    case 'skipped':
      return `${word} does not exist in ${moment.zone}, as the clocks are put forward over it: write ${moment.instead.join(' or ')}`;
    case 'doubled':
      return `${word} comes twice in ${moment.zone}, as the clocks are put back; say which: ${moment.instead.join(' or ')}`;
  }
}

const noZone = (zone: string, near: string | undefined): string =>
  `there is no time zone ${zone}${near === undefined ? '; write one such as Europe/Paris' : `; did you mean ${near}?`}`;

/** As far as it can be told without a clock. */
function checkOpens({ yaml, wrong }: Reading, path: Path, window: Window): void {
  const { notBefore, notAfter } = window;
  if (notBefore === undefined) return;
  if (notAfter !== undefined && notAfter <= notBefore) {
    wrong(yaml.place([...path, 'not_after']), 'not_after is no later than not_before, so the window never opens');
  } else if (nextOpening(window, notBefore) === undefined) {
    wrong(yaml.place(path), 'the window never opens: none of its days and times lies between not_before and not_after');
  }
}
