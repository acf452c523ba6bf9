import { shellWord, written } from '../language/by-hand.ts';
import { choice, flag, keys, text } from '../language/fields.ts';
import { refusal, seenIn } from './seen.ts';
import { serviceScripts } from './service-scripts.ts';
import { given } from './shell.ts';
import type { Action } from './types.ts';

const schema = keys({
  name: text(),
  state: choice('started', 'stopped').optional(),
  enabled: flag().optional(),
}).check(({ value, issues }) => {
  if (value.state !== undefined || value.enabled !== undefined) return;
  const message = 'say what it shall be: state: started or stopped, enabled: true or false, or both';
  issues.push({ code: 'custom', path: ['state'], message, input: value });
});

const ENABLING: Readonly<Record<string, string>> = { true: 'enable', false: 'disable' };
const ACTIVE = { started: 'active', stopped: 'inactive' } as const;

export const service: Action = {
  name: 'service',
  summary: 'starts, stops, enables or disables a systemd unit',
  schema,
  changes: true,
  undoesItself: () => true,
  work(input) {
    const { name, state, enabled } = schema.parse(input);
    return {
      kind: 'job',
      env: given({
        CO_UNIT: name,
        CO_STATE: state === undefined ? undefined : { lit: state },
        CO_ENABLED: enabled,
      }),
      ...serviceScripts,
      needs: ['systemctl'],
      touches: { paths: [], units: [name] },
    };
  },
  byHand(input) {
    const { name, state, enabled } = schema.parse(input);
    const unit = shellWord(name);
    const look = `systemctl is-active ${unit}; systemctl is-enabled ${unit}`;
    const verbs = [
      ...(state === undefined ? [] : [state === 'started' ? 'start' : 'stop']),
      ...(enabled === undefined ? [] : [ENABLING[written(enabled)] ?? `<enable or disable: ${written(enabled)}>`]),
    ];
    return {
      work: [
        { say: 'Note what these print now, for the way back:' },
        { show: look },
        { script: verbs.map((verb) => `systemctl ${verb} ${unit}`).join('\n'), shell: 'sh' },
      ],
      undo: [{ say: 'Start or stop, enable or disable the unit as you have noted it:' }, { show: look }],
    };
  },
  preview(look, env) {
    if (look.exitCode !== 0 && look.exitCode !== 1) return { kind: 'text', text: refusal(look.stderr) };
    const unit = env['CO_UNIT'] ?? '';
    const seen = seenIn(look.stdout);
    const state = env['CO_STATE'];
    const active = state === 'started' || state === 'stopped' ? ACTIVE[state] : undefined;
    const enabled = { true: 'enabled', false: 'disabled' }[env['CO_ENABLED'] ?? ''];
    const parts = [
      ...(active === undefined ? [] : [[seen['active'] ?? '?', active] as const]),
      ...(enabled === undefined ? [] : [[seen['enabled'] ?? '?', enabled] as const]),
    ];
    const words = parts.map(([now, then]) => (now === then ? now : `${now} → ${then}`)).join(', ');
    return look.exitCode === 0
      ? { kind: 'nothing', text: `${unit} is ${words}` }
      : { kind: 'text', text: `${unit}: ${words}` };
  },
};
