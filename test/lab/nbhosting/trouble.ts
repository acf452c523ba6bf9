/** What makes a step fail on a box, and what puts the box right again: scripts of root's. */
export interface Trouble {
  readonly breaks: string;
  readonly repairs: string;
}

const heredoc = (path: string, text: string): string => `cat >${path} <<'END_OF_TROUBLE'\n${text}\nEND_OF_TROUBLE\n`;

function dropIn(unit: string, text: string): Trouble {
  const folder = `/etc/systemd/system/${unit}.service.d`;
  return {
    breaks: `mkdir -p ${folder}\n${heredoc(`${folder}/trouble.conf`, text)}systemctl daemon-reload`,
    repairs: `rm -r ${folder}; systemctl daemon-reload`,
  };
}

/** A unit that systemd does not start, or stop, for whoever asks. */
export const refuses = (unit: string, what: 'Start' | 'Stop'): Trouble =>
  dropIn(unit, `[Unit]\nRefuseManual${what}=yes`);

/** Something else happens as soon as a unit has been started, or stopped. */
export function onceIs(unit: string, what: 'Start' | 'Stop', script: string): Trouble {
  const { breaks, repairs } = dropIn(unit, `[Service]\nExec${what}Post=sh /etc/trouble`);
  return { breaks: `${heredoc('/etc/trouble', script)}${breaks}`, repairs: `${repairs}; rm /etc/trouble` };
}

/** Before a program does what it shall, this script: it sees the words, and may end it. */
export const before = (program: string, script: string): Trouble => ({
  breaks: `${heredoc(`/usr/local/sbin/${program}`, `#!/bin/sh\n${script}\nPATH=\${PATH#*/usr/local/sbin:} exec ${program} "$@"`)}chmod 755 /usr/local/sbin/${program}`,
  repairs: `rm /usr/local/sbin/${program}`,
});

/** A program fails where its words are such. */
export const fails = (program: string, words = '*'): Trouble =>
  before(program, `case "$*" in ${words}) echo '${program} fails as the test wants it' >&2; exit 12 ;; esac`);

/** Something stands elsewhere for the time being. */
export const away = (path: string): Trouble => ({
  breaks: `mv ${path} ${path}.away`,
  repairs: `mv ${path}.away ${path}`,
});

/** A unit that is not there. */
export const noUnit = (unit: string): Trouble => {
  const { breaks, repairs } = away(`/etc/systemd/system/${unit}.service`);
  return { breaks: `${breaks}; systemctl daemon-reload`, repairs: `${repairs}; systemctl daemon-reload` };
};

/** Several at once; they are put right in the other order. */
export const all = (...troubles: readonly Trouble[]): Trouble => ({
  breaks: troubles.map(({ breaks }) => breaks).join('\n'),
  repairs: troubles
    .map(({ repairs }) => repairs)
    .toReversed()
    .join('\n'),
});

/** A trouble, and more to put right, since it changes the box. */
export const repairedBy = ({ breaks, repairs }: Trouble, more: string): Trouble => ({
  breaks,
  repairs: `${repairs}\n${more}`,
});
