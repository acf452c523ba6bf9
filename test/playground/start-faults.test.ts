import { describe, expect, it } from '@jest/globals';

import { askedFault } from '../../src/playground/start-faults.ts';

const json = (body: unknown) => askedFault(JSON.stringify(body), 'application/json');
const form = (body: string) => askedFault(body, 'application/x-www-form-urlencoded');

describe('asking for a fault', () => {
  it('works by JSON and by a form', () => {
    const on = { kind: 'switch', name: 'mongorestore-fails', on: true };
    expect(json({ name: 'mongorestore-fails', on: true })).toEqual(on);
    expect(form('name=mongorestore-fails&on=true')).toEqual(on);
    expect(form('name=mongorestore-fails&on=on')).toEqual(on);
    expect(json({ name: 'host-down', on: false })).toEqual({ kind: 'switch', name: 'host-down', on: false });
    expect(form('name=host-down&on=off')).toEqual({ kind: 'switch', name: 'host-down', on: false });
  });

  it('takes the first word of a name for the name', () => {
    expect(json({ name: 'mongorestore', on: true })).toEqual({ kind: 'switch', name: 'mongorestore-fails', on: true });
    expect(json({ name: 'mongor', on: true })).toMatchObject({ kind: 'wrong' });
  });

  it.each([{}, { name: '', on: true }, { name: 'no-such', on: true }, { name: 7, on: true }, [], null, 'text'])(
    'says which there are when asked for %j',
    (body) => {
      expect(json(body)).toMatchObject({
        kind: 'wrong',
        why: expect.stringContaining('mongorestore-fails, mongodump-fails'),
      });
    },
  );

  it('wants to be told on or off', () => {
    for (const on of [undefined, 1, 'yes', null]) {
      expect(json({ name: 'host-down', on })).toEqual({ kind: 'wrong', why: '"on" must be true or false.' });
    }
    expect(askedFault('{', 'application/json').kind).toBe('wrong');
  });
});
