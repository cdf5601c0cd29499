import { NEW } from './fake-attempt.ts';
import { checksumOf } from './fake-sysroot.ts';

/** What Prep has written down of the seed whose system is {@link NEW}. */
export const PREPARED_SEED = {
  image: 'r.example/seed:2',
  version: '2.0.0',
  digest: `sha256:${'d'.repeat(64)}`,
  pinned: '',
  stateroot: NEW.stateroot,
  commit: checksumOf(NEW.digit),
  kernelArguments: [],
};

/** What that seed says of itself. */
export function seedInfo(
  images: readonly { readonly pull_spec: string; readonly tags: readonly string[] }[],
) {
  return {
    seed_cluster_ocp_version: '2.0.0',
    lca: {
      format: 5,
      architecture: 'amd64',
      stateroot: 'lca',
      os: { name: 'test', version: '2' },
      commit: checksumOf(NEW.digit),
      cpu_count: 2,
      cgroup_version: 2,
      image_count: images.length,
      images,
      sizes: {},
    },
  };
}
