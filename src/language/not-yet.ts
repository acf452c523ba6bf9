/** Words of the language that this version does not know yet; whoever brings one takes it out of here. */
const NOT_YET = new Set([
  ...['secrets', 'lock', 'window', 'environments', 'defaults', 'rollback', 'always'],
  ...['expect', 'line', 'sync', 'reboot', 'manual', 'approve', 'call'],
  ...['loop', 'retries', 'delay', 'destructive', 'preflight', 'serial', 'run_once', 'no_log', 'downtime'],
]);

/** What to say of a key that is right in itself, but comes too early. */
export const notYet = (key: string): string | undefined =>
  NOT_YET.has(key) ? `this version of Changeover does not know "${key}" yet: take it out` : undefined;

/** The same of a name in `on`: `fact=value` will mean the hosts where that holds. */
export function notYetOn(name: string): string | undefined {
  if (!name.includes('=')) return undefined;
  const [, fact = '<fact>', value = '<value>'] = /^([\w-]{1,100})=([^'\n]{0,100})$/.exec(name) ?? [];
  return (
    'this version of Changeover does not choose hosts by a fact yet: take this out of on, and write ' +
    `when: \${{ facts.${fact} == '${value}' }}`
  );
}
