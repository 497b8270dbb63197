// What the linter holds: types are checked, promises are awaited, nothing is any. Generated files are left alone.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';

/** What the page takes of a browser. */
const BROWSER = [
  'addEventListener',
  'clearInterval',
  'clearTimeout',
  'document',
  'EventSource',
  'ResizeObserver',
  'fetch',
  'location',
  'performance',
  'setInterval',
  'setTimeout',
  'URLSearchParams',
];

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'src/rpc/**', 'src/protocol/generated/**', 'test/.cache/**', 'data/**'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: join(root, 'test', 'tsconfig.json'), tsconfigRootDir: root },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', prefer: 'type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Numbers in messages are what an operator reads.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNullish: true },
      ],
      // A dictionary's own brackets say that the name is data.
      '@typescript-eslint/dot-notation': 'off',
      // `() => stream.close()` reads better than a block.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // An interface's method may be asynchronous where one implementation is not.
      '@typescript-eslint/require-await': 'off',
      // Numbers of foreign protocols are compared with the names we give them.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    // The console's page runs in browsers as it is written here.
    files: ['src/console/page/**/*.js'],
    languageOptions: { sourceType: 'module', globals: Object.fromEntries(BROWSER.map((name) => [name, 'readonly'])) },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-undef': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'all' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-shadow': 'error',
      'no-implicit-globals': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-script-url': 'error',
      'no-unsafe-optional-chaining': 'error',
      'no-promise-executor-return': 'error',
      'array-callback-return': 'error',
      'no-dupe-keys': 'error',
      'no-unreachable': 'error',
      'no-use-before-define': ['error', { functions: false, classes: false, variables: false }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML|write|cssText)$/]',
          message: 'Texts are text: nothing is ever read as HTML. Use h() and setText().',
        },
        {
          selector: 'Property[key.name="style"]',
          message:
            'The policy of the page allows no style attribute: a class, a data attribute, or a property of element.style.',
        },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    // Tests look into answers of foreign programs and build wrong input on purpose.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'no-console': 'off',
    },
  },
);
