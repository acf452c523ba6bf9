import { describe } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

import type { Exchange } from '../../src/playground/local-github/exchange.ts';
import { graphqlProblems } from './graphql.ts';
import { readOpenApiFile } from './openapi-file.ts';
import { deref, operationFinder, type Operation } from './openapi-paths.ts';
import { isJson, toJsonSchema, type Json } from './openapi-schema.ts';

/** Each function returns what is wrong, in words that name the operation and the place; nothing wrong: nothing. */
export type OpenApiChecker = {
  readonly checkRequest: (method: string, path: string, query: URLSearchParams, body: unknown) => readonly string[];
  /** `contentType` tells JSON from raw text; JSON unless given. */
  readonly checkResponse: (
    method: string,
    path: string,
    status: number,
    body: unknown,
    contentType?: string,
  ) => readonly string[];
  readonly checkWebhook: (event: string, action: string, payload: unknown) => readonly string[];
};

export type OpenApi =
  { readonly kind: 'ready'; readonly checker: OpenApiChecker } | { readonly kind: 'unavailable'; readonly why: string };

/**
 * Loads GitHub's description of its API. Without a network and without an earlier copy it is unavailable, and tests may
 * skip, saying why; with `CI=true` that is an error instead.
 */
export async function loadOpenApi(read = readOpenApiFile, ci = process.env['CI'] === 'true'): Promise<OpenApi> {
  let text: string;
  try {
    text = await read();
  } catch (error) {
    const why = `GitHub's OpenAPI description cannot be had: ${error instanceof Error ? error.message : String(error)}`;
    if (ci) throw new Error(why, { cause: error });
    return { kind: 'unavailable', why };
  }
  const root: unknown = JSON.parse(text);
  if (!isJson(root)) throw new Error("GitHub's OpenAPI description is no object.");
  return { kind: 'ready', checker: createChecker(corrected(root)) };
}

/**
 * The description says of GET /app/installations, alone of all that tell of an installation, that its account is a user and
 * an enterprise at once, which nothing can be. The component that all others name is right.
 */
function corrected(root: Json): Json {
  const paths = isJson(root['paths']) ? root['paths'] : {};
  const path = '/app/installations';
  const item = isJson(paths[path]) ? paths[path] : {};
  const get = isJson(item['get']) ? item['get'] : {};
  const responses = isJson(get['responses']) ? get['responses'] : {};
  const schema = { type: 'array', items: { $ref: '#/components/schemas/installation' } };
  const ok = { description: 'Response', content: { 'application/json': { schema } } };
  const right = { ...item, get: { ...get, responses: { ...responses, 200: ok } } };
  return { ...root, paths: { ...paths, [path]: right } };
}

/** A `describe` for tests that check against GitHub's description: where it cannot be had they are skipped, saying why. */
export function describeWith(openApi: OpenApi): (name: string, tests: (checker: OpenApiChecker) => void) => void {
  return (name, tests) => {
    if (openApi.kind === 'ready') {
      describe(name, () => {
        tests(openApi.checker);
      });
    } else {
      process.stderr.write(`skipped: ${name} (${openApi.why})\n`);
      describe.skip(`${name} (${openApi.why})`, () => undefined);
    }
  };
}

const basicError = { allOf: [{ $ref: '#/components/schemas/basic-error' }], required: ['message'] };
// GitHub answers these anywhere and describes them seldom.
const anywhere = new Set([400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503]);

export function createChecker(root: Json): OpenApiChecker {
  const find = operationFinder(root);
  const components = deref(root, { $ref: '#/components/schemas' });
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  addFormats.default(ajv);
  const strictQuery = new Ajv({ strict: false, allErrors: true, coerceTypes: true });
  addFormats.default(strictQuery);
  const compiled = new Map<unknown, ValidateFunction>();

  const compile = (schema: unknown, by: Ajv): ValidateFunction => {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    const definitions: Record<string, unknown> = {};
    const need = (name: string): void => {
      if (name in definitions) return;
      // Set before descending: schemas refer to themselves.
      definitions[name] = true;
      definitions[name] = toJsonSchema(components[name], need);
    };
    const top = toJsonSchema(schema, need);
    const made = by.compile({ allOf: [top], definitions });
    compiled.set(schema, made);
    return made;
  };

  const faults = (where: string, schema: unknown, value: unknown, by: Ajv = ajv): readonly string[] => {
    const validate = compile(schema, by);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      (error) =>
        `${where} at ${error.instancePath === '' ? '/' : error.instancePath}: ${error.message ?? error.keyword} ${JSON.stringify(error.params)}`,
    );
  };

  const noOperation = (method: string, path: string): readonly string[] => [
    `${method} ${path}: GitHub has no such route`,
  ];

  const checkQuery = (operation: Operation, query: URLSearchParams): readonly string[] =>
    [...query].flatMap(([name, value]) => {
      const parameter = operation.parameters.find((each) => each['in'] === 'query' && each['name'] === name);
      const where = `${operation.name}: query parameter ${name}`;
      if (parameter === undefined) return [`${where} is not known`];
      return faults(where, wrapped(parameter), { value }, strictQuery);
    });

  const wrappers = new Map<unknown, unknown>();
  // ajv coerces only what stands inside an object; the wrapper is kept so that its compiled form is found again.
  const wrapped = (parameter: Json): unknown => {
    const made = wrappers.get(parameter) ?? { type: 'object', properties: { value: parameter['schema'] } };
    wrappers.set(parameter, made);
    return made;
  };

  return {
    checkRequest: (method, path, query, body) => {
      const operation = find(method, path);
      if (operation === undefined) return noOperation(method, path);
      const described = deref(root, operation.spec['requestBody']);
      const where = `${operation.name}: request body`;
      const schema = jsonSchemaOf(described);
      const ofBody =
        body === undefined
          ? described['required'] === true
            ? [`${where} is missing`]
            : []
          : schema === undefined
            ? [`${where} is not expected`]
            : faults(where, schema, body);
      return [...checkQuery(operation, query), ...ofBody];
    },
    checkResponse: (method, path, status, body, contentType = 'application/json') => {
      const operation = find(method, path);
      if (operation === undefined) return noOperation(method, path);
      const where = `${operation.name}: answer ${String(status)}`;
      const responses = operation.spec['responses'];
      const described = isJson(responses) ? responses[String(status)] : undefined;
      if (described === undefined) {
        if (status === 304) return body === undefined ? [] : [`${where} has a body`];
        if (!anywhere.has(status)) return [`${where} is not one that GitHub gives`];
        return faults(where, basicError, body);
      }
      const schema = jsonSchemaOf(deref(root, described));
      if (schema === undefined) return body === undefined ? [] : [`${where} has a body`];
      if (!contentType.startsWith('application/json')) {
        return typeof body === 'string' || body === undefined ? [] : [`${where} is no text`];
      }
      return faults(where, schema, body);
    },
    checkWebhook: (event, action, payload) => {
      const name = `webhook-${event.replaceAll('_', '-')}-${action.replaceAll('_', '-')}`;
      if (components[name] === undefined) return [`GitHub has no webhook ${event}.${action}`];
      return faults(`webhook ${event}.${action}`, components[name], payload);
    },
  };
}

function jsonSchemaOf(described: Json): unknown {
  const content = described['content'];
  const json = isJson(content) ? content['application/json'] : undefined;
  return isJson(json) ? json['schema'] : undefined;
}

/** Collects what is wrong in a local GitHub's traffic: give `observe` to `createLocalGitHub`, look at `problems`. */
export function watchTraffic(checker: OpenApiChecker): {
  readonly observe: (exchange: Exchange) => void;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const observe = (exchange: Exchange): void => {
    const { method, path, query, requestBody, status, responseBody, contentType, faulty, unknown } = exchange;
    // What a test breaks on purpose need not be right; what the local GitHub lacks it reports itself.
    if (unknown) return;
    if (path === '/graphql') {
      problems.push(...graphqlProblems(requestBody, status === 200 && !faulty ? responseBody : undefined));
      return;
    }
    // GitHub's own refusal of a request says that the request is wrong already.
    const refused = status === 400 || status === 413 || status === 422;
    if (!refused) problems.push(...checker.checkRequest(method, path, query, requestBody));
    if (!faulty) problems.push(...checker.checkResponse(method, path, status, responseBody, contentType));
  };
  return { observe, problems };
}
