/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // A fresh build under dist/ or a scratch clone must never be taken for a second copy of the package.
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript' },
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  // Tests start real daemons and processes, so many more would only make them wait for each other; but the longest mostly
  // wait, for links that have gone silent and hosts that restart.
  maxWorkers: 4,
  testTimeout: 120_000,
  // The lab's image is built by the first test that needs a host, and removed here.
  globalSetup: '<rootDir>/test/lab/support/run.js',
  globalTeardown: '<rootDir>/test/lab/support/run-end.js',
  testSequencer: '<rootDir>/test/support/sequencer.js',
  reporters: ['default', '<rootDir>/test/support/counts-reporter.js'],
};
