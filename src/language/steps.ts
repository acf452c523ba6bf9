/** The steps of a procedure: each one action with its modifiers, read and checked. */
import type * as z from 'zod';
import { readCall } from './call.ts';
import { unknownKey } from './check.ts';
import { DEFAULTS, type StepKind, withDefaults } from './defaults.ts';
import { checkEmbedded, type Visible } from './embedded.ts';
import { keys } from './fields.ts';
import { readLoop } from './loop.ts';
import { factFault, factWord } from './on-fact.ts';
import { checkVariable } from './variables.ts';
import { elementsAt, entriesAt, isMap, type Reading } from './reading.ts';
import { checkMany } from './many-rules.ts';
import { checkStep } from './step-rules.ts';
import { asList, leaving, MODIFIERS, modifiers, modifiersOnly, type ActionSyntax } from './step-schema.ts';
import { nearest } from './suggest.ts';
import { checkTable } from './table.ts';
import { hasExpression } from './template.ts';
import type { Fact, FileMention, HostMention, Json, OnFailure, OnRollback, Step } from './types.ts';
import type { Path } from './yaml-file.ts';

export interface StepsScope {
  readonly actions: readonly ActionSyntax[];
  /** Of a step as a whole, by its action's name. */
  readonly schemas: StepSchemas;
  readonly visible: Omit<Visible, 'steps' | 'laterSteps'>;
  /** Those that could be read. */
  readonly facts: Readonly<Record<string, Fact>>;
  /** As `readDefaults` gives them. */
  readonly defaults: Readonly<Record<string, Json>>;
}

export interface Steps extends Mentions {
  readonly steps: readonly Step[];
}

/** What the steps name beyond the procedure itself. */
interface Mentions {
  readonly hosts: readonly HostMention[];
  readonly files: readonly FileMention[];
}

/** The same, while it is gathered. */
interface Gathered {
  readonly hosts: HostMention[];
  readonly files: FileMention[];
}

/** Where a step stands. */
interface Position {
  readonly kind: StepKind;
  readonly id: string;
  readonly before: readonly string[];
  /** Itself and those after it. */
  readonly later: readonly string[];
  /** Of those before, the ones with a loop. */
  readonly looped: readonly string[];
  /** And those that call a procedure. */
  readonly called: readonly string[];
  /** It undoes a step with a loop, so it is done for each of its items. */
  readonly item?: true;
}

type StepSchemas = ReadonlyMap<string, z.ZodType>;

/** To make them takes longer than to read a file with them. */
const made = new WeakMap<readonly ActionSyntax[], StepSchemas>();

/** How a step must look, for each action: its own keys beside the modifiers, and no others. */
export function stepSchemas(actions: readonly ActionSyntax[]): StepSchemas {
  const known = made.get(actions);
  if (known !== undefined) return known;
  const schemas = new Map(
    actions.map(({ name, schema, siblings }) => [name, keys({ ...modifiers, [name]: schema, ...siblings })]),
  );
  made.set(actions, schemas);
  return schemas;
}

/** Where the list stands of which a step is one, and what can be asked of there. */
export interface Around extends Pick<Position, 'before' | 'later' | 'looped' | 'called'> {
  readonly kind: Exclude<StepKind, 'undo'>;
  /** Ids of the list's own steps. */
  readonly ids: readonly string[];
}

/** Reads the list of steps at a path. @param around the steps of other lists; its own are added, each in its place */
export function readSteps(file: Reading, path: Path, { kind, ids, ...around }: Around, scope: StepsScope): Steps {
  const mentions: Gathered = { hosts: [], files: [] };
  const steps = ids.flatMap((id, index) => {
    const own = ids.slice(0, index);
    const before = [...around.before, ...own];
    const looped = [...around.looped, ...own.filter((_, at) => hasLoop(file, [...path, at]))];
    const called = [...around.called, ...own.filter((_, at) => hasCall(file, [...path, at]))];
    const position: Position = { kind, id, before, later: [...ids.slice(index), ...around.later], looped, called };
    return readStep(file, [...path, index], position, scope, mentions);
  });
  return { steps, ...mentions };
}

/** Of what no step takes from the defaults it must be told too whether it could be taken. */
export function readDefaultUndo(file: Reading, later: readonly string[], scope: StepsScope): void {
  const nowhere: Position = { kind: 'step', id: '', before: [], later: ['', ...later], looped: [], called: [] };
  readOnRollback(file, [...DEFAULTS, 'on_rollback'], nowhere, scope, { hosts: [], files: [] });
}

export const hasLoop = ({ yaml }: Reading, path: Path): boolean => yaml.at([...path, 'loop']) !== undefined;
export const hasCall = ({ yaml }: Reading, path: Path): boolean => yaml.at([...path, 'call']) !== undefined;

export function idAt({ yaml }: Reading, path: Path): string | undefined {
  const id = yaml.at([...path, 'id']);
  return typeof id === 'string' ? id : undefined;
}

/** @param lines of the steps that have these ids already, in other lists too; those of this one are added */
export function checkUnique(
  { yaml, wrong }: Reading,
  path: Path,
  ids: readonly string[],
  lines = new Map<string, number>(),
): void {
  for (const [index, id] of ids.entries()) {
    const at = [...path, index, 'id'];
    const first = lines.get(id);
    if (first !== undefined) {
      wrong(yaml.place(at), `the step in line ${first} is called "${id}" already: give this one another id`);
    } else {
      lines.set(id, yaml.place(at).line);
    }
  }
}

function readStep(
  file: Reading,
  path: Path,
  position: Position,
  scope: StepsScope,
  mentions: Gathered,
): readonly Step[] {
  const { yaml } = file;
  if (file.enough()) return [];
  const action = actionAt(file, path, scope.actions);
  const around: Visible = {
    ...scope.visible,
    steps: position.before,
    laterSteps: position.later,
    looped: position.looped,
    called: position.called,
  };
  const visible: Visible = hasLoop(file, path) || position.item === true ? { ...around, item: true } : around;
  for (const [key, at] of entriesAt(yaml, path)) {
    const schema = action === undefined ? undefined : schemaOf(action, key);
    const made = (schema ?? modifierOf(key))?.safeParse(yaml.at(at));
    const seen = schema !== undefined && action?.calls === true ? { ...around, beforeStart: true as const } : visible;
    if (made?.success === true)
      mentions.hosts.push(...checkEmbedded(file, made.data, at, key === 'loop' ? around : seen));
  }
  for (const [name, at] of entriesAt(yaml, [...path, 'env'])) checkVariable(file, name, at);
  if (action === undefined) {
    readOnRollback(file, [...path, 'on_rollback'], { ...position, loops: hasLoop(file, path) }, scope, mentions);
    if (isMap(yaml.at(path))) file.take(modifiersOnly, path);
    return [];
  }

  const schema = scope.schemas.get(action.name) ?? modifiersOnly;
  const checked = file.take(schema, path, (key) => foreignKey(key, action, scope.actions));
  if (checked === undefined) {
    readOnRollback(file, [...path, 'on_rollback'], { ...position, loops: hasLoop(file, path) }, scope, mentions);
    return [];
  }
  const input = inputAt(file, path, action);
  const merged = withDefaults(file, path, scope.defaults, action, input, position.kind);
  const loops = hasLoop(file, path);
  const onRollback = readOnRollback(file, merged.at('on_rollback'), { ...position, loops }, scope, mentions);
  const read = modifiersOnly.parse(merged.data);
  checkStep(file, merged, { action, input, read, kind: position.kind });
  checkMany(file, merged, { action, read, names: visible, ofItems: position.item === true });
  if (action.table === true) {
    const { facts, visible: seen } = scope;
    mentions.hosts.push(...checkTable(file, [...path, action.name], { facts, params: seen.params }));
  }
  mentions.files.push(...filesAt(file, path, action));
  mentions.hosts.push(...readOn(file, [...path, 'on'], scope));
  const becomeUser = read.become_user ?? (read.become === true ? 'root' : undefined);
  return [
    {
      id: position.id,
      name: read.name ?? position.id,
      place: yaml.place(path),
      action: action.name,
      input,
      on: asList(read.on ?? []),
      ...(read.loop === undefined ? {} : { loop: readLoop(file, [...path, 'loop']) }),
      ...(read.serial === undefined ? {} : { serial: read.serial }),
      ...(read.run_once ? { runOnce: true } : {}),
      ...(read.max_hosts === undefined ? {} : { maxHosts: read.max_hosts }),
      ...(read.retries === undefined
        ? {}
        : { retries: { times: read.retries, delayMs: read.delay ?? RETRY_DELAY_MS } }),
      ...(read.when === undefined ? {} : { when: read.when }),
      env: read.env,
      ...(read.chdir === undefined ? {} : { chdir: read.chdir }),
      ...(becomeUser === undefined ? {} : { becomeUser }),
      timeoutMs: read.timeout,
      ...(read.done_when === undefined ? {} : { doneWhen: read.done_when }),
      ...(read.verify === undefined ? {} : { verify: read.verify }),
      readOnly: read.read_only,
      idempotent: read.idempotent,
      critical: read.critical,
      ...(read.preflight ? { preflight: true } : {}),
      reversible: read.reversible,
      ...(read.destructive ? { destructive: true } : {}),
      ...(read.downtime === undefined ? {} : { downtime: read.downtime }),
      onFailure: Object.hasOwn(merged.data, 'on_failure') ? read.on_failure : usualOnFailure(position.kind, read),
      ...(read.secrets === undefined ? {} : { secrets: read.secrets }),
      ...(read.no_log ? { noLog: true } : {}),
      ...(onRollback === undefined ? {} : { onRollback }),
      ...(action.calls === true ? { call: readCall(file, [...path, action.name]) } : {}),
    },
  ];
}

/** What goes wrong at a run's end keeps back nothing else that is to be done there, unless the step says so. */
const usualOnFailure = (kind: StepKind, { critical }: { readonly critical: boolean }): OnFailure =>
  kind === 'always' && !critical ? 'continue' : 'prompt';

/** As with Ansible. */
const RETRY_DELAY_MS = 5000;

type OnScope = Pick<StepsScope, 'visible' | 'facts'>;

/** The hosts and groups that an `on` names. */
export function readOn(file: Reading, at: Path, scope: OnScope): readonly HostMention[] {
  const value = file.yaml.at(at);
  const names = typeof value === 'string' ? [value] : Array.isArray(value) ? value.map(String) : [];
  return names.flatMap((name, index) => readOnName(file, name, typeof value === 'string' ? at : [...at, index], scope));
}

/** A name in `on`: what is wrong with a `fact=value`, or else the host or group to look up in the inventory. */
function readOnName(file: Reading, name: string, at: Path, { visible, facts }: OnScope): readonly HostMention[] {
  const place = file.yaml.place(at);
  if (hasExpression(name)) {
    const fixed: Visible = { ...visible, steps: [], laterSteps: [], onlyParams: true };
    checkEmbedded(file, { expr: name }, at, fixed);
  }
  const word = factWord(name);
  if (word === undefined) return hasExpression(name) ? [] : [{ in: 'on', name, place }];
  const fault = factFault(word, visible.facts, facts);
  if (fault !== undefined) file.wrong(place, fault);
  return [];
}

const modifierOf = (key: string): z.ZodType | undefined =>
  new Map<string, z.ZodType>(Object.entries(modifiers)).get(key);

const schemaOf = ({ name, schema, siblings = {} }: ActionSyntax, key: string): z.ZodType | undefined =>
  key === name ? schema : new Map(Object.entries(siblings)).get(key);

/** As written: the key's value, or an object of it and the action's further keys. */
function inputAt({ yaml }: Reading, path: Path, { name, siblings }: ActionSyntax): Json {
  const at = (key: string): Json | undefined => yaml.at([...path, key]);
  if (siblings === undefined) return at(name) ?? null;
  const written = [name, ...Object.keys(siblings)].flatMap((key): [string, Json][] => {
    const value = at(key);
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(written);
}

/** The files that a step takes texts from. */
function filesAt({ yaml }: Reading, path: Path, { name, sources = [] }: ActionSyntax): readonly FileMention[] {
  return sources.flatMap((field) => {
    const at = [...path, name, field];
    const written = yaml.at(at);
    return typeof written === 'string' ? [{ name: written, place: yaml.place(at) }] : [];
  });
}

/** The one action of a step; where there is none or several, that is told. */
function actionAt({ yaml, wrong }: Reading, path: Path, actions: readonly ActionSyntax[]): ActionSyntax | undefined {
  const data = yaml.at(path);
  const names = actions.map(({ name }) => name);
  if (!isMap(data)) {
    wrong(yaml.place(path), `a step is a map with one action, such as run: echo hello; there are: ${names.join(', ')}`);
    return undefined;
  }
  const found = actions.filter(({ name }) => Object.hasOwn(data, name));
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined) {
    const inOrder = Object.keys(data).filter((key) => names.includes(key));
    const place = yaml.keyPlace([...path, inOrder[1] ?? '']);
    wrong(place, `a step has one action, and this one has ${inOrder.join(' and ')}: make a step of each`);
    return undefined;
  }
  tellMissingAction(wrong, yaml, path, actions);
  return undefined;
}

function tellMissingAction(
  wrong: Reading['wrong'],
  yaml: Reading['yaml'],
  path: Path,
  actions: readonly ActionSyntax[],
): void {
  const names = actions.map(({ name }) => name);
  const siblings = actions.flatMap(({ siblings: further = {} }) => Object.keys(further));
  const known = [...names, ...MODIFIERS];
  const strange = entriesAt(yaml, path).filter(([key]) => !MODIFIERS.includes(key) && !siblings.includes(key));
  for (const [key, at] of strange) wrong(yaml.keyPlace(at), unknownKey(key, known));
  // A misspelt action is the missing one; of anything else it must be said.
  const isAction = strange.some(([key]) => names.includes(nearest(key, known) ?? ''));
  if (!isAction) wrong(yaml.place(path), `this step has no action: write one of ${names.join(', ')}`);
}

/** A key that belongs to another action. */
function foreignKey(key: string, action: ActionSyntax, actions: readonly ActionSyntax[]): string | undefined {
  const owner = actions.find(({ siblings = {} }) => Object.hasOwn(siblings, key));
  return owner === undefined ? undefined : `"${key}" goes with ${owner.name}, not with ${action.name}`;
}

const NOT_UNDONE = {
  undo: 'a step that undoes another',
  rollback: 'what follows a rollback',
  always: 'what is done at the end of every run',
} as const;

function readOnRollback(
  file: Reading,
  at: Path,
  position: Position & { readonly loops?: boolean },
  scope: StepsScope,
  mentions: Gathered,
): OnRollback | undefined {
  const { yaml, wrong } = file;
  const data = yaml.at(at);
  if (data === undefined) return undefined;
  if (position.kind !== 'step') {
    wrong(yaml.keyPlace(at), `${NOT_UNDONE[position.kind]} is not undone itself: take on_rollback out`);
    return undefined;
  }
  if (data !== null && typeof data === 'object' && 'leave' in data) return file.take(leaving, at);
  if (data === null || typeof data !== 'object' || (Array.isArray(data) && data.length === 0)) {
    wrong(yaml.place(at), 'write a step, a list of steps, or {leave: why nothing need be undone}');
    return undefined;
  }
  const paths = isMap(data) ? [at] : elementsAt(yaml, at);
  const ids = paths.map((each, index) => idAt(file, each) ?? `undo-${index + 1}`);
  if (Array.isArray(data)) checkUnique(file, at, ids);
  const before = [...position.before, position.id];
  const later = position.later.slice(1);
  const loops =
    position.loops === true
      ? ({ looped: [...position.looped, position.id], item: true } as const)
      : { looped: position.looped };
  const steps = paths.flatMap((each, index) =>
    readStep(
      file,
      each,
      { kind: 'undo', id: ids[index] ?? '', before, later, called: position.called, ...loops },
      scope,
      mentions,
    ),
  );
  return { steps };
}
