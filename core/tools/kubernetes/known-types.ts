import type { ResourceType } from './kubernetes-object.ts';

const type = (apiVersion: string, kind: string, plural: string, namespaced: boolean): ResourceType => ({
  apiVersion,
  kind,
  plural,
  namespaced,
});

/** Types that every cluster has. */
export const NODE = type('v1', 'Node', 'nodes', false);
export const POD = type('v1', 'Pod', 'pods', true);
export const SECRET = type('v1', 'Secret', 'secrets', true);
export const EVENT = type('v1', 'Event', 'events', true);
export const NAMESPACE = type('v1', 'Namespace', 'namespaces', false);
export const PERSISTENT_VOLUME = type('v1', 'PersistentVolume', 'persistentvolumes', false);
export const CUSTOM_RESOURCE_DEFINITION = type(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
export const CLUSTER_ROLE = type('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', false);
export const CLUSTER_ROLE_BINDING = type(
  'rbac.authorization.k8s.io/v1',
  'ClusterRoleBinding',
  'clusterrolebindings',
  false,
);

/** Types that some clusters have. */
export const LOCAL_VOLUME = type('local.storage.openshift.io/v1', 'LocalVolume', 'localvolumes', true);
export const LVM_CLUSTER = type('lvm.topolvm.io/v1alpha1', 'LVMCluster', 'lvmclusters', true);
export const DATA_PROTECTION_APPLICATION = type(
  'oadp.openshift.io/v1alpha1',
  'DataProtectionApplication',
  'dataprotectionapplications',
  true,
);
export const VELERO_BACKUP = type('velero.io/v1', 'Backup', 'backups', true);
export const VELERO_RESTORE = type('velero.io/v1', 'Restore', 'restores', true);
export const DELETE_BACKUP_REQUEST = type(
  'velero.io/v1',
  'DeleteBackupRequest',
  'deletebackuprequests',
  true,
);
export const BACKUP_STORAGE_LOCATION = type(
  'velero.io/v1',
  'BackupStorageLocation',
  'backupstoragelocations',
  true,
);
export const IMAGE_BASED_UPGRADE = type(
  'lca.openshift.io/v1',
  'ImageBasedUpgrade',
  'imagebasedupgrades',
  false,
);
export const SEED_GENERATOR = type('lca.openshift.io/v1', 'SeedGenerator', 'seedgenerators', false);
export const IMAGE_DIGEST_MIRROR_SET = type(
  'config.openshift.io/v1',
  'ImageDigestMirrorSet',
  'imagedigestmirrorsets',
  false,
);
export const IMAGE_CONTENT_SOURCE_POLICY = type(
  'operator.openshift.io/v1alpha1',
  'ImageContentSourcePolicy',
  'imagecontentsourcepolicies',
  false,
);
export const CLUSTER_SERVICE_VERSION = type(
  'operators.coreos.com/v1alpha1',
  'ClusterServiceVersion',
  'clusterserviceversions',
  true,
);
export const CATALOG_SOURCE = type('operators.coreos.com/v1alpha1', 'CatalogSource', 'catalogsources', true);
