/** The scripts that stand in a procedure's file, for whoever looks at them as scripts. */
import * as z from 'zod';
import { defaultsSchema } from './defaults.ts';
import { isScript, mapOf } from './fields.ts';
import { LOOP_VARIABLES } from './many-rules.ts';
import { factSchema } from './procedure.ts';
import { elementsAt, entriesAt } from './reading.ts';
import { LISTS, undoPaths } from './secrets.ts';
import type { ActionSyntax } from './step-schema.ts';
import { stepSchemas } from './steps.ts';
import type { Json, Place, Script } from './types.ts';
import { readYaml, type Path, type YamlFile } from './yaml-file.ts';

/** A script, and where it stands. */
export interface WrittenScript extends Script {
  /** The variables that it is given; a host's own from the inventory are not among them. */
  readonly variables: readonly string[];
  /** Where a character of its text stands in the file. */
  readonly placeAt: (offset: number) => Place;
}

/** All scripts of a file that `parseProcedure` has accepted: of steps and what undoes them, of conditions and facts. */
export function scriptsIn(text: string, file: string, actions: readonly ActionSyntax[]): readonly WrittenScript[] {
  const read = readYaml(text, file);
  if (!read.ok) return [];
  const yaml = read.value;
  const schemas = stepSchemas(actions);
  const namesAt = (path: Path): readonly string[] => entriesAt(yaml, path).map(([name]) => name);
  const found = (schema: unknown, path: Path, variables: readonly string[]): readonly WrittenScript[] =>
    pathsOf(schema, yaml.at(path), path).map((at) => scriptAt(yaml, at, variables));

  function ofStep(path: Path, around: readonly string[]): readonly WrittenScript[] {
    const loops = yaml.at([...path, 'loop']) !== undefined;
    const asked = elementsAt(yaml, [...path, 'secrets']).map((each) => textAt(yaml, each));
    const mine = [...around, ...namesAt([...path, 'env']), ...asked, ...(loops ? LOOP_VARIABLES : [])];
    const action = actions.find(({ name }) => yaml.at([...path, name]) !== undefined);
    return [
      ...found(action && schemas.get(action.name), path, mine),
      ...undoPaths({ yaml }, path).flatMap((each) => ofStep(each, mine)),
    ];
  }

  const shared = [...namesAt(['params']), ...namesAt(['vars'])];
  const everywhere = [...shared, ...namesAt(['defaults', 'env'])];
  return [
    ...found(mapOf(factSchema), ['facts'], shared),
    ...found(defaultsSchema, ['defaults'], everywhere),
    ...undoPaths({ yaml }, ['defaults']).flatMap((each) => ofStep(each, everywhere)),
    ...LISTS.flatMap((list) => elementsAt(yaml, [list])).flatMap((each) => ofStep(each, everywhere)),
  ];
}

function scriptAt(yaml: YamlFile, path: Path, variables: readonly string[]): WrittenScript {
  const shell = yaml.at([...path.slice(0, -1), 'shell']) === 'bash' ? 'bash' : 'sh';
  return { shell, text: textAt(yaml, path), variables, placeAt: (offset) => yaml.placeAt(path, offset) };
}

function textAt(yaml: YamlFile, path: Path): string {
  const data = yaml.at(path);
  return typeof data === 'string' ? data : '';
}

/** Where scripts stand in data, by the schema that it was checked against. */
function pathsOf(schema: unknown, data: Json | undefined, path: Path): readonly Path[] {
  if (data === undefined || data === null) return [];
  if (schema instanceof z.ZodString) return typeof data === 'string' && isScript(schema) ? [path] : [];
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => pathsOf(option, data, path));
  if (schema instanceof z.ZodPipe) return pathsOf(schema.in, data, path);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return pathsOf(schema.unwrap(), data, path);
  if (typeof data !== 'object') return [];
  const shape = schema instanceof z.ZodObject ? new Map<string, unknown>(Object.entries(schema.shape)) : undefined;
  const each =
    schema instanceof z.ZodRecord ? schema.valueType : schema instanceof z.ZodArray ? schema.element : undefined;
  return Object.entries(data).flatMap(([key, value]: [string, Json]) =>
    pathsOf(shape === undefined ? each : shape.get(key), value, [...path, key]),
  );
}
