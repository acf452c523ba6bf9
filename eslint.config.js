import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { layerRules } from './eslint.layers.js';

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.cache/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    name: 'types for the rules',
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './tsconfig.page.json'], tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    name: 'house style',
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    name: 'scripts',
    files: ['**/*.js'],
    // The compiler knows Node's globals (checkJs), ESLint would need a list of them.
    rules: { 'no-undef': 'off' },
  },
  {
    name: 'assertions only at the boundary',
    files: ['src/**/*.ts', 'bench/**/*.ts'],
    ignores: ['**/boundary.ts', '**/*-boundary.ts'],
    rules: {
      // What comes from outside is checked where it comes in; past that, the types are true without being told.
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  {
    name: 'tests',
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    name: 'tests that can be given up',
    files: ['test/**/*.ts'],
    ignores: ['test/support/run-sync.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          name: 'node:child_process',
          importNames: ['execFileSync', 'execSync', 'spawnSync'],
          message: 'What hangs there hangs the tests: use those of test/support/run-sync.ts, which end it.',
        },
      ],
    },
  },
  {
    name: 'programs for people',
    files: ['bench/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  layerRules,
);
