/**
 * @typedef {object} Totals What Jest counts, as far as it is used here.
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {number} numRuntimeErrorTestSuites
 */

/**
 * Prints `N passed, N failed, N skipped` as the very last line of a test run, for people and scripts that read only that.
 * Where nothing may be skipped (`CI=true`) a skipped test fails the run.
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
  }

  getLastError() {
    return this.#fault;
  }
}
