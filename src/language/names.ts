/** How things may be named, and why some names are not free. */

/** A step's id: part of folder names on hosts and of expressions (`steps.<id>.stdout`). */
export const ID = /^[a-z][a-z0-9_-]{0,59}$/;
export const ID_RULE = 'small letters, digits, "-" and "_", a letter first, at most 60';

/** Params, vars, facts, `env` keys: what the shell takes as a variable's name. */
export const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;
export const VARIABLE_RULE = 'letters, digits and "_", no digit first';

/** Hosts and groups, as in an inventory. */
export const HOST = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
export const HOST_RULE = 'letters, digits, ".", "-" and "_", a letter or digit first';

/** A system, a verb or an environment: a folder's and a file's name, and a word in a comment. */
export const WORD = /^[a-z][a-z0-9-]*$/;
export const WORD_RULE = 'small letters, digits and "-", a letter first';

/** A user on a host, as `sudo -u` and SSH take it; never an option of theirs. */
export const USER = /^[A-Za-z_][A-Za-z0-9_.@-]{0,99}\$?$/;
export const USER_RULE = 'letters, digits, "_", ".", "@" and "-", a letter or "_" first';

/** What the comment and command-line syntax takes for itself (CONTRACT, Comments). */
const RESERVED = new Set([
  ...['environment', 'env', 'at', 'dryrun'],
  ...['approve', 'retry', 'skip', 'rollback', 'abort', 'pause', 'continue'],
  ...['help', 'procedures', 'hosts', 'status', 'logs', 'queue', 'lock', 'unlock', 'cancel'],
]);

/** Variables that change what the shell or the programs it starts do, rather than being data for a script. */
const SHELL_VARIABLES = new Set([
  ...['PATH', 'IFS', 'ENV', 'BASH_ENV', 'SHELL', 'SHELLOPTS', 'BASHOPTS', 'POSIXLY_CORRECT', 'CDPATH', 'GLOBIGNORE'],
  ...['PS1', 'PS2', 'PS3', 'PS4', 'PROMPT_COMMAND', 'OPTIND', 'OPTARG', 'PPID', 'UID', 'EUID', 'FUNCNAME', 'BASHPID'],
  ...['HOME', 'PWD', 'OLDPWD', 'TMPDIR', 'EXECIGNORE', 'FIGNORE', 'HISTFILE', 'INPUTRC'],
  ...['SRANDOM', 'EPOCHSECONDS', 'EPOCHREALTIME', 'HISTCMD'],
  ...['LINENO', 'RANDOM', 'SECONDS', 'NLSPATH', 'LOCPATH', 'GCONV_PATH', 'HOSTALIASES'],
  ...['PERL5LIB', 'PERL5OPT', 'PERLLIB', 'PYTHONPATH', 'PYTHONSTARTUP', 'PYTHONHOME', 'RUBYLIB', 'RUBYOPT', 'GROUPS'],
  ...['NODE_OPTIONS', 'NODE_PATH', 'JAVA_TOOL_OPTIONS', 'DIRSTACK', '_'],
]);
const SHELL_PREFIXES = ['LD_', 'BASH_', 'DYLD_', 'SUDO_', 'MALLOC_', 'GLIBC_'];

/** Why a param may not be called so, or undefined where it may. */
export function reservedParam(name: string): string | undefined {
  return RESERVED.has(name)
    ? `"${name}" is a word of the commands themselves, so no param can be called so; choose another name`
    : undefined;
}

/** Why a procedure may not be called so, or undefined where it may: nobody could ever ask for it. */
export function reservedVerb(name: string): string | undefined {
  return RESERVED.has(name)
    ? `"${name}" is a word of the commands themselves, so no procedure can be called so; give the file another name`
    : undefined;
}

/** Why no variable of a step may be called so, or undefined where one may. */
export function forbiddenVariable(name: string): string | undefined {
  if (name.startsWith('CO_')) return `names that begin with CO_ are Changeover's own; choose another name`;
  return SHELL_VARIABLES.has(name) || SHELL_PREFIXES.some((prefix) => name.startsWith(prefix))
    ? `"${name}" would change the shell itself or what it starts; choose another name, and set it inside the script ` +
        'where that is really meant'
    : undefined;
}

/** Names that every object of JavaScript already has; no step, host or variable can hide behind one of them. */
export const isBuiltIn = (name: string): boolean => name in Object.prototype;
