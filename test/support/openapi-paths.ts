import { isJson, type Json } from './openapi-schema.ts';

export type Operation = { readonly name: string; readonly parameters: readonly Json[]; readonly spec: Json };

type Template = { readonly template: string; readonly pattern: RegExp; readonly item: Json };

/** Follows a reference to one of the description's own components. */
export function deref(root: Json, value: unknown): Json {
  if (!isJson(value)) return {};
  const reference = value['$ref'];
  if (typeof reference !== 'string') return value;
  let target: unknown = root;
  for (const key of reference.slice(2).split('/')) target = isJson(target) ? target[key] : undefined;
  return isJson(target) ? target : {};
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function patternOf(root: Json, template: string, item: Json): RegExp {
  const parameters = Object.values(item).flatMap((operation) =>
    isJson(operation) ? list(operation['parameters']) : [],
  );
  const many = new Set(
    parameters
      .map((each) => deref(root, each))
      .filter((each) => each['x-multi-segment'] === true)
      .map((each) => each['name']),
  );
  const source = template
    .split(/(\{[^}]+\})/)
    .map((part) => {
      if (!part.startsWith('{')) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return many.has(part.slice(1, -1)) ? '(?:.*)' : '(?:[^/]+)';
    })
    .join('');
  return new RegExp(`^${source}$`);
}

/** Finds operations by method and path; of several templates that fit, the one with the fewest parameters. */
export function operationFinder(root: Json): (method: string, path: string) => Operation | undefined {
  const paths = isJson(root['paths']) ? Object.entries(root['paths']) : [];
  const templates: readonly Template[] = paths
    .flatMap(([template, item]) => (isJson(item) ? [{ template, item, pattern: patternOf(root, template, item) }] : []))
    .sort((a, b) => a.template.split('{').length - b.template.split('{').length);
  return (method, path) => {
    for (const { template, pattern, item } of templates) {
      const spec = pattern.test(path) ? item[method.toLowerCase()] : undefined;
      if (!isJson(spec)) continue;
      const parameters = [...list(item['parameters']), ...list(spec['parameters'])].map((each) => deref(root, each));
      return { name: `${method.toUpperCase()} ${template}`, parameters, spec };
    }
    return undefined;
  };
}
