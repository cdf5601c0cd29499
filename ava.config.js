// Tests are TypeScript run as it is by Node's type stripping; one process, files side by side.
export default {
  extensions: { ts: 'module' },
  files: ['test/unit/**/*.test.ts', 'test/integration/**/*.test.ts'],
  timeout: '10m',
  concurrency: 2,
  workerThreads: false,
};
