/** The stages a user can ask for, in the order they are passed through. */
export const STAGES = ['Idle', 'Prep', 'Upgrade', 'Rollback'] as const;
export type Stage = (typeof STAGES)[number];

export const API_GROUP = 'lca.openshift.io';
export const API_VERSIONS = [`${API_GROUP}/v1`, `${API_GROUP}/v1alpha1`] as const;

/** Where ConfigMaps and Secrets are looked for when a reference names no namespace. */
export const DEFAULT_NAMESPACE = 'openshift-lifecycle-agent';
