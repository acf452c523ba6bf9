import { nearest } from '../language/suggest.ts';
import { code } from './markdown.ts';
import type { Mistake } from './mistake.ts';
import { OWN_VERBS, PROCEDURE_USAGE, QUESTIONS } from './verbs.ts';

/** A mistake in words: what is wrong, that nothing was done, and what to type instead. Markdown, readable as plain text. */
export function mistakeText(mistake: Mistake): string {
  switch (mistake.kind) {
    case 'several':
      return `One comment, one command: this one holds ${mistake.lines.length} (${list(mistake.lines)}). None was run. Write each in a comment of its own.`;
    case 'swallowed':
      return `${code(mistake.line)} was not run: Markdown counts that line to the ${mistake.by} above it. Write it again with an empty line before it, or in a comment of its own.`;
    case 'in_mail':
      return `${code(mistake.line)} was not run: it stands below what looks like the begin of a quoted e-mail or of a signature, so it may be somebody's earlier words. Write it in a comment of its own.`;
    case 'too_long':
      return `${code(mistake.line)} was not run: the comment is too long to look for commands in. Write it in a comment of its own.`;
    case 'capitals':
      return `Commands are written in small letters: ${code(`/${mistake.verb.toLowerCase()}`)}.`;
    case 'punctuation':
      return `Nothing was done, because of the ${code(mistake.mark)} after the command. Write ${code(`/${mistake.verb}`)}.`;
    case 'odd_character':
      return `The command holds ${mistake.name} (${mistake.code}) at column ${mistake.column}, which a reader cannot see. Nothing was done. Type the line again by hand, with plain spaces.`;
    case 'look_alike':
      return `Nothing was done: ${code(mistake.character)} (${mistake.code}) at column ${mistake.column} is neither a plain slash nor one of the letters a to z, of which commands are made. Type the line again by hand; ${code('/help')} lists the commands.`;
    case 'hidden_text':
      return 'The command line holds an HTML comment, which a reader cannot see. Nothing was done. Write the line again without it.';
    case 'smart_quote':
      return `${code(mistake.quote)} at column ${mistake.column} is a typographic quote. Write a straight one: ${code('name="two words"')} or ${code("name='two words'")}.`;
    case 'unclosed_quote':
      return `The quote ${code(mistake.quote)} at column ${mistake.column} is not closed. Close it: ${code(`name=${mistake.quote}two words${mistake.quote}`)}.`;
    case 'after_quote':
      return `After the closing quote a space must follow, but at column ${mistake.column} stands ${code(mistake.rest)}. Put the whole value in quotes, in the other kind if it holds one itself.`;
    case 'no_verb':
      return `${code(mistake.word)} is no command. Write ${code(PROCEDURE_USAGE)}; ${code('/help')} lists them.`;
    case 'later_word':
      return `This version of Changeover cannot start a run at a later time. Nothing was started. Type the command without ${code('at')} when the time has come.`;
    case 'no_system':
      return noSystem(mistake.verb);
    case 'bad_system':
      return `${code(mistake.word)} is no system: after ${code(`/${mistake.verb}`)} comes the name of one, in small letters, digits and "-". ${code('/procedures')} lists them.`;
    case 'twice':
      return `${code(mistake.name)} stands there twice. Nothing was started. Write it once.`;
    case 'empty':
      return `${code(`${mistake.name}=`)} has no value. Write one behind it, or leave it out.`;
    case 'word_not_value':
      return mistake.name === 'at'
        ? `The time is not written with "=", but as ${code('at 2026-03-16T06:00 Europe/Zurich')}.`
        : `A dry run is asked for by the word ${code('dryrun')} alone, without "=". Nothing was started.`;
    case 'nearly_dryrun':
      return `${code(mistake.word)} is nearly ${code('dryrun')}. Nothing was started. For a dry run write ${code('dryrun')}; if it is meant as a value, put it in quotes: ${code(`"${mistake.word}"`)}.`;
    case 'option':
      return `${code(mistake.word)} looks like an option, and commands have none. Write values as ${code('name=value')}; if it is meant as a value, put it in quotes: ${code(`"${mistake.word}"`)}.`;
    case 'no_time':
    case 'bad_time':
    case 'time_without_zone':
    case 'unknown_zone':
    case 'time_skipped':
    case 'time_doubled':
      return timeText(mistake);
    case 'unexpected_word':
      return `${code(mistake.word)} fits nowhere in this command. Write ${code(mistake.usage)}.`;
    case 'no_step':
      return `Of which step? Write ${code(QUESTIONS.logs.usage)}; ${code('/status')} with a run's id lists its steps.`;
    case 'what_of':
      return `Of what? Write ${code(mistake.usage)}. Nothing was done; ${code('/queue')} shows what is locked and which runs wait.`;
    case 'no_reason':
      return `Why? Others who find it locked must be able to know: ${code(`/lock ${mistake.name} the disk is being replaced`)}. Nothing was locked.`;
    case 'nothing_to_lock':
      return `There is no host and no group ${code(mistake.name)}, and no procedure locks such a name. Nothing was done.${known(mistake.name, mistake.known)} ${code('/hosts')} lists the hosts.`;
    case 'no_procedure':
      return noProcedure(mistake);
    case 'no_such_verb': {
      const near = nearest(mistake.verb, [...mistake.known, ...OWN_VERBS]);
      const meant = near === undefined ? '' : ` Did you mean ${code(`/help ${near}`)}?`;
      return `There is no command ${code(`/${mistake.verb}`)}.${meant} ${code('/help')} lists them all.`;
    }
    case 'no_run':
      return `There is no run ${code(mistake.run)} in this issue.${known(mistake.run, mistake.known)} ${code('/status')} lists them.`;
    case 'no_runs_here':
      return `There is no run in this issue yet. ${code('/procedures')} lists what can be run.`;
    case 'nothing_waits':
      if (mistake.decision === 'pause') {
        return `No run of this issue is under way, so ${code('/pause')} did nothing. ${code('/status')} shows how its runs stand.`;
      }
      return `No run of this issue waits for an answer, so ${code(`/${mistake.decision}`)} did nothing. ${code('/status')} shows how its runs stand.`;
    case 'which_run':
      return [
        'More than one run of this issue could be meant. Nothing was done. Write which:',
        '',
        ...mistake.choices.map(
          ({ run, prompt, about }) =>
            `- ${code([mistake.typed, run, prompt].filter((word) => word !== undefined).join(' '))} for ${code(about)}`,
        ),
      ].join('\n');
    case 'no_such_step':
      return `There is no step ${code(mistake.step)} in this run.${known(mistake.step, mistake.known)} Its steps: ${list(mistake.known)}.`;
    case 'no_log':
      return `Step ${code(mistake.step)} has printed nothing${mistake.host === undefined ? '' : ` on ${code(mistake.host)}`} that was kept: it has not run, or it runs no script.`;
  }
}

function timeText(
  mistake: Extract<
    Mistake,
    { kind: 'no_time' | 'bad_time' | 'time_without_zone' | 'unknown_zone' | 'time_skipped' | 'time_doubled' }
  >,
): string {
  const example = `${code('at 2026-03-16T06:00 Europe/Zurich')} or ${code('at 2026-03-16T06:00+01:00')}`;
  switch (mistake.kind) {
    case 'no_time':
      return `After ${code('at')} a time must follow: ${example}.`;
    case 'bad_time':
      return `${code(mistake.word)} is no time. Write ${example}.`;
    case 'time_without_zone':
      return `${code(mistake.word)} is a local time, but of which zone? Write it as in ${example}.`;
    case 'unknown_zone':
      return `There is no time zone ${code(mistake.word)}${mistake.near === undefined ? '' : `; did you mean ${code(mistake.near)}?`} Write ${example}.`;
    case 'time_skipped':
      return `${code(mistake.word)} does not exist in ${code(mistake.zone)}: the clocks are put forward over it. Write ${mistake.instead.map((time) => code(`at ${time}`)).join(' or ')}.`;
    case 'time_doubled':
      return `${code(mistake.word)} comes twice in ${code(mistake.zone)}, as the clocks are put back. Say which: ${mistake.instead.map((time) => code(`at ${time}`)).join(' or ')}.`;
  }
}

function noSystem(verb: string): string {
  const near = nearest(verb, OWN_VERBS);
  const meant = near === undefined ? '' : ` If you meant an answer or a question: ${code(`/${near}`)}.`;
  return `${code(`/${verb}`)} needs the name of a system behind it: ${code(`/${verb} <system> [value…] [name=value…] [dryrun]`)}. Nothing was started; ${code('/procedures')} lists what there is.${meant}`;
}

function noProcedure({ verb, system, known: all }: Extract<Mistake, { kind: 'no_procedure' }>): string {
  const asked = `${verb} ${system}`;
  const near = nearest(
    asked,
    all.map((procedure) => `${procedure.verb} ${procedure.system}`),
  );
  const ownVerb = nearest(verb, OWN_VERBS);
  const guess = near ?? ownVerb;
  const meant = guess === undefined ? '' : ` Did you mean ${code(`/${guess}`)}?`;
  return `There is no procedure ${code(`/${asked}`)} (looked for ${code(`procedures/${system}/${verb}.yml`)}). Nothing was started.${meant} ${code('/procedures')} lists what there is.`;
}

function known(word: string, words: readonly string[]): string {
  const near = nearest(word, words);
  return near === undefined ? '' : ` Did you mean ${code(near)}?`;
}

const LISTED = 20;

const list = (words: readonly string[]): string =>
  words.slice(0, LISTED).map(code).join(', ') + (words.length > LISTED ? ` and ${words.length - LISTED} more` : '');
