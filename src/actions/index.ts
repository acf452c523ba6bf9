import { approve } from './approve.ts';
import { assert } from './assert.ts';
import { call } from './call.ts';
import { comment } from './comment.ts';
import { expect } from './expect.ts';
import { file } from './file.ts';
import { line } from './line.ts';
import { manual } from './manual.ts';
import { move } from './move.ts';
import { reboot } from './reboot.ts';
import { run } from './run.ts';
import { service } from './service.ts';
import { symlink } from './symlink.ts';
import { sync } from './sync.ts';
import type { Action } from './types.ts';
import { waitFor } from './wait-for.ts';

/** All actions, in the order in which `/help` and the docs list them. */
export const actions: readonly Action[] = [
  run,
  assert,
  expect,
  file,
  line,
  symlink,
  move,
  sync,
  service,
  reboot,
  waitFor,
  manual,
  approve,
  comment,
  call,
];

const byName = new Map(actions.map((action) => [action.name, action]));

/** The action of this key, or undefined where there is none. */
export const actionNamed = (name: string): Action | undefined => byName.get(name);
