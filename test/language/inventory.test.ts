import { describe, expect, it } from '@jest/globals';
import { expandHosts, parseInventory } from '../../src/language/inventory.ts';
import { lintProcedure } from '../../src/language/procedure.ts';
import { parse, told, toldOfInventory } from './told.ts';

const KEY = `SHA256:${'a'.repeat(43)}`;
const VALID = `hosts:
  thurst:
    {address: thurst.example.org, user: root, port: 2222, key: ~/.ssh/id, host_key: '${KEY}', via: bastion, vars: {root: /srv, n: 3}}
  bastion: {address: '2001:db8::1', user: jump}
  thermals: {address: 192.0.2.7, user: root}
groups:
  nbhosting: [thurst, thermals]
  all: [thermals, bastion, thurst]
`;

describe('an inventory', () => {
  it('is read with its defaults filled in', () => {
    expect(parseInventory(VALID, 'inventory.yml')).toEqual({
      ok: true,
      value: {
        file: 'inventory.yml',
        hosts: {
          thurst: {
            name: 'thurst',
            address: 'thurst.example.org',
            port: 2222,
            user: 'root',
            key: '~/.ssh/id',
            hostKey: KEY,
            via: 'bastion',
            vars: { root: '/srv', n: 3 },
          },
          bastion: { name: 'bastion', address: '2001:db8::1', port: 22, user: 'jump', vars: {} },
          thermals: { name: 'thermals', address: '192.0.2.7', port: 22, user: 'root', vars: {} },
        },
        groups: { nbhosting: ['thurst', 'thermals'], all: ['thermals', 'bastion', 'thurst'] },
      },
    });
  });

  const host = (fields: string): string => `hosts:\n  web: {address: a, user: u, ${fields}}\n`;
  it.each<[string, readonly string[]]>([
    ['', ['1:1 a map (key: value) is wanted here, and this is empty']],
    ['hosts: [a]\n', ['1:8 a map (name: value) is wanted here, and this is a list']],
    ['hosts:\n  web:\n', ['2:3 a map (key: value) is wanted here, and this is empty']],
    [
      'hosts:\n  web: {}\n',
      ['2:8 the key "address" is missing: a text is wanted', '2:8 the key "user" is missing: a text is wanted'],
    ],
    ['hosts:\n  -web: {address: a, user: u}\n', ['2:3 a host or group is named by']],
    ['hosts:\n  web: {address: -oProxyCommand=x, user: u}\n', ['2:18 an address is a name or an IP address']],
    [host('prot: 22'), ['2:30 unknown key "prot"; did you mean "port"?']],
    [host('port: 0'), ['2:36 a whole number from 1 to 65535 is wanted here']],
    [host("port: '22'"), ['2:36 a whole number is wanted here, and this is a text']],
    [host('host_key: SHA256:short'), ['2:40 a host key is written SHA256: and 43 characters']],
    [host('via: web'), ['2:35 the way to "web" leads through "web" back to itself']],
    [host('via: wbe'), ['2:35 there is no host "wbe" to jump through; did you mean "web"?']],
    [host('vars: {v: 1.10}'), ["2:40 quote it: write '1.10'"]],
    [host('vars: {LD_PRELOAD: x}'), ['2:37 "LD_PRELOAD" would change the shell itself']],
    [host("vars: {v: '${{ params.x }}'}"), ['2:40 no ${{ }} can stand here']],
    [`${host('port: 22')}groups: {g: [wbe]}\n`, ['3:14 there is no host "wbe"; did you mean "web"?']],
    [`${host('port: 22')}groups: {g: [h], h: [web]}\n`, ['3:14 "h" is a group, and a group holds hosts only']],
    [`${host('port: 22')}groups: {web: [web]}\n`, ['3:10 a host is called "web" already']],
    [`${host('port: 22')}groups: {g: web}\n`, ['3:13 a list of hosts is wanted here']],
    [`${host('port: 22')}group: {}\n`, ['3:1 unknown key "group"; did you mean "groups"?']],
  ])('%j is told with its place', (text, problems) => {
    expect(toldOfInventory(text)).toEqual(problems.map((each) => expect.stringContaining(each)));
  });

  it('lets no way through jump hosts go in a circle', () => {
    const text =
      'hosts:\n  a: {address: a, user: u, via: b}\n  b: {address: b, user: u, via: c}\n  c: {address: c, user: u, via: b}\n';
    expect(toldOfInventory(text)).toEqual([
      '3:33 the way to "b" leads through "c" back to itself',
      '4:33 the way to "c" leads through "b" back to itself',
    ]);
  });
});

describe('names of hosts and groups', () => {
  it('stand for hosts, in their order, each once', () => {
    const parsed = parseInventory(VALID, 'inventory.yml');
    expect(told(parsed)).toEqual([]);
    if (!parsed.ok) return;
    expect(expandHosts(parsed.value, ['nbhosting'])).toEqual(['thurst', 'thermals']);
    expect(expandHosts(parsed.value, ['bastion', 'all', 'thurst'])).toEqual(['bastion', 'thermals', 'thurst']);
    expect(expandHosts(parsed.value, ['constructor', 'nobody'])).toEqual([]);
  });

  it.each<[string, string, readonly string[]]>([
    ['hosts that exist', '- {assert: true, on: [thurst, nbhosting]}', []],
    [
      'a host that does not',
      '- {assert: true, on: [thurst, thermls]}',
      ['6:31 there is no host or group "thermls" in inventory.yml; did you mean "thermals"?'],
    ],
    [
      'a host outside',
      '- {assert: true, on: bastion}',
      [`6:22 "bastion" is not among the procedure's hosts: add it to hosts, or name another`],
    ],
    [
      'a group that reaches outside',
      '- {assert: true, on: all}',
      [`6:22 "all" has bastion, which is not among the procedure's hosts: add it to hosts, or name another`],
    ],
    [
      'an unknown host in an expression',
      "- {assert: hosts.thrust.facts.f == 'x'}",
      ['6:12 there is no host "thrust" in inventory.yml; did you mean "thurst"?'],
    ],
    [
      'a group in an expression',
      "- {assert: steps.s.hosts.nbhosting.outcome == 'x'}",
      ['6:12 there is no host "nbhosting" in inventory.yml; there are: thurst, bastion, thermals'],
    ],
    [
      'an undo on a host outside',
      '- {id: r, run: x, on_rollback: {assert: true, on: bastion}}',
      [`6:51 "bastion" is not among the procedure's hosts: add it to hosts, or name another`],
    ],
  ])('are checked: %s', (_name, step, problems) => {
    const inventory = parseInventory(VALID, 'inventory.yml');
    const head = ['description: x', 'hosts: nbhosting', 'facts: {f: x}', 'steps:', '- {id: s, assert: true}'];
    const procedure = parse([...head, step, ''].join('\n'));
    expect(told(procedure)).toEqual([]);
    if (!procedure.ok || !inventory.ok) return;
    expect(told({ ok: false, problems: lintProcedure(procedure.value, inventory.value) })).toEqual(problems);
  });

  it('are checked in hosts and in defaults of params too', () => {
    const inventory = parseInventory(VALID, 'inventory.yml');
    const procedure = parse(
      'description: x\nhosts: [thurst, nobody]\nparams: {to: {type: host, default: bastion}}\nsteps: [{assert: true}]\n',
    );
    expect(told(procedure)).toEqual([]);
    if (!procedure.ok || !inventory.ok) return;
    expect(told({ ok: false, problems: lintProcedure(procedure.value, inventory.value) })).toEqual([
      '2:17 there is no host or group "nobody" in inventory.yml; there are: thurst, bastion, thermals, nbhosting, all',
      `3:36 "bastion" is not among the procedure's hosts: add it to hosts, or name another`,
    ]);
  });

  it('may not hide a param of the procedure by a var of the same name', () => {
    const inventory = parseInventory(VALID, 'inventory.yml');
    const called = (param: string, host: string): ReturnType<typeof parse> =>
      parse(`description: d\nparams: {${param}: {default: x}}\nhosts: [${host}]\nsteps: [{comment: hi}]\n`);
    const problems = (param: string, host: string): readonly string[] => {
      const procedure = called(param, host);
      if (!procedure.ok || !inventory.ok) throw new Error('both are valid');
      return told({ ok: false, problems: lintProcedure(procedure.value, inventory.value) });
    };
    expect(problems('root', 'nbhosting')).toEqual([
      '1:1 "thurst" has a var "root" in inventory.yml, which would hide the param of that name: rename one of the two',
    ]);
    expect(problems('other', 'nbhosting')).toEqual([]);
    expect(problems('root', 'thermals')).toEqual([]);
  });
});
