/**
 * @typedef {object} Totals What Jest counts, as far as it is used here.
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {number} numRuntimeErrorTestSuites
 */

/** How long what tests left behind may take to end after them. */
const LAST_WAIT_MS = Number(process.env['CHANGEOVER_LAST_WAIT_MS'] ?? 60_000);

/**
 * Prints `N passed, N failed, N skipped` as the very last line of a test run, for people and scripts that read only that.
 * Where nothing may be skipped (`CI=true`) a skipped test fails the run. So does
 * what is left behind by tests and does not end.
 */
export default class CountsReporter {
  /** @type {Error | undefined} */
  #fault;

  /**
   * @param {ReadonlySet<unknown>} _contexts
   * @param {Totals} results
   */
  onRunComplete(_contexts, results) {
    // A file that could not even be loaded has no tests to count; it must not pass for silence.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    if (process.env['CI'] === 'true' && skipped > 0) {
      this.#fault = new Error(`${String(skipped)} tests were skipped, and with CI=true none may be.`);
      process.stderr.write(`\n${this.#fault.message}\n`);
    }
    // At exit, since Jest's own summary and its warnings come after the reporters.
    process.once('exit', () => {
      process.stdout.write(
        `${String(results.numPassedTests)} passed, ${String(failed)} failed, ${String(skipped)} skipped\n`,
      );
    });
    // Something that a test started may keep Jest for ever, and nobody would learn what it was.
    setTimeout(() => {
      const kept = process.getActiveResourcesInfo().join(', ');
      process.stderr.write(`\nSomething that a test left behind keeps Jest from ending: ${kept}\n`);
      process.exit(1);
    }, LAST_WAIT_MS).unref();
  }

  getLastError() {
    return this.#fault;
  }
}
