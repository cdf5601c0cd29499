import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import type { Manifest } from './manifest.ts';
import { manifestsOfPolicies, POLICY_API } from './policies.ts';

/** The objects of the cluster's policies for a target version, a group a policy; none where no policies are known. */
export async function policyManifests(
  client: KubernetesClient,
  version: string,
  signal?: AbortSignal,
): Promise<readonly (readonly Manifest[])[]> {
  const types = await client.resourceTypes(POLICY_API, { signal });
  const type = types.find(({ kind }) => kind === 'Policy');
  if (type === undefined) return [];
  return manifestsOfPolicies((await client.list(type, { signal })).items, version);
}
