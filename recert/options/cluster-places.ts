import type { CryptoPlaces } from '../../core/platform/cluster.ts';
import type { RecertConfig } from './config.ts';

/** The options that cover all of a node's cluster; what is to be done with it is added to them. */
export function clusterPlaces(places: CryptoPlaces): RecertConfig {
  return {
    data_dir: places.dataDirectory,
    ...(places.etcdImage === undefined ? {} : { etcd_image: places.etcdImage }),
    crypto_dirs: [...places.directories],
    crypto_files: [...places.files],
    cluster_customization_dirs: [...places.directories],
    cluster_customization_files: [...places.files],
    encryption_configs: [...places.encryptionConfigs],
  };
}
