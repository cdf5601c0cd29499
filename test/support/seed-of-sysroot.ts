import { join } from 'node:path';
import { NO_CLUSTER, type SeedInfo } from '../../core/contract/seed-info.ts';
import type { Host } from '../../core/host/host.ts';
import type { LayerWriterOptions, WrittenLayer } from '../../core/seedimage/layer-writer.ts';
import { planCommitLayers } from '../../core/seedimage/ostree-layers.ts';
import { nodeArchitecture } from '../../core/seedimage/seed-description.ts';
import { listTree, planTreeLayers } from '../../core/seedimage/tree.ts';
import {
  type FinishedSeed,
  finishSeed,
  startSeed,
  writeLayers,
  writeMetadata,
} from '../../core/seedimage/write-seed.ts';
import type { TestSysroot } from './ostree-sysroot.ts';

export interface MadeSeed extends FinishedSeed {
  readonly layout: string;
  readonly layers: readonly WrittenLayer[];
  readonly info: SeedInfo;
}

export interface SeedChoices {
  readonly deletions?: readonly string[];
  readonly architecture?: string;
  readonly images?: readonly string[];
  readonly inspect?: LayerWriterOptions['inspect'];
}

/** A whole seed image of a test sysroot, with all of its /etc and /var, by the writer alone (no builder). */
export async function seedOfSysroot(
  host: Host,
  sysroot: TestSysroot,
  directory: string,
  choices: SeedChoices = {},
): Promise<MadeSeed> {
  const layout = join(directory, 'layout');
  const { commit, deployment, path, staterootPath, stateroot } = sysroot;
  await startSeed(host, layout);
  const options: LayerWriterOptions = {
    layout,
    ...(choices.inspect === undefined ? {} : { inspect: choices.inspect }),
  };
  const plans = [
    ...(await planCommitLayers(host, { sysroot: path, commit, deployment })),
    ...planTreeLayers('etc', deployment, await listTree(host, deployment, 'etc')),
    ...planTreeLayers('var', staterootPath, await listTree(host, staterootPath, 'var')),
  ];
  const layers = [...(await writeLayers(host, plans, options))];
  const info = testInfo(stateroot, commit, choices.architecture ?? (await nodeArchitecture(host)));
  const metadata = {
    info,
    images: choices.images ?? [],
    etcDeletions: choices.deletions ?? [],
    origin: '[origin]\nrefspec=test/system\n',
    kernelArguments: ['quiet'],
    leftOut: [{ path: '/etc/machine-id', because: 'identity' }],
  };
  layers.push(await writeMetadata(host, metadata, join(directory, 'metadata'), options));
  return { ...(await finishSeed(host, layout, layers, info, 'seed')), layout, layers, info };
}

export function testInfo(stateroot: string, commit: string, architecture: string): SeedInfo {
  return {
    ...NO_CLUSTER,
    seed_cluster_ocp_version: '1.2',
    lca: {
      format: 5,
      architecture,
      created: '',
      stateroot,
      os: { name: 'testos', version: '1.2' },
      commit,
      kernel_arguments: ['quiet'],
      cpu_count: 2,
      cgroup_version: 2,
      ip_families: [],
      image_count: 0,
      images: [],
      sizes: {},
    },
  };
}
