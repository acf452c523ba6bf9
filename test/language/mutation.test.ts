import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse, toldOfInventory, toldOfProcedure } from './told.ts';

/** One key a line, so that what is wrong with a key must be told of its line. */
const PROCEDURE = `description: Upgrades Pryv
params:
  version:
    description: the new version
    type: choice
    choices: ['1.6', '1.7']
    default: '1.6'
hosts: [pryv]
vars:
  root: /var/pryv
facts:
  idle:
    run: test -e /x
    type: bool
steps:
  - name: Look first
    assert: facts.idle
    fail_msg: not idle
  - id: configure
    file:
      path: /etc/pryv.conf
      content: \${{ params.version }}
      mode: '0640'
      owner: root
    on: pryv
    when: facts.idle
    env:
      FOUND: \${{ facts.idle }}
    become: true
    timeout: 5m
    critical: true
    on_failure: rollback
  - id: restart
    run: systemctl restart pryv
    shell: bash
    chdir: /
    done_when: facts.idle
    verify:
      run: test -e /x
    idempotent: true
    on_rollback:
      leave: it runs as before
`;

const INVENTORY = `hosts:
  pryv:
    address: pryv.example.org
    user: root
    port: 22
    via: bastion
    vars:
      root: /srv
  bastion:
    address: 192.0.2.1
    user: jump
groups:
  all: [pryv, bastion]
`;

interface KeyLine {
  readonly text: string;
  readonly line: number;
  readonly key: string;
}

/** Names that people choose are free; the other keys are the language's. */
const FREE = new Set(['version', 'root', 'idle', 'FOUND', 'pryv', 'bastion', 'all']);

const keyLines = (text: string): readonly KeyLine[] =>
  text.split('\n').flatMap((content, index) => {
    const key = /^[\s-]*([A-Za-z_]+):/.exec(content)?.[1];
    return key === undefined || FREE.has(key) ? [] : [{ text, line: index + 1, key }];
  });

const change = ({ text, line }: KeyLine, by: (content: string) => string): string =>
  text
    .split('\n')
    .map((content, index) => (index === line - 1 ? by(content) : content))
    .join('\n');

const linesOf = (told: readonly string[]): readonly number[] => told.map((each) => Number(/^\d+/.exec(each)?.[0]));

const files = [
  { name: 'a procedure', text: PROCEDURE, tell: toldOfProcedure },
  { name: 'an inventory', text: INVENTORY, tell: toldOfInventory },
];

describe.each(files)('in $name', ({ text, tell }) => {
  it('nothing is wrong before it is changed', () => {
    expect(tell(text)).toEqual([]);
    expect(keyLines(text).length).toBeGreaterThan(7);
  });

  it('a key that nobody knows is told in its line', () => {
    const suffix = fc.stringMatching(/^[a-z]{1,4}$/);
    fc.assert(
      fc.property(fc.constantFrom(...keyLines(text)), suffix, (at, more) => {
        fc.pre(!keyLines(text).some(({ key }) => key === `${at.key}${more}`));
        const told = tell(change(at, (content) => content.replace(`${at.key}:`, `${at.key}${more}:`)));
        expect(linesOf(told)).toContain(at.line);
        expect(told.join('\n')).toContain(`${at.key}${more}`);
      }),
      { numRuns: 150 },
    );
  });

  it('a value of another kind is told in its line, with its key or value still there', () => {
    const wrong = fc.constantFrom('1.10', '[[x]]', '{nonsense: 1}', '');
    const simple = keyLines(text).filter(({ line }) => /: \S/.test(text.split('\n')[line - 1] ?? ''));
    fc.assert(
      fc.property(fc.constantFrom(...simple), wrong, (at, value) => {
        // A number of seconds is a duration.
        fc.pre(!(at.key === 'timeout' && value === '1.10'));
        const told = tell(change(at, (content) => content.replace(/: \S.*$/, `: ${value}`)));
        expect(linesOf(told)).toContain(at.line);
      }),
      { numRuns: 150 },
    );
  });
});

it('a procedure cut off or changed at any place is read or told of, never thrown about', () => {
  fc.assert(
    fc.property(fc.nat(PROCEDURE.length), fc.nat(12), fc.string({ maxLength: 4 }), (at, removed, added) => {
      const parsed = parse(PROCEDURE.slice(0, at) + added + PROCEDURE.slice(at + removed));
      if (parsed.ok) expect(parsed.value.steps.length).toBeGreaterThan(0);
      else expect(parsed.problems.length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});
