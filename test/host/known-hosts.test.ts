import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { knownHostsLine, knownKeys } from '../../src/host/known-hosts.ts';

const A = Buffer.from('0000000b7373682d65643235353139000000', 'hex');
const B = Buffer.concat([A, Buffer.from([1])]);
const a = `ssh-ed25519 ${A.toString('base64')}`;
const b = `ssh-ed25519 ${B.toString('base64')}`;

describe('known_hosts', () => {
  const keys = (file: string, address: string, port = 22): readonly Buffer[] => knownKeys(file, address, port).keys;

  it('knows a name, whatever its case, among others', () => {
    expect(keys(`one,Thurst.inria.fr ${a} a comment`, 'thurst.INRIA.fr')).toEqual([A]);
    expect(keys(`thurst ${a}`, 'thurst2')).toEqual([]);
  });

  it('keeps ports apart', () => {
    expect(keys(`[thurst]:2222 ${a}\nthurst ${b}`, 'thurst', 2222)).toEqual([A]);
    expect(keys(`[thurst]:2222 ${a}\nthurst ${b}`, 'thurst')).toEqual([B]);
  });

  it('holds several keys of a host', () => {
    expect(keys(`thurst ${a}\nthurst ${b}`, 'thurst')).toEqual([A, B]);
  });

  it('understands wildcards and exceptions', () => {
    const file = `*.inria.fr,!evil.inria.fr,box? ${a}`;

    expect(keys(file, 'thurst.inria.fr')).toEqual([A]);
    expect(keys(file, 'evil.inria.fr')).toEqual([]);
    expect(keys(file, 'box1')).toEqual([A]);
    expect(keys(file, 'box12')).toEqual([]);
    expect(keys(`a.b ${a}`, 'aXb')).toEqual([]);
  });

  it('understands hashed names', () => {
    const salt = Buffer.from('salt salt salt salt!');
    const hash = createHmac('sha1', salt).update('[thurst]:2222').digest('base64');

    expect(keys(`|1|${salt.toString('base64')}|${hash} ${a}`, 'thurst', 2222)).toEqual([A]);
    expect(keys(`|1|${salt.toString('base64')}|${hash} ${a}`, 'thurst')).toEqual([]);
  });

  it('tells revoked keys apart, and leaves out authorities and comments', () => {
    const file = `# thurst ${b}\n@revoked * ${a}\n@cert-authority * ${b}\n\n`;

    expect(knownKeys(file, 'thurst', 22)).toEqual({ keys: [], revoked: [A] });
  });

  it('is given lines that it understands', () => {
    const host = { address: 'thurst.inria.fr', port: 2222 };

    expect(keys(knownHostsLine(host, A), host.address, host.port)).toEqual([A]);
  });
});
