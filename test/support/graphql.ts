import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, execute, type GraphQLFieldResolver, type GraphQLSchema, parse, validate } from 'graphql';
import { z } from 'zod';

/** Its module would read five megabytes of JSON beside it. */
const file = join(import.meta.dirname, '../../node_modules/@octokit/graphql-schema/schema.graphql');

let built: GraphQLSchema | undefined;
/** GitHub's own public schema; it takes a moment, so only whoever needs it waits for it. */
const schema = (): GraphQLSchema => (built ??= buildSchema(readFileSync(file, 'utf8'), { assumeValid: true }));

const asked = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).default({}) });
const answered = z.strictObject({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        type: z.string().optional(),
        message: z.string(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
        locations: z.array(z.object({ line: z.number(), column: z.number() })).optional(),
      }),
    )
    .min(1)
    .optional(),
});

/** What is wrong with a question by GitHub's schema. */
export function queryProblems(query: string): readonly string[] {
  try {
    return validate(schema(), parse(query)).map(({ message }) => `GraphQL: ${message}`);
  } catch (error) {
    return [`GraphQL: ${String(error)}`];
  }
}

/** The same of a question with its values, and of its answer, where there is one that must be as GitHub gives it. */
export function graphqlProblems(request: unknown, response: unknown): readonly string[] {
  const read = asked.safeParse(request);
  if (!read.success) return ['GraphQL: no question'];
  const { query, variables } = read.data;
  const problems = queryProblems(query);
  if (problems.length > 0) return problems;
  const given = response === undefined ? undefined : answered.safeParse(response);
  if (given?.success === false) return ['GraphQL: the answer is none', ...given.error.issues.map(String)];
  const data = given?.data.data;
  return repeated(query, variables, data, given?.data.errors !== undefined || data === undefined);
}

/**
 * Has the question answered by the answer itself, so that each value in both is held against its type.
 * @param isPart the answer is of no value, or may lack some as it tells of errors
 */
function repeated(
  query: string,
  variableValues: Readonly<Record<string, unknown>>,
  data: unknown,
  isPart: boolean,
): readonly string[] {
  const again = execute({
    schema: schema(),
    document: parse(query),
    rootValue: data ?? {},
    variableValues,
    fieldResolver: byName,
    typeResolver: () => /\.\.\. on (\w+)/.exec(query)?.[1],
  });
  if ('then' in again) return ['GraphQL: the answer is a promise'];
  // Where there are no data, the values of the question alone are wrong or not.
  const errors = (again.errors ?? []).filter(({ path }) => !isPart || path === undefined);
  const isSame = isPart || JSON.stringify(again.data) === JSON.stringify(data);
  return [
    ...errors.map(({ message }) => `GraphQL: ${message}`),
    ...(isSame ? [] : ['GraphQL: the answer is not what was asked for']),
  ];
}

const byName: GraphQLFieldResolver<unknown, unknown> = (source, _values, _context, { path }) =>
  typeof source === 'object' && source !== null ? Reflect.get(source, path.key) : undefined;
