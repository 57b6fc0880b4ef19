// Lint: the import direction between the rooms, who may touch Electron, SQLite and processes, and what is never safe.
import boundaries from 'eslint-plugin-boundaries';
import prettier from 'eslint-config-prettier';
import vue from 'eslint-plugin-vue';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

// ---- The import direction: each room sees itself and the rooms to its left.
const ROOMS = 'network tensor import quantise golden array plan estimate simulate compare export'.split(' ');

/** Which elements an element may import besides itself. */
const MAY_IMPORT = {
  ...Object.fromEntries(ROOMS.map((room, at) => [room, ROOMS.slice(0, at)])),
  session: ROOMS,
  flow: [...ROOMS, 'session'],
  jobs: [...ROOMS, 'session', 'flow'],
  cli: [...ROOMS, 'session', 'flow'],
  ipc: [...ROOMS, 'session', 'flow', 'jobs', 'contract'],
  app: [...ROOMS, 'session', 'jobs', 'ipc', 'contract'],
  entry: [...ROOMS, 'session', 'jobs', 'ipc', 'app', 'contract'],
  contract: [],
  preload: ['contract'],
  renderer: ['contract', 'network', 'tensor', 'array', 'plan', 'estimate'], // pure: they know neither Node nor DOM
};
/** What else an element may import, as types only: they vanish on compiling, and tsconfig.web.json knows no Node. */
const MAY_IMPORT_TYPES = {
  contract: ['network', 'tensor', 'quantise', 'golden', 'plan', 'estimate', 'compare', 'export'],
  preload: ['network'],
  renderer: ['quantise', 'golden', 'simulate', 'compare', 'export'],
  session: ['contract'],
  jobs: ['contract'],
};
/** Packages that only some elements may import. */
const KEEPERS = {
  electron: ['app', 'ipcTransport', 'entry', 'preload'],
  'better-sqlite3': ['session'],
  child_process: ['jobs', 'simulate', 'app'],
  zod: ['session', 'jobs', 'ipc', 'ipcTransport', 'app', 'contract', ...ROOMS, 'cli', 'flow'],
};

const FILES = {
  flow: 'main/flow.ts',
  cli: 'main/cli.ts',
  entry: 'main/index.ts',
  ipcTransport: 'main/ipc/electron.ts',
  manifest: 'package.json',
  tables: 'resources/{arrays,networks}/*.json',
  choices: 'main/{export,quantise}/choice.ts',
};
const FOLDERS = { contract: 'preload/contract', preload: 'preload', renderer: 'renderer' };

/** Selects an element by its folder, or a single file by its category. */
const entity = (name) =>
  name in FILES && name !== 'cli' ? { file: { categories: name } } : { element: { type: name } };
const entities = (names) => names.flatMap((name) => (name === 'cli' ? [entity(name), CLI_FILE] : [entity(name)]));
const CLI_FILE = { file: { categories: 'cli' } };

const importPolicies = Object.entries(MAY_IMPORT).map(([name, others]) => ({
  from: entities([name]),
  allow: { to: entities([name, ...others]) },
}));
const typePolicies = Object.entries(MAY_IMPORT_TYPES).map(([name, others]) => ({
  from: entities([name]),
  allow: { to: entities(others), dependency: { kind: 'type' } },
}));
const keeperPolicies = Object.entries(KEEPERS).flatMap(([name, keepers]) => {
  const to = [name, `node:${name}`].map((source) => ({ module: { source } }));
  return [
    { to, disallow: { dependency: { kind: '*' } }, message: `only ${keepers.join(', ')} may import ${name}` },
    { from: entities(keepers), allow: { to } },
  ];
});

const rooms = {
  files: ['main/**/*.ts', 'preload/**/*.ts', 'renderer/**/*.{ts,vue}'],
  plugins: { boundaries },
  settings: {
    'import/resolver': { node: { extensions: ['.ts', '.mjs', '.js', '.json'] } },
    'boundaries/legacy-templates': false,
    'boundaries/elements': [
      ...Object.entries(FOLDERS).map(([type, pattern]) => ({ type, pattern, partialMatch: false })),
      ...[...ROOMS, 'session', 'jobs', 'cli', 'ipc', 'app'].map((type) => ({
        type,
        pattern: `main/${type}`,
        partialMatch: false,
      })),
    ],
    'boundaries/files': Object.entries(FILES).map(([category, pattern]) => ({ category, pattern })),
  },
  rules: {
    'boundaries/no-unknown-files': 'error',
    'boundaries/dependencies': [
      'error',
      {
        default: 'disallow',
        checkAllOrigins: true,
        checkUnknownLocals: true,
        policies: [
          ...importPolicies,
          ...typePolicies,
          { from: entities(['network']), allow: { to: entities(['manifest']) } },
          { from: entities(['array', 'plan']), allow: { to: entities(['tables']) } },
          { from: entities(['renderer']), allow: { to: entities(['choices']) } }, // pure, as those it may import
          { to: { module: { origin: ['external', 'core'] } }, allow: { dependency: { kind: '*' } } },
          { from: entities(['renderer', 'contract']), disallow: { to: { module: { origin: 'core' } } } },
          ...keeperPolicies,
        ],
      },
    ],
  },
};

// ---- What is never safe or never meant, wherever it stands.
const safety = {
  rules: {
    'no-async-promise-executor': 'error',
    'no-cond-assign': 'error',
    'no-control-regex': 'error',
    'no-empty': 'error',
    'no-fallthrough': 'error',
    'no-loss-of-precision': 'error',
    'no-self-assign': 'error',
    'no-unsafe-finally': 'error',
    'no-useless-catch': 'error',
    'no-useless-escape': 'error',
    'use-isnan': 'error',
    'no-eval': 'error',
    'no-implied-eval': 'error',
    'no-new-func': 'error',
    'no-script-url': 'error',
    eqeqeq: 'error',
    'no-restricted-properties': [
      'error',
      ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'setHTMLUnsafe'].map((property) => ({
        property,
        message: 'a string from a file must never become markup',
      })),
    ],
  },
};

export default defineConfig(
  globalIgnores(['out/', 'dist/', 'native/build/', 'test/output/', 'resources/', 'main/import/tflite/schema/']),
  tseslint.configs.recommended,
  vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: { 'vue/no-v-html': 'error', 'vue/multi-word-component-names': 'off' },
  },
  // The compiler knows undefined names better than this rule, which knows no types.
  { files: ['**/*.{ts,mts,vue,mjs,cjs}'], rules: { 'no-undef': 'off' } },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    rules: {
      // import('x') types stay allowed: declaration files need them to remain ambient
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-nocheck': 'allow-with-description', 'ts-expect-error': 'allow-with-description' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-warning-comments': ['error', { terms: ['prettier-ignore'] }],
    },
  },
  // Tests reach into pages and hostile values whose shape is the very question.
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-explicit-any': 'off' } },
  {
    files: ['test/**/*.ts'],
    ignores: ['test/properties.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'fast-check', message: 'test/properties.ts has it with CI’s seed' }] },
      ],
    },
  },
  {
    // A promise nobody waits for is an error nobody sees.
    files: ['main/**/*.ts', 'preload/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: { '@typescript-eslint/no-floating-promises': 'error', '@typescript-eslint/no-misused-promises': 'error' },
  },
  {
    files: ['main/**/*.ts'],
    ignores: ['main/ipc/electron.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'electron', importNames: ['ipcMain'], message: 'the doorway is main/ipc/electron.ts' }] },
      ],
    },
  },
  rooms,
  safety,
  prettier,
);
