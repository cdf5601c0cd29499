import { SEED_GENERATOR_NAME } from '../../core/contract/seed-generator.ts';
import { API_VERSIONS } from '../../core/contract/stage.ts';
import type { ResourceType } from '../../core/tools/kubernetes/kubernetes-object.ts';

/** The one ImageBasedUpgrade that v1 knows. */
export const SINGLETON = 'upgrade';

/**
 * Through which version a resource of lca's is written. That there is one name only is a rule of v1, and an API server
 * that has it judges every write by it, a status too; v1alpha1 lets other names in.
 */
export function asWritten(type: ResourceType, name: string): ResourceType {
  const isSingleton = [SINGLETON, SEED_GENERATOR_NAME].includes(name);
  return isSingleton ? type : { ...type, apiVersion: API_VERSIONS[1] };
}

/** The kinds of objects that the door looks at. */
export const IMAGE_BASED_UPGRADES: ResourceType = {
  apiVersion: API_VERSIONS[0],
  kind: 'ImageBasedUpgrade',
  plural: 'imagebasedupgrades',
  namespaced: false,
};
export const DEFINITIONS: ResourceType = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
export const CONFIG_MAPS: ResourceType = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
export const SECRETS: ResourceType = {
  apiVersion: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
};
