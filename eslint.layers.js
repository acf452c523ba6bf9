/**
 * Which room of `src/` may import what: DESIGN's layer table as lint rules. Data goes one way, from comment to Markdown;
 * pure rooms compute, rim rooms touch the world, and only the engine stands between them.
 */
import { builtinModules } from 'node:module';

/**
 * A room's row.
 * `rooms`: the rooms it may import. `types`: those of which it may import types alone. `files`: single files of other rooms.
 * `packages`: the clients of the outside world it may use. `pure`: it computes, so no I/O, no clock, no process.
 * @typedef {{ pure?: true, rooms: Room[], types?: Room[], files?: string[], packages?: Client[] }} Row
 * @typedef {'language' | 'actions' | 'plan' | 'run' | 'policy' | 'thread' | 'engine' | 'host' | 'journal' | 'github' | 'terminal' | 'playground'} Room
 * @typedef {keyof typeof CLIENTS} Client
 */

/** Packages that talk to the outside world, as patterns of module names. */
const CLIENTS = {
  probot: '^probot(/|$)',
  octokit: '^@octokit/',
  'node-ssh': '^node-ssh(/|$)',
  ssh2: '^ssh2(/|$)',
  'prom-client': '^prom-client(/|$)',
};

/** @type {Room[]} */
const PURE_ROOMS = ['language', 'actions', 'plan', 'run', 'policy', 'thread'];
const PORTS = 'engine/ports.ts';

/** @type {Record<Room, Row>} */
export const LAYERS = {
  language: { pure: true, rooms: [] },
  actions: { pure: true, rooms: ['language'] },
  plan: { pure: true, rooms: ['language', 'actions'] },
  run: { pure: true, rooms: ['language', 'plan'], types: ['actions'] },
  policy: { pure: true, rooms: ['language'], types: ['plan', 'run'] },
  thread: { pure: true, rooms: ['language', 'plan', 'run', 'policy'] },
  engine: { rooms: PURE_ROOMS },
  host: { rooms: PURE_ROOMS, files: [PORTS], packages: ['node-ssh', 'ssh2'] },
  journal: { rooms: PURE_ROOMS, files: [PORTS], packages: ['octokit'] },
  github: { rooms: [...PURE_ROOMS, 'engine'], packages: ['probot', 'octokit', 'prom-client'] },
  terminal: { rooms: [...PURE_ROOMS, 'engine'] },
  playground: {
    rooms: [...PURE_ROOMS, 'engine', 'host', 'journal', 'github'],
    files: ['server.ts', 'github-action.ts'],
    packages: ['probot', 'octokit', 'ssh2'],
  },
};

/** The programs' own files, the only ones directly under `src/`; they may import every room. */
export const ENTRIES = ['cli.ts', 'server.ts', 'github-action.ts'];

/** What makes a pure function's answer depend on something that it was not given. */
const IMPURE_GLOBALS = [
  ...['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  ...['process', 'console', 'fetch', 'globalThis', 'global'],
];

/** Node's modules can be imported without `node:` too. */
const BARE_BUILTINS = builtinModules.filter((name) => !name.startsWith('_') && !name.startsWith('node:'));

const PURITY = 'This room is pure: take time, chance and the outside world as arguments, or move this to a rim room.';

/** @param {string} text */
const literally = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * Matches a relative import that leaves the room for one of `targets` (`host/`, `cli.ts`).
 * @param {string[]} targets
 */
const leadsTo = (targets) => String.raw`^(\.\./)+(src/)?(${targets.map(literally).join('|')})`;

/**
 * @param {Room} room
 * @param {Row} row
 */
function forbidden(room, row) {
  const { pure = false, rooms, types = [], files = [], packages = [] } = row;
  const all = /** @type {Room[]} */ (Object.keys(LAYERS));
  const closed = all.filter((other) => other !== room && !rooms.includes(other) && !types.includes(other));
  const allowed = [...rooms, ...types].map((other) => `${other}/`).concat(files);
  const message = `The room ${room} may import only: ${allowed.join(', ') || 'no other room'}. The table is in eslint.layers.js.`;
  // An open file within a closed room, such as engine/ports.ts, is taken out of what that room's pattern matches.
  const open = files.length > 0 ? String.raw`(?!(\.\./)+(src/)?(${files.map(literally).join('|')})$)` : '';
  const targets = [...closed.map((other) => `${other}/`), ...ENTRIES];
  const clients = /** @type {Client[]} */ (Object.keys(CLIENTS)).filter((client) => !packages.includes(client));
  return [
    { regex: leadsTo(targets).replace('^', `^${open}`), message },
    ...(types.length > 0
      ? [
          {
            regex: leadsTo(types.map((other) => `${other}/`)),
            allowTypeImports: true,
            message: `${message} Of ${types.join(', ')}: types alone.`,
          },
        ]
      : []),
    {
      regex: clients.map((client) => CLIENTS[client]).join('|'),
      message: `The room ${room} talks to the outside world through engine/ports.ts, never by this package.`,
    },
    ...(pure
      ? [
          {
            regex: `^(?:node:(?!crypto$)|(?:${BARE_BUILTINS.join('|')})(?:/|$))`,
            message: `The room ${room} is pure: it may import node:crypto, and no other part of Node.`,
          },
        ]
      : []),
  ];
}

/**
 * One block of lint rules a room.
 * @type {import('eslint').Linter.Config[]}
 */
export const layerRules = Object.entries(LAYERS).map(([room, row]) => ({
  name: `layers/${room}`,
  files: [`src/${room}/**/*.ts`],
  rules: {
    'no-restricted-imports': ['error', { patterns: forbidden(/** @type {Room} */ (room), row) }],
    ...(row.pure
      ? {
          'no-restricted-globals': ['error', ...IMPURE_GLOBALS.map((name) => ({ name, message: PURITY }))],
          'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: PURITY }],
          // A computed import would go round the table.
          'no-restricted-syntax': ['error', { selector: 'ImportExpression', message: PURITY }],
        }
      : {}),
  },
}));
