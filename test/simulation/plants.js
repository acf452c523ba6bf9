/** @typedef {{ readonly file: string, readonly from: string, readonly to: string }} Replacement */

/**
 * A pure function that remembers what it has said.
 * @param {string} file
 * @param {string} name
 * @param {string} key by which its arguments are told apart
 * @returns {Replacement}
 */
const remembering = (file, name, key) => ({
  file,
  from: `export function ${name}(`,
  to: `import { kept as ${name}Kept } from '${new URL('./keep.ts', import.meta.url).href}';
export const ${name} = ${name}Kept(${key}, ${name}Said);
function ${name}Said(`,
});

/**
 * A text that can be told in few words.
 * @param {string} file
 * @param {string} name
 * @returns {Replacement}
 */
const shortened = (file, name) => ({
  file,
  from: `export function ${name}(`,
  to: `import { shortened as ${name}Short } from '${new URL('./keep.ts', import.meta.url).href}';
export const ${name} = ${name}Short('${name}', ${name}Said);
function ${name}Said(`,
});

/** @type {readonly Replacement[]} */
const QUICK = [
  shortened('src/thread/render-live.ts', 'renderLive'),
  shortened('src/thread/render-prompt.ts', 'renderPrompt'),
  shortened('src/thread/render-end.ts', 'renderEnd'),
  remembering('src/language/procedure.ts', 'parseProcedure', '(text) => text'),
  remembering('src/language/lint.ts', 'lintProcedure', '(procedure) => procedure'),
  remembering('src/language/inventory.ts', 'parseInventory', '(text) => text'),
  remembering('src/plan/callees.ts', 'lintCalls', '(procedure) => procedure'),
  remembering('src/plan/make-plan.ts', 'makePlan', '({ procedure }) => procedure'),
  remembering('src/thread/parse-comment.ts', 'parseComment', '(body) => body'),
  // Each event is chained to all before it.
  remembering('src/engine/drive.ts', 'replay', '(events) => events.at(-1)'),
  // The engine's own calendar says the same in a tenth of the time.
  { file: 'src/run/time.ts', from: 'Temporal.Instant.from(at).epochMilliseconds', to: 'Date.parse(at)' },
  {
    file: 'src/run/time.ts',
    from: 'Temporal.Instant.fromEpochMilliseconds(ms).toString({ fractionalSecondDigits: 3 })',
    to: 'new Date(ms).toISOString()',
  },
];

/**
 * Faults to be planted, one at a time: the protection that each takes out, and a seed whose histories show it soon. Those in
 * `src/` take a line out of the product. Those in this folder take one out of a stand-in, for what is not TypeScript (the job
 * kit, of which `test/host/kit-plants.test.ts` takes out the same) or not of this process (the disk): they show that the histories would
 * show it, and not that the real line is there.
 * @type {Readonly<Record<string, { readonly seed: number, readonly put: readonly Replacement[] }>>}
 */
export const PLANTS = {
  'the claim on the host is skipped': {
    seed: 1,
    put: [
      {
        file: 'test/simulation/kit.ts',
        from: 'if (this.runs.get(run)?.jobs.get(path)?.start !== undefined) {',
        to: 'if (false) {',
      },
      {
        file: 'test/simulation/kit.ts',
        from: 'if (job.start !== undefined) {\n        this.#report',
        to: 'if (false) {\n        this.#report',
      },
    ],
  },
  'the host forgets the epoch': {
    seed: 5,
    put: [
      {
        file: 'test/simulation/kit.ts',
        from: 'if (top > epoch) {\n      reply([`refused',
        to: 'if (false) {\n      reply([`refused',
      },
      { file: 'test/simulation/kit.ts', from: '(this.runs.get(run)?.top ?? 0) > claim.epoch || ', to: '' },
    ],
  },
  'who takes a run over counts no new epoch': {
    seed: 1,
    put: [{ file: 'src/journal/chain-head.ts', from: '  1 + events.reduce(', to: '  1 + 0 * events.reduce(' }],
  },
  'an unseen end is settled by verify alone': {
    seed: 9,
    put: [
      { file: 'src/run/conclude.ts', from: 'return doneWhen && (', to: 'return (' },
      {
        file: 'src/run/evolve-observed.ts',
        from: "const hold = done.kind === 'holds' && verified.kind === 'holds';",
        to: "const hold = verified.kind === 'holds';",
      },
    ],
  },
  'what may still live is tried again': {
    seed: 3,
    put: [
      {
        file: 'src/run/retrying.ts',
        from: "if (outcomeOf(attempt) === 'unknown' && attempt.alive !== false) return undefined;",
        to: '',
      },
    ],
  },
  'an unseen end counts as a failure': {
    seed: 3,
    put: [
      {
        file: 'src/run/finished.ts',
        from: "outcome: 'unknown', reached: 'apply', why: report.why, ...alive",
        to: "outcome: 'failed', reached: 'apply', why: report.why, ...alive",
      },
    ],
  },
  'a host that does not answer counts as one that was told nothing': {
    seed: 2,
    put: [
      {
        file: 'src/run/finished.ts',
        from: 'if (state.aborting !== undefined || attempt === undefined) return true;',
        to: 'return false;',
      },
    ],
  },
  'an event counts before it is durable': {
    seed: 3,
    put: [
      {
        file: 'test/simulation/disk.ts',
        from: 'return written;',
        to: 'writing.head = head; return Promise.resolve(events);',
      },
    ],
  },
  'a claim that was lost is not noticed': {
    seed: 1,
    put: [
      {
        file: 'test/simulation/disk.ts',
        from: 'if (kept.owner !== owner) return Promise.reject(new LostClaim(kept.run));',
        to: '',
      },
      { file: 'test/simulation/disk.ts', from: 'if (kept.owner !== owner) throw new LostClaim(kept.run);', to: '' },
    ],
  },
  'the first step is undone first': {
    seed: 2,
    put: [
      {
        file: 'src/run/undo.ts',
        from: 'return state.plan.steps.toReversed().flatMap(',
        to: 'return state.plan.steps.flatMap(',
      },
    ],
  },
  'a comment is taken up each time that it comes': {
    seed: 1,
    put: [
      {
        file: 'src/journal/taking.ts',
        from: 'if (!(await journal.acceptOnce(taking.key, taking.where))) throw new TakenUp(taking);',
        to: 'await journal.acceptOnce(taking.key, taking.where);',
      },
    ],
  },
  "the host's lock is not looked at": {
    seed: 1,
    put: [
      {
        file: 'test/simulation/kit.ts',
        from: 'if (this.lock !== undefined && this.lock.run !== run) return `lock held',
        to: 'if (false) return `lock held',
      },
    ],
  },
  'words are said without a look whether they stand there': {
    seed: 1,
    put: [
      {
        file: 'src/github/speaker.ts',
        from: 'const complete = unspoken && !told.has(state.run);',
        to: 'const complete = true;',
      },
    ],
  },
  "what is meant for another's run is not left to it": {
    seed: 11,
    put: [
      {
        file: 'src/github/take-command.ts',
        from: 'if (mayLeave && parsed.kind',
        to: 'if (false && parsed.kind',
      },
    ],
  },
  'an aborted run ends without a look at its jobs': {
    seed: 1,
    put: [
      {
        file: 'src/run/next-abort.ts',
        from: 'return stopping.length > 0 ? stopping : [aborted(state)];',
        to: 'return [aborted(state)];',
      },
    ],
  },
  'a run that nobody works on is barred from its host without a word of anybody': {
    seed: 6,
    put: [
      {
        file: 'src/run/next-lock.ts',
        from: '  const prompt = nextPrompt(state);',
        to: "  if (waitingFor.what === 'host') return [{ do: 'bar', host: waitingFor.name, run: waitingFor.holder.run }];\n  const prompt = nextPrompt(state);",
      },
    ],
  },
  'what people have locked is not looked at': {
    seed: 6,
    put: [
      {
        file: 'src/engine/take.ts',
        from: 'lockedBy(await journal.handLocks(), current(), wanted)',
        to: 'lockedBy([], current(), wanted)',
      },
    ],
  },
};

/** Whether a plant takes something out of the product, and not of a stand-in for a part of it. */
export const isOfProduct = (/** @type {string} */ plant) =>
  PLANTS[plant]?.put.every(({ file }) => file.startsWith('src/')) === true;

/**
 * What is put otherwise.
 * @param {string | undefined} plant
 * @returns {readonly Replacement[]}
 */
export function replacements(plant) {
  if (plant === undefined) return QUICK;
  const planted = PLANTS[plant];
  if (planted === undefined) throw new Error(`There is no fault "${plant}" to plant.`);
  return [...QUICK, ...planted.put];
}
