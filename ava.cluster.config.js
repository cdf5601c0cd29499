// Tests that run a real Kubernetes control plane: one at a time, and the first may have to build Kubernetes.
export default {
  extensions: { ts: 'module' },
  files: ['test/cluster/**/*.test.ts'],
  timeout: '180m',
  concurrency: 1,
  serial: true,
  workerThreads: false,
};
