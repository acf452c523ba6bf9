import { describe, expect, it } from '@jest/globals';
import { actionNamed, actions } from '../../src/actions/index.ts';
import { shellWord } from '../../src/language/by-hand.ts';
import { parseInventory } from '../../src/language/inventory.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import type { Json, Step } from '../../src/language/types.ts';
import { explainPage } from '../../src/thread/explain.ts';
import { expectGolden } from './golden.ts';

const EVERY_ACTION = `
description: Bring the web servers to a release
params:
  release: { description: as in the name of its folder, pattern: '[0-9.]+' }
  colour: { description: of the banner, type: choice, choices: [red, blue], default: red }
hosts: [web1, web2]
lock: [customer-acme, mail]
vars:
  folder: /srv/app-\${{ params.release }}
  motto: it's "mine" \`now\` for 5 $
facts:
  now: readlink /srv/app
  free_gb: { type: int, run: "df -Pk /srv | awk 'NR == 2 { print int($4 / 1048576) }'" }
  busy: { type: bool, shell: bash, run: '[[ -e /srv/busy ]]' }
steps:
  - assert: facts.free_gb >= 20
    fail_msg: 20 GB must be free for \${{ params.release }}, and there are \${{ facts.free_gb }}.
  - comment: The upgrade to \${{ params.release }} begins.
  - id: stop
    name: Stop the app
    on: web1
    become: true
    critical: true
    when: "!facts.busy"
    service: { name: app, state: stopped, enabled: false }
  - id: config
    become: true
    file:
      path: \${{ vars.folder }}/app.conf
      content: |
        banner = \${{ params.colour }}
        was = \${{ facts.now }}
      mode: '0640'
      owner: app
      validate: app --check "$CO_NEW"
  - id: cache
    file: { path: /var/cache/app, state: directory, mode: '0750' }
  - id: old
    file: { path: /etc/cron.d/app, state: absent }
  - id: move-logs
    on_failure: rollback
    move: { src: /srv/logs, dest: '/srv/logs of \${{ params.release }}' }
  - id: switch
    symlink: { path: /srv/app, target: '\${{ vars.folder }}' }
  - id: migrate
    become_user: app
    chdir: \${{ vars.folder }}
    env: { OLD: '\${{ facts.now }}' }
    timeout: 1h
    idempotent: true
    done_when: { run: ./migrated "$release" }
    verify: { shell: bash, run: '[[ -e done ]]' }
    run: ./migrate --from "$OLD" --to "$release"
    on_rollback:
      - name: Migrate back
        run: ./migrate --from "$release" --to "$OLD"
      - name: Wait for it
        wait_for: { run: ./migrated "$OLD" }
  - approve: { by: [maintain, olivia], count: 2 }
  - id: look
    manual: { instructions: 'Log in to \${{ params.release }}.', unlock: true }
    on_rollback: { manual: Log out again. }
  - manual: Tell the pilots.
  - id: forget
    reversible: false
    run: rm -rf /srv/old
  - id: keep
    run: cp -a /srv/app /backup
    on_rollback: { leave: a copy more does no harm }
  - id: restart
    become: true
    downtime: begins
    reboot: { until: facts.busy, timeout: 20m, stable_for: 1m }
    on_rollback: { reboot: {} }
  - id: wipe
    destructive: true
    downtime: ends
    run: rm -rf /srv/cache
    on_rollback: { leave: a cache fills again }
  - id: open
    symlink: { path: /srv/open, target: 'yes', using: [sudo, -n, switch.sh, '\${{ params.release }}'] }
    on_rollback: { run: sudo -n switch.sh - }
`;

const byHand = (step: Step): ReturnType<NonNullable<ReturnType<typeof actionNamed>>['byHand']> => {
  const action = actionNamed(step.action);
  if (action === undefined) throw new Error(step.action);
  return action.byHand(step.input, step.id);
};

/** A step that is done several times, in one way or another; the others are as they always are. */
const MANY = `
description: Restart the web servers
params: { site: {} }
hosts: [web1, web2]
facts:
  function: cat /srv/function
steps:
  - id: stop
    on: [function=production, function=idle]
    max_hosts: 1
    loop: [nginx, "it's \${{ params.site }}"]
    service: { name: '\${{ item }}', state: stopped }
  - id: ports
    run_once: true
    loop: { app: { port: 80 }, 'ad min': { port: 81 } }
    run: configure "$item_key" "$item"
    on_rollback: { run: forget "$item_key" }
  - id: old
    loop: \${{ fromJSON(facts.function) }}
    run: rm -r "$item"
    reversible: false
  - id: restart
    on: [web2, function=idle]
    serial: 50%
    idempotent: true
    retries: 3
    delay: 1m
    run: systemctl restart app
    on_rollback: { leave: a restart more does no harm }
`;

function page(params: Readonly<Record<string, Json>>, procedure = EVERY_ACTION): string {
  const parsed = parseProcedure(procedure, {
    file: 'procedures/app/upgrade.yml',
    system: 'app',
    verb: 'upgrade',
    actions,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const inventory = parseInventory(
    "hosts:\n  web1: {address: a, user: root}\n  web2: {address: b, user: root, vars: {folder: '/opt/the app'}}\n",
    'inventory.yml',
  );
  if (!inventory.ok) throw new Error(JSON.stringify(inventory.problems));
  return explainPage({ procedure: parsed.value, inventory: inventory.value, hosts: ['web1', 'web2'], params, byHand });
}

describe('the page that a person could follow by hand', () => {
  it('says all that a procedure does, and the way back, last step first', () => {
    expectGolden('explain.md', page({ release: '2.4' }));
  });

  it('says for what, where, how many at a time and how often again', () => {
    expectGolden('explain-many.md', page({ site: 'main' }, MANY));
  });

  it('leaves open what nobody has said yet', () => {
    const text = page({});
    expect(text).toContain("export release='<fill in>'");
    expect(text).toContain('The upgrade to <params.release> begins.');
    expect(text).toContain('export folder="/srv/app-${release}"');
  });

  it('names every step, and for every step that changes something the way back', () => {
    const [forward = '', back = ''] = page({}).split('## The way back');
    for (const id of ['stop', 'config', 'cache', 'old', 'move-logs', 'switch', 'migrate', 'forget', 'keep', 'open']) {
      expect([id, forward.includes(id), back.includes(id)]).toEqual([id, true, true]);
    }
    expect(back.indexOf('Back from 12')).toBeLessThan(back.indexOf('Back from 3'));
  });
});

describe('a value as a word of a shell', () => {
  it.each([
    [{ lit: '1.6' }, '1.6'],
    [{ lit: '' }, "''"],
    [{ lit: "it's; $(reboot) `x`" }, String.raw`'it'\''s; $(reboot) ` + "`x`'"],
    [{ lit: 3 }, '3'],
    [{ expr: '${{ vars.root }}$x"`\\${{ params.version }}' }, '"${root}\\$x\\"\\`\\\\${version}"'],
    [{ expr: '/etc/${{ item_key }}/${{ item }}' }, '"/etc/${item_key}/${item}"'],
    [{ expr: '${{ facts.release }}/a' }, '"<facts.release>/a"'],
  ])('%j is %s', (value, word) => {
    expect(shellWord(value)).toBe(word);
  });
});
