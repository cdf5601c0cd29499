// Tests that boot virtual machines: one file and one test at a time, on a machine where nothing else should run.
export default {
  extensions: { ts: 'module' },
  files: ['test/vm/**/*.test.ts'],
  timeout: '30m',
  concurrency: 1,
  serial: true,
  workerThreads: false,
};
