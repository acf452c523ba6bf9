import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sshd } from '../test/support/sshd.ts';

/** A way to run `true` steps one after the other. */
export interface Peer {
  readonly name: string;
  /** Set: it cannot be measured here, and why. */
  readonly missing?: string;
  /** Runs so many steps, connecting included. */
  run(steps: number): Promise<void>;
  end?(): Promise<void>;
}

/** OpenSSH with a master connection: one `ssh` process a step. */
export function controlMaster(sshd: Sshd): Peer {
  const socket = join(sshd.folder, 'master');
  const options = [
    ...['-F', 'none', '-S', socket, '-p', String(sshd.port), '-i', sshd.keyFile],
    ...['-o', `UserKnownHostsFile=${sshd.knownHosts}`, '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes'],
    ...['-o', 'ControlMaster=auto', '-o', 'ControlPersist=60', `${sshd.user}@127.0.0.1`],
  ];
  return {
    name: 'OpenSSH ControlMaster (not crash-safe)',
    ...missing('/usr/bin/ssh', 'openssh-client'),
    run: async (steps) => {
      for (let step = 0; step < steps; step += 1) await succeed('ssh', [...options, 'true']);
    },
    end: async () => succeed('ssh', ['-O', 'exit', ...options]),
  };
}

/** Ansible with pipelining, and with Mitogen's strategy in its place where `mitogen` is set. */
export function ansible(sshd: Sshd, mitogen: boolean): Peer {
  const folder = join(sshd.folder, mitogen ? 'mitogen' : 'ansible');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'inventory'),
    `thurst ansible_host=127.0.0.1 ansible_port=${sshd.port} ansible_user=${sshd.user} ansible_ssh_private_key_file=${sshd.keyFile} ansible_python_interpreter=/usr/bin/python3\n`,
  );
  const strategies = '/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy';
  const env = {
    ...process.env,
    ANSIBLE_HOME: folder,
    ANSIBLE_LOCAL_TEMP: folder,
    ANSIBLE_REMOTE_TEMP: join(folder, 'remote'),
    ANSIBLE_SSH_CONTROL_PATH_DIR: folder,
    ANSIBLE_SSH_COMMON_ARGS: `-o UserKnownHostsFile=${sshd.knownHosts} -o IdentitiesOnly=yes`,
    ANSIBLE_HOST_KEY_CHECKING: mitogen ? 'False' : 'True',
    ANSIBLE_PIPELINING: 'True',
    ...(mitogen ? { ANSIBLE_STRATEGY_PLUGINS: strategies, ANSIBLE_STRATEGY: 'mitogen_linear' } : {}),
  };
  return {
    name: mitogen ? 'Ansible with Mitogen' : 'Ansible, pipelined',
    ...(mitogen ? missing(strategies, 'ansible-mitogen') : missing('/usr/bin/ansible-playbook', 'ansible-core')),
    run: async (steps) => {
      const playbook = join(folder, `steps-${steps}.yml`);
      const tasks = Array.from({ length: steps }, () => '    - command: "true"');
      writeFileSync(playbook, ['- hosts: thurst', '  gather_facts: false', '  tasks:', ...tasks, ''].join('\n'));
      await succeed('ansible-playbook', ['-i', join(folder, 'inventory'), playbook], env);
    },
  };
}

function missing(path: string, debianPackage: string): Pick<Peer, 'missing'> {
  return existsSync(path) ? {} : { missing: `apt-get install ${debianPackage}` };
}

async function succeed(program: string, words: readonly string[], env = process.env): Promise<void> {
  const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-2_000);
    });
  }
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${String(code)}: ${said}`);
}
