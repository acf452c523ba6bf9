/** How each step of the nbhosting procedures is made to fail. */
import type { NAMES } from './boxes.ts';
import { all, away, before, fails, noUnit, onceIs, refuses, repairedBy, type Trouble } from './trouble.ts';

export type On = Partial<Readonly<Record<(typeof NAMES)[number], Trouble>>>;

/** A command that fails at a step, and what is so after its rollback. */
export interface Failure {
  readonly command: string;
  /** The step, as a prompt names it. */
  readonly at: string;
  /** Without: the command itself is what is wrong. */
  readonly trouble?: On;
  /** The swap's question is answered first; the trouble comes before that answer. */
  readonly validates?: true;
  /** It is found before anything has begun: the run ends there. */
  readonly refused?: true;
  /** The rollback is asked for before anything is repaired, and stops at this step, which is done again then. */
  readonly again?: string;
  /** What the prompt says, while nothing is changed yet. */
  readonly says?: RegExp;
  /** Steps that wait in vain, and how long. */
  readonly inVain?: Readonly<Record<string, string>>;
  /** What a rollback leaves, by how it differs from before: all of it and nothing else. */
  readonly stays?: readonly RegExp[];
  /** Steps that cannot be undone, which is said before the rollback and at its end: it is no whole one. */
  readonly forGood?: readonly string[];
  /** How the boxes are made what they must be for it, and what they were. */
  readonly given?: On;
}

/** Only where an answer is waited for, and not where it is looked at before anything is begun. */
export const NO_ANSWER = fails('curl', "*'--max-time 5 '*");
const INSTALL_FAILS: Trouble = { breaks: 'touch /etc/install-fails', repairs: 'rm /etc/install-fails' };
const UPGRADE_FAILS: Trouble = { breaks: 'touch /etc/upgrade-fails', repairs: 'rm /etc/upgrade-fails' };
const READ_ONLY: Trouble = {
  breaks: 'cd /root/nbhosting; mount --bind django django; mount -o remount,bind,ro django',
  repairs: 'umount /root/nbhosting/django',
};
const release = (now: number, later: number): Trouble => ({
  breaks: `echo VERSION_ID=${String(now)} >/etc/fedora-stand-in`,
  repairs: `echo VERSION_ID=${String(later)} >/etc/fedora-stand-in`,
});
/** As pip spells them nowadays. */
const PACKAGES =
  '/usr/local/lib/python3.11/site-packages/django-2.dist-info ' +
  '/usr/local/lib/python3.11/site-packages/ruamel_yaml-2.dist-info ' +
  '/usr/local/lib64/python3.11/site-packages/numpy-2.dist-info';
const PIP_DONE: Trouble = { breaks: `mkdir -p ${PACKAGES}`, repairs: `rm -r ${PACKAGES}` };
/** As soon as the answer has come that is waited for. */
const onceAnswered = (script: string): Trouble =>
  before('curl', `case "$*" in *'--max-time 5 '*) /usr/bin/curl "$@" || exit\n${script}\nexit 0 ;; esac`);

type Part = Omit<Failure, 'command'> & { readonly command?: string };
const of = (command: string, ...failures: readonly Part[]): readonly Failure[] =>
  failures.map((each) => ({ command, ...each }));

const REPORT = of(
  'report nbhosting',
  { at: 'boxes', trouble: { thurst: noUnit('nbhosting-dev-addr') }, refused: true },
  { at: 'services', trouble: { thermals: away('/root/nbhosting/django/nbh_main/sitesettings.py') }, refused: true },
  { at: 'sizes', trouble: { thermals: fails('du') } },
);

const SETTINGS = of(
  'settings nbhosting thermals production',
  { at: 'there', trouble: { thermals: away('/root/production.crt') }, refused: true },
  { at: 'lines', trouble: { thermals: READ_ONLY } },
  { at: 'install', trouble: { thermals: INSTALL_FAILS }, again: 'install-again' },
);

const UPGRADE = 'upgrade-box nbhosting thermals f29';
/** The box has that release, but not its packages. */
const AGAIN = 'upgrade-box nbhosting thermals f27';
const UPGRADE_BOX: readonly Failure[] = [
  { command: UPGRADE, at: 'box', trouble: { thermals: noUnit('nbhosting-addr') }, refused: true },
  { command: 'upgrade-box nbhosting thurst f29', at: 'idle', refused: true },
  { command: 'upgrade-box nbhosting thermals f30', at: 'near', refused: true },
  { command: UPGRADE, at: 'able', trouble: { thermals: fails('dnf', '*--help') }, refused: true },
  {
    command: UPGRADE,
    at: 'download',
    trouble: { thermals: fails('dnf', '*download*|*clean') },
    again: 'download/undo-1',
  },
  {
    command: UPGRADE,
    at: 'still-idle',
    trouble: {
      thermals: repairedBy(
        before('dnf', 'case "$*" in *download*) systemctl start nbhosting-addr ;; esac'),
        'systemctl stop nbhosting-addr',
      ),
    },
  },
  {
    command: UPGRADE,
    at: 'upgrade',
    trouble: { thermals: UPGRADE_FAILS },
    inVain: { upgrade: '12s' },
    forGood: ['upgrade'],
  },
  { command: AGAIN, at: 'pip', trouble: { thermals: fails('pip3') } },
  {
    command: AGAIN,
    at: 'upgraded',
    trouble: {
      thermals: repairedBy(before('pip3', 'echo VERSION_ID=28 >/etc/fedora-stand-in'), release(28, 27).repairs),
    },
    given: { thermals: { breaks: ':', repairs: PIP_DONE.repairs } },
    stays: [/^\+ thermals \/usr\/local\/lib(?:64)?\/python3\.11/],
  },
];

/** Nobody writes unless it is said, since a rollback asks about what was written on the other box: see the test of that. */
export const NOBODY_WRITES: Trouble = { breaks: 'touch /etc/nobody-writes', repairs: 'rm /etc/nobody-writes' };
/** People work on the box that holds production, and there are newer data of both kinds. */
const PEOPLE_WRITE: On = {
  thurst: {
    breaks: 'echo newer >>/nbhosting/raw/events.csv; rm /etc/nobody-writes',
    repairs: 'touch /etc/nobody-writes',
  },
};

/** Of the one run that is under way. */
const RUN_ON_THURST = '/root/.changeover/runs/*/thurst';
export const HANDOVER = 'handover nbhosting thurst thermals';
/** Where a way back of a handover works on the box that was to get production: by then the old one serves. */
export const OTHER_BOX_AGAIN = 'settings/install-again';
const HANDING_OVER = of(
  HANDOVER,
  { command: 'handover nbhosting thermals thurst', at: 'direction', refused: true },
  { at: 'answers-before', trouble: { thermals: fails('curl') }, refused: true },
  { command: `${HANDOVER} max_delete=1`, at: 'push-live', says: /it would delete 5, and max_delete allows 1/ },
  { at: 'drop-development', trouble: { thermals: refuses('nbhosting-dev-addr', 'Stop') } },
  {
    at: 'start-docker',
    trouble: { thermals: refuses('docker', 'Start') },
    given: { thermals: { breaks: 'systemctl stop docker', repairs: 'systemctl start docker' } },
  },
  { at: 'settings/install', trouble: { thermals: INSTALL_FAILS }, again: OTHER_BOX_AGAIN },
  { at: 'running', trouble: { thurst: fails('systemctl', "'show -p ActiveState '*") } },
  { at: 'quiesce', trouble: { thurst: refuses('docker', 'Stop') } },
  {
    at: 'boxes-again',
    trouble: {
      thurst: repairedBy(onceIs('docker', 'Stop', 'systemctl stop nbhosting-addr'), 'systemctl start nbhosting-addr'),
    },
  },
  {
    at: 'direction-again',
    trouble: {
      thermals: repairedBy(onceIs('docker', 'Stop', 'systemctl start nbhosting-addr'), 'systemctl stop nbhosting-addr'),
    },
  },
  { at: 'push', trouble: { thurst: fails('rsync', '*--backup-dir=*-quiet-students*') }, given: PEOPLE_WRITE },
  {
    // It does nothing that could fail but begin: where its folder shall be there is a file.
    at: 'way-back',
    trouble: {
      thurst: repairedBy(
        before(
          'rsync',
          `case "\${CO_BACKUP-}" in *-quiet-raw) cd ${RUN_ON_THURST}; rm -rf way-back; : >way-back ;; esac`,
        ),
        `rm ${RUN_ON_THURST}/way-back`,
      ),
    },
  },
  {
    // What was off before a run is off after its way back.
    at: 'release',
    trouble: { thurst: refuses('nbhosting-addr', 'Stop') },
    given: { thurst: { breaks: 'systemctl stop nbh-monitor', repairs: 'systemctl start nbh-monitor' } },
  },
  {
    at: 'free',
    trouble: {
      thurst: repairedBy(
        onceIs('nbhosting-addr', 'Stop', 'ip addr add "$(cat /etc/production-address)/27" dev eth0'),
        'ip addr del "$(cat /etc/production-address)/27" dev eth0',
      ),
    },
    inVain: { free: '6s' },
  },
  {
    // The other box cannot be put back by itself either: the old one serves by then.
    at: 'take',
    trouble: {
      thermals: all(
        refuses('nbhosting-addr', 'Start'),
        repairedBy(before('ping', INSTALL_FAILS.breaks), INSTALL_FAILS.repairs),
      ),
    },
    again: OTHER_BOX_AGAIN,
    given: PEOPLE_WRITE,
  },
  {
    at: 'open',
    trouble: {
      thermals: (() => {
        const { breaks, repairs } = refuses('nbh-monitor', 'Start');
        return repairedBy(
          onceIs(
            'nbhosting-addr',
            'Start',
            `systemctl stop nbh-monitor\n${breaks.replaceAll('END_OF_TROUBLE', 'END')}`,
          ),
          repairs,
        );
      })(),
    },
  },
  {
    at: 'answer',
    trouble: { thurst: NO_ANSWER, thermals: NO_ANSWER },
    again: 'answer-again',
    inVain: { answer: '6s', 'answer-again': '6s' },
  },
  {
    at: 'boxes-after',
    trouble: {
      thurst: repairedBy(onceAnswered('systemctl start nbhosting-dev-addr'), 'systemctl stop nbhosting-dev-addr'),
    },
    again: 'boxes-back',
  },
);

/** The development box has the new release already, as when a swap is asked for once more, and the same data. */
const SAME_DATA = 'rsync -a --delete thurst:/nbhosting/students thurst:/nbhosting/raw /nbhosting/';
const SWAP_GIVEN: On = {
  thurst: PIP_DONE,
  thermals: all(PIP_DONE, release(29, 27), { breaks: SAME_DATA, repairs: ':' }),
};
/** Somebody else upgrades the box while its packages are downloaded. */
const UPGRADED: Trouble = repairedBy(
  before('dnf', 'case "$*" in *download*) echo VERSION_ID=29 >/etc/fedora-stand-in; exit 0 ;; esac'),
  ':',
);
const THURST_29 = /^~ thurst release: f27 → f29$/;
const SWAP = of(
  'swap nbhosting thurst thermals f27 f29',
  { command: 'swap nbhosting thurst thermals f26 f28', at: 'starting-point', refused: true },
  { at: 'upgrade-development/download', trouble: { thermals: fails('dnf', '*download*') } },
  {
    at: 'development-upgraded',
    trouble: {
      thermals: repairedBy(
        before('pip3', 'systemctl stop nbhosting-dev-addr; exec /usr/local/bin/pip3 "$@"'),
        'systemctl start nbhosting-dev-addr',
      ),
    },
    given: { thermals: { breaks: release(29, 27).breaks, repairs: all(release(29, 27), PIP_DONE).repairs } },
    stays: [/^\+ thermals \/usr\/local\/lib(?:64)?\/python3\.11/],
  },
  { at: 'validate', given: SWAP_GIVEN },
  {
    at: 'validated',
    // Of what was looked at before, the starting point takes either release.
    trouble: { thermals: release(27, 29) },
    validates: true,
    given: SWAP_GIVEN,
  },
  { at: 'redirect/quiesce', trouble: { thurst: refuses('nginx', 'Stop') }, validates: true, given: SWAP_GIVEN },
  {
    at: 'redirected',
    trouble: { thurst: repairedBy(onceAnswered(release(28, 27).breaks), release(28, 27).repairs) },
    validates: true,
    given: SWAP_GIVEN,
  },
  {
    at: 'upgrade-production/download',
    trouble: { thurst: fails('dnf', '*download*') },
    validates: true,
    given: SWAP_GIVEN,
  },
  {
    at: 'production-upgraded',
    trouble: {
      thurst: all(
        UPGRADED,
        repairedBy(
          before('pip3', 'systemctl start nbhosting-dev-addr; exec /usr/local/bin/pip3 "$@"'),
          'systemctl stop nbhosting-dev-addr',
        ),
      ),
    },
    validates: true,
    given: { ...SWAP_GIVEN, thurst: { breaks: ':', repairs: all(release(29, 27), PIP_DONE).repairs } },
    stays: [THURST_29, /^\+ thurst \/usr\/local\/lib(?:64)?\/python3\.11/],
  },
  {
    // Until then docker is only stopped there.
    at: 'switch-back/start-docker',
    trouble: { thurst: all(UPGRADED, refuses('docker', 'Start')) },
    validates: true,
    given: { ...SWAP_GIVEN, thurst: all(PIP_DONE, { breaks: ':', repairs: release(29, 27).repairs }) },
    stays: [THURST_29],
  },
  {
    at: 'switched-back',
    trouble: {
      thurst: UPGRADED,
      thermals: repairedBy(onceAnswered(release(28, 29).breaks), release(28, 29).repairs),
    },
    validates: true,
    // Here with data that differ.
    given: {
      thurst: all(PIP_DONE, { breaks: ':', repairs: release(29, 27).repairs }),
      thermals: all(PIP_DONE, release(29, 27), {
        breaks:
          'for file in /nbhosting/students/student[1-4].ipynb /nbhosting/raw/events.csv; do echo older >$file; done',
        repairs: ':',
      }),
    },
    stays: [THURST_29],
  },
);

const SYSTEMCTL_ON = (unit: string, what: string): string => `systemctl ${what} --now --quiet ${unit}`;
/** The box has lost production, and holds what an epilogue and a handover have kept, containers, images and volumes. */
const EPILOGUE_GIVEN: On = {
  thermals: {
    breaks: `${SYSTEMCTL_ON('nbhosting-dev-addr', 'disable')}
cd /nbhosting
mkdir -p before-1 dockers/btrfs/subvolumes/0a1b dockers/btrfs/subvolumes/2c3d
touch before-1/replaced /var/lib/stand-in-docker/containers/python-amelie /var/lib/stand-in-docker/images/python-notebook`,
    repairs: `rm -rf /nbhosting/before-1; ${SYSTEMCTL_ON('nbhosting-dev-addr', 'enable')}`,
  },
};
const keptBefore = (given: Trouble | undefined): On => ({
  thermals: all(given ?? { breaks: ':', repairs: ':' }, {
    breaks: 'cd /nbhosting; mkdir students.prod raw.prod; touch students.prod/old raw.prod/old',
    repairs: 'cd /nbhosting; rm -rf students.prod raw.prod',
  }),
});
const gone = (pattern: string): RegExp => new RegExp(`^- thermals ${pattern}`);
const KEPT_GONE = gone('/nbhosting/(?:students\\.prod|raw\\.prod|before-1)');
const CONTAINERS_GONE = gone('/var/lib/stand-in-docker/containers/python-amelie');
const IMAGES_GONE = gone('/var/lib/stand-in-docker/images/python-notebook');
const EPILOGUE = of(
  'epilogue nbhosting thermals',
  { command: 'epilogue nbhosting thurst', at: 'boxes', refused: true },
  { at: 'kept-before', given: keptBefore(EPILOGUE_GIVEN.thermals), refused: true },
  { at: 'keep', trouble: { thermals: fails('mv', '*raw.prod*') }, given: EPILOGUE_GIVEN },
  { at: 'settings/install', trouble: { thermals: INSTALL_FAILS }, given: EPILOGUE_GIVEN },
  {
    at: 'open',
    trouble: { thermals: refuses('docker', 'Start') },
    given: {
      thermals: all(
        { breaks: 'systemctl stop docker', repairs: 'systemctl start docker' },
        ...Object.values(EPILOGUE_GIVEN),
      ),
    },
  },
  { at: 'take-development', trouble: { thermals: refuses('nbhosting-dev-addr', 'Start') }, given: EPILOGUE_GIVEN },
  { at: 'left-over', trouble: { thermals: fails('btrfs') }, given: EPILOGUE_GIVEN },
  {
    at: 'boxes-after',
    trouble: {
      thermals: repairedBy(before('btrfs', 'systemctl stop nbhosting-dev-addr'), 'systemctl start nbhosting-dev-addr'),
    },
    given: EPILOGUE_GIVEN,
  },
);
const REMOVING = of(
  'epilogue nbhosting thermals remove=true',
  {
    at: 'drop-kept',
    trouble: { thermals: fails('rm', '*raw.prod*') },
    given: keptBefore(EPILOGUE_GIVEN.thermals),
    forGood: ['drop-kept'],
    stays: [gone('/nbhosting/students\\.prod')],
  },
  {
    at: 'drop-containers',
    trouble: { thermals: fails('docker', "'rmi -f '*") },
    given: keptBefore(EPILOGUE_GIVEN.thermals),
    forGood: ['drop-kept', 'drop-containers'],
    stays: [KEPT_GONE, CONTAINERS_GONE],
  },
  {
    at: 'drop-volumes',
    trouble: { thermals: fails('btrfs', "'subvolume delete'*2c3d") },
    given: keptBefore(EPILOGUE_GIVEN.thermals),
    forGood: ['drop-kept', 'drop-containers', 'drop-volumes'],
    stays: [KEPT_GONE, CONTAINERS_GONE, IMAGES_GONE, gone('/nbhosting/dockers/btrfs/subvolumes/0a1b')],
  },
);

export const FAILURES: readonly Failure[] = [
  ...REPORT,
  ...SETTINGS,
  ...UPGRADE_BOX,
  ...HANDING_OVER,
  ...SWAP,
  ...EPILOGUE,
  ...REMOVING,
];
