import type { Sequence } from '../../core/sequence/step.ts';
import type { BootContext } from './boot-context.ts';
import { reissueCrypto } from './steps/reissue-crypto.ts';
import { restoreBackups } from './steps/restore-backups.ts';
import { restoreSiteFiles } from './steps/restore-site-files.ts';
import { restoreUsersKeys } from './steps/restore-users-keys.ts';
import { setClusterProxy } from './steps/set-cluster-proxy.ts';
import { setImageTagsStep } from './steps/set-image-tags.ts';
import { setNames } from './steps/set-names.ts';
import { setProxyEnvironment } from './steps/set-proxy-environment.ts';

/** The first boot of a new stateroot, before network, sshd and any workload: the seed's system becomes this node. */
export const BOOT: Sequence<BootContext> = {
  name: 'boot',
  steps: [
    // names first: what follows logs and greets by them
    setNames,
    restoreSiteFiles,
    restoreUsersKeys,
    setProxyEnvironment,
    // data is in its place before anything can run on it
    restoreBackups,
    setImageTagsStep,
    // late: it is the longest, and nothing of the cluster may start before it has ended; the kubelet and its runtime come
    // after this whole boot agent
    reissueCrypto,
    // after it: in a list of hosts that need no proxy it would take the seed's name for one to replace
    setClusterProxy,
  ],
};
