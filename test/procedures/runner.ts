/**
 * Runs a procedure's scripts in order on a host, over SSH, and nothing more: no plan, no journal, no expressions beyond
 * `${{ vars.x }}` and `${{ params.x }}`, and as a condition `vars.x` or `params.x`. Called procedures' steps stand in the place
 * of the call. What the scripts themselves do is what the tests beside it look at; how a run
 * keeps its promises is looked at elsewhere.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Client } from 'ssh2';
import { run, type Ended } from '../playground/local-hosts-client.ts';

const flat = z.union([z.string(), z.boolean()]).transform(String);
const condition = z.object({ run: z.string() });
const symlink = z.object({ path: z.string(), target: z.string() });
const undo = z.object({
  name: z.string(),
  become: z.boolean().default(false),
  run: z.string().optional(),
  wait_for: condition.optional(),
  verify: condition.optional(),
});
const step = z.object({
  id: z.string(),
  become: z.boolean().default(false),
  run: z.string().optional(),
  assert: condition.optional(),
  wait_for: condition.optional(),
  call: z.object({ procedure: z.string(), with: z.record(z.string(), flat) }).optional(),
  when: z
    .string()
    .regex(/^(?:vars|params)\.\w+$/)
    .optional(),
  done_when: condition.optional(),
  symlink: symlink.optional(),
  comment: z.string().optional(),
  verify: condition.optional(),
  on_rollback: z
    .union([
      undo.transform((one) => [one]),
      z.array(undo),
      z.object({ leave: z.string() }).transform((): z.infer<typeof undo>[] => []),
    ])
    .optional(),
});
const procedure = z.object({
  params: z.record(z.string(), z.object({ default: flat.optional() })),
  vars: z.record(z.string(), flat),
  steps: z.array(step),
  rollback: z.array(step),
});

/** With the variables that a called procedure's steps have beside those of its caller. */
export type Step = z.infer<typeof step> & { readonly own?: Env };
type Env = Readonly<Record<string, string>>;
type Read = Omit<z.infer<typeof procedure>, 'steps'> & { readonly steps: readonly Step[] };

export function readProcedure(file: string): Read {
  const { steps, ...read } = procedure.parse(parse(readFileSync(file, 'utf8')));
  return { ...read, steps: steps.flatMap((each) => (each.call === undefined ? [each] : called(each.id, each.call))) };
}

/** What is given that is an expression has the name that it has with the caller. */
function called(id: string, { procedure: name, with: given }: NonNullable<Step['call']>): readonly Step[] {
  const { steps, vars } = readProcedure(`procedures/${name}.yml`);
  const fixed = Object.entries(given).filter(([, value]) => !value.includes('${{'));
  const own = { ...vars, ...Object.fromEntries(fixed) };
  return steps.map((each) => ({ ...each, id: `${id}/${each.id}`, own }));
}

/** Every script that stands in a procedure, with the place it stands at. */
export function scriptsOf(steps: readonly Step[]): readonly { readonly at: string; readonly text: string }[] {
  return steps.flatMap(({ id, on_rollback: undos = [], ...own }) =>
    [
      [id, own.run],
      [`${id}, assert`, own.assert?.run],
      [`${id}, wait_for`, own.wait_for?.run],
      [`${id}, verify`, own.verify?.run],
      [`${id}, done_when`, own.done_when?.run],
      ...undos.flatMap((each) => [
        [`${id}, undo`, each.run],
        [`${id}, undo, wait_for`, each.wait_for?.run],
        [`${id}, undo, verify`, each.verify?.run],
      ]),
    ].flatMap(([at, text]) => (at === undefined || text === undefined ? [] : [{ at, text }])),
  );
}

/** Runs steps until one fails. Gives the steps that were begun, the failed one last, and how it ended. */
export async function runSteps(
  client: Client,
  steps: readonly Step[],
  env: Env,
): Promise<{ readonly begun: readonly Step[]; readonly failed?: Ended }> {
  const begun: Step[] = [];
  for (const each of steps) {
    const all = envOf(each, env);
    if (each.when !== undefined && all[each.when.replace(/.*\./, '')] !== 'true') continue;
    if (each.done_when && (await shell(client, each.done_when.run, each.become, all)).code === 0) continue;
    begun.push(each);
    const ended = await attempt(client, each, all);
    if (ended.code !== 0) return { begun, failed: ended };
  }
  return { begun };
}

/** Undoes steps, the last first; throws where an undo fails. */
export async function undoSteps(client: Client, steps: readonly Step[], env: Env, formerTarget: string): Promise<void> {
  for (const each of steps.toReversed()) {
    const undos =
      each.symlink === undefined
        ? (each.on_rollback ?? [])
        : [{ become: each.become, name: 'link', run: link(each.symlink.path, formerTarget, env) }];
    for (const one of undos) {
      const ended = await attempt(client, { id: one.name, ...one }, envOf(each, env));
      if (ended.code !== 0) throw new Error(`undo of ${each.id} (${one.name}) failed: ${ended.out}${ended.err}`);
    }
  }
}

/** The caller's values, which are the same wherever both have one of a name, and a host's own (`root`). */
const envOf = ({ own = {} }: Step, env: Env): Env => ({ ...own, ...env });

async function attempt(client: Client, each: Step, env: Env): Promise<Ended> {
  const { become } = each;
  if (each.assert !== undefined) return shell(client, each.assert.run, become, env);
  if (each.wait_for !== undefined) return waitFor(client, each.wait_for.run, become, env);
  const script = each.symlink === undefined ? each.run : link(each.symlink.path, each.symlink.target, env);
  const ended = script === undefined ? undefined : await shell(client, script, become, env);
  if (ended !== undefined && ended.code !== 0) return ended;
  return shell(client, each.verify?.run ?? ':', become, env);
}

/** Three looks are enough for stand-ins, which are ready at once or never. */
async function waitFor(client: Client, script: string, become: boolean, env: Env): Promise<Ended> {
  let ended = await shell(client, script, become, env);
  for (let tries = 0; tries < 2 && ended.code !== 0; tries += 1) ended = await shell(client, script, become, env);
  return ended;
}

function shell(client: Client, script: string, become: boolean, env: Env): Promise<Ended> {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  return run(client, `${become ? 'sudo -n -u root -- ' : ''}sh -eu -c ${quoted(exports.join('') + script)}`);
}

const link = (path: string, target: string, env: Env): string =>
  `ln -s ${quoted(filled(target, env))} ${quoted(filled(path, env))}.new
mv -T ${quoted(filled(path, env))}.new ${quoted(filled(path, env))}`;

const filled = (text: string, env: Env): string =>
  text.replace(/\$\{\{ (?:vars|params)\.(\w+) \}\}/g, (_, name: string) => env[name] ?? '');

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
