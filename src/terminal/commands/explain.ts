import { actionNamed } from '../../actions/index.ts';
import { matchesInTime } from '../../engine/in-time.ts';
import { load } from '../../engine/load.ts';
import type { Step } from '../../language/types.ts';
import { chooseEnvironment, hostsIn, inEnvironment } from '../../plan/environment.ts';
import { bindParams } from '../../plan/params.ts';
import { explainPage } from '../../thread/explain.ts';
import { parseCall } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { placed } from '../problems.ts';
import type { Session } from '../session.ts';
import { typed } from '../typed.ts';

/** Prints a procedure as the Markdown page that a person could follow by hand. Values may be given, and need not be. */
export async function explain(session: Session, words: readonly string[]): Promise<ExitCode> {
  const { options, workshop } = session;
  const invalid = (texts: readonly string[]): ExitCode => {
    for (const text of texts) session.complain(text);
    return EXIT.invalid;
  };
  if (options.json) return invalid(['explain prints a page and no events: leave out --json.']);
  const call = parseCall(words);
  if (!call.ok) return invalid(call.texts.map((text) => typed(text, 'explain')));
  const loading = await load(workshop.source, await workshop.source.head(), call.call);
  if (loading.kind === 'missing') return invalid([typed(loading.text, 'explain')]);
  if (loading.kind === 'faulty') return invalid(loading.problems.map((problem) => placed(problem, options)));
  const { inventory, callees } = loading.loaded;
  const named = call.call.environment;
  const chosen = named === undefined ? undefined : chooseEnvironment(loading.loaded.procedure, named);
  if (chosen?.ok === false) return invalid([typed(chosen.problem, 'explain')]);
  const environment = chosen?.environment;
  const procedure = inEnvironment(loading.loaded.procedure, environment);
  const none = call.call.positional.length + call.call.named.length === 0;
  const bound = none ? undefined : bindParams(procedure, call.call, inventory, matchesInTime);
  if (bound?.ok === false) return invalid(bound.problems.map((text) => typed(text, 'explain')));
  const hosts = hostsIn(procedure, environment, inventory).own;
  const page = explainPage({ procedure, inventory, callees, hosts, environment, params: bound?.params ?? {}, byHand });
  session.say(page.trimEnd());
  return EXIT.ok;
}

function byHand(step: Step): ReturnType<NonNullable<ReturnType<typeof actionNamed>>['byHand']> {
  const action = actionNamed(step.action);
  if (action === undefined) throw new Error(`There is no action ${step.action}.`);
  // It becomes part of file names.
  return action.byHand(step.input, step.id.replaceAll('/', '-'));
}
