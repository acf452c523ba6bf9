import { actions } from '../../src/actions/index.ts';
import { parseInventory } from '../../src/language/inventory.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import type { Inventory, Json, Parsed, Procedure } from '../../src/language/types.ts';
import { makePlan, type MadePlan, type PlanRequest } from '../../src/plan/make-plan.ts';
import type { Plan, PlanStep } from '../../src/plan/types.ts';

export const INVENTORY = `
hosts:
  web1: {address: web1.example, user: ops, key: ~/.ssh/id, host_key: 'SHA256:${'a'.repeat(43)}', via: bastion, vars: {root: /srv/pryv}}
  web2: {address: web2.example, user: ops, port: 2222}
  db: {address: db.example, user: root, vars: {only: here}}
  bastion: {address: bastion.example, user: jump}
groups:
  web: [web1, web2]
`;

export const PROCEDURE = `
description: an upgrade
params:
  version: {pattern: '\\d+\\.\\d+', description: the new one}
  size: {type: int, default: 3}
  note: {required: false}
hosts: [web, db]
vars:
  root: /var/pryv
  target: /var/pryv\${{ params.version }}
facts:
  free: {run: df, type: int}
steps:
  - id: look
    run: ls
    read_only: true
  - id: stop
    run: docker stop all
    on: web
    env: {EXTRA: '\${{ facts.free }}'}
    chdir: \${{ vars.root }}
    become: true
    done_when: {run: '! docker ps | grep -q pryv'}
    verify: {run: docker ps}
    on_rollback:
      - run: docker start all
      - id: tell
        comment: started again
  - id: switch
    symlink: {path: '\${{ vars.root }}', target: '\${{ vars.target }}'}
    on: [db, web2]
    done_when: facts.free == 3
    verify: facts.free > 1
  - id: drop
    run: rm -rf old
    reversible: false
  - id: dump
    run: mongodump
    on_rollback: {leave: the dump is kept}
  - wait_for: {run: 'true'}
    timeout: 90s
  - comment: done
`;

const valueOf = <T>(parsed: Parsed<T>): T => {
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.message).join('\n'));
  return parsed.value;
};

export const procedureOf = (text: string): Procedure =>
  valueOf(parseProcedure(text, { file: 'procedures/pryv/upgrade.yml', system: 'pryv', verb: 'upgrade', actions }));
export const inventoryOf = (text: string): Inventory => valueOf(parseInventory(text, 'inventory.yml'));

export const FILES = [{ path: 'procedures/pryv/upgrade.yml', sha256: '0'.repeat(64) }];

export const made = ({
  procedure = PROCEDURE,
  inventory = INVENTORY,
  commit = null,
  params = {},
  files = FILES,
  texts = {},
}: {
  procedure?: string;
  inventory?: string;
  commit?: string | null;
  params?: Readonly<Record<string, Json>>;
  files?: PlanRequest['files'];
  texts?: Readonly<Record<string, string>>;
} = {}): MadePlan =>
  makePlan({
    procedure: procedureOf(procedure),
    inventory: inventoryOf(inventory),
    params: { version: '1.6', size: 3, ...params },
    files,
    texts: new Map(Object.entries(texts)),
    commit,
    actions,
  });

export const planned = (given: Parameters<typeof made>[0] = {}): Plan => {
  const result = made(given);
  if (!result.ok) throw new Error(result.problems.map((problem) => problem.message).join('\n'));
  return result.plan;
};

export const stepOf = (plan: Plan, id: string): PlanStep => {
  const found = plan.steps.find((step) => step.id === id);
  if (found === undefined) throw new Error(`no step ${id}`);
  return found;
};

export const problemsOf = (given: Parameters<typeof made>[0]): string => {
  const result = made(given);
  return result.ok ? '' : result.problems.map((problem) => problem.message).join('\n');
};
