import { LcaError } from '../../errors/lca-error.ts';

/**
 * - `bad-manifest`: a static pod manifest, the kubelet's configuration or a command line that cannot be read
 * - `incomplete`: a part of the control plane, or a fact of it, that is needed and not there
 */
export type ClusterNodeErrorCode = 'bad-manifest' | 'incomplete';

/** A Kubernetes node that is not as lca can handle it. */
export class ClusterNodeError extends LcaError<ClusterNodeErrorCode> {}
