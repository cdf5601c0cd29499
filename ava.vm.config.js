// Tests that boot virtual machines: one file and one test at a time, on a machine where nothing else should run.
export default {
  extensions: { ts: 'module' },
  files: ['test/vm/**/*.test.ts'],
  timeout: '120m', // the first test of clusters makes a seed image and a prepared target
  concurrency: 1,
  serial: true,
  workerThreads: false,
};
