import { NO_CLUSTER, type SeedInfo } from '../../core/contract/seed-info.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import type { Host } from '../../core/host/host.ts';
import type { ClusterFacts } from '../../core/platform/cluster.ts';
import { containerStorageMount } from '../../core/platform/container-storage.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import { FORMAT } from '../../core/seedimage/format.ts';
import { inspectSeed } from '../../core/seedimage/inspect-seed.ts';
import { nodeArchitecture } from '../../core/seedimage/seed-description.ts';
import { SeedImageError } from '../../core/seedimage/seed-image-error.ts';
import type { Step } from '../../core/sequence/step.ts';
import { primaryAddresses } from '../../core/tools/ip.ts';
import { commitMetadata } from '../../core/tools/ostree.ts';
import { OF_THE_MACHINE } from '../machine-arguments.ts';
import type { SeedContext } from '../seed-context.ts';

/** Writes down what the target has to know before it pulls: the seed information of upstream, and lca's additions. */
export const gatherInfo: Step<SeedContext> = {
  name: 'gather-info',
  summary: 'Gather what targets need to know of this node',

  async check({ findings: { info } }) {
    return {
      done: info !== undefined,
      because:
        info === undefined
          ? 'the node has not been asked yet'
          : `the seed's version is ${info.seed_cluster_ocp_version}`,
    };
  },

  async apply({ host, registryHost, node, request, findings }) {
    const os = await osRelease(host, node.deployment);
    const repository = host.machinePath(`${node.sysroot === '/' ? '' : node.sysroot}/ostree/repo`);
    const { cluster } = await nodePlatform(host);
    const facts = await cluster?.readFacts(host);
    const version =
      request.version ??
      (await commitMetadata(host, node.commit, 'version', repository)) ??
      facts?.version ??
      os.version;
    findings.info = {
      ...NO_CLUSTER,
      ...(facts === undefined ? {} : clusterInfo(facts)),
      seed_cluster_ocp_version: version,
      container_storage_mountpoint_target: (await containerStorageMount(host)) ?? '',
      lca: {
        format: FORMAT,
        architecture: await nodeArchitecture(host),
        created: '',
        stateroot: node.stateroot,
        os,
        commit: node.commit,
        kernel_arguments: node.kernelArguments.filter((argument) => !OF_THE_MACHINE.test(argument)),
        cpu_count: await processors(host),
        cgroup_version: (await host.stat('/sys/fs/cgroup/cgroup.controllers')) === undefined ? 1 : 2,
        ip_families: (await primaryAddresses(host)).map(({ family }) => family),
        image_count: 0,
        images: [],
        sizes: {},
      },
    };
    findings.origin = (await host.readText(`${node.deployment}.origin`)) ?? '';
    if (request.previous !== undefined) {
      findings.previous = (
        await inspectSeed(registryHost, request.previous, request.registry).catch((error: unknown) => {
          throw new SeedImageError(
            'image-invalid',
            `The earlier seed image cannot be used: ${messageOf(error)}`,
            { cause: error },
          );
        })
      ).layers;
    }
  },
};

function clusterInfo(facts: ClusterFacts): Partial<SeedInfo> {
  return {
    base_domain: facts.domain,
    cluster_name: facts.clusterName,
    node_ips: facts.nodeIps,
    sno_hostname: facts.nodeName,
    has_proxy: facts.proxy !== undefined,
    has_fips: facts.hasFips,
    cluster_network_cidr: facts.clusterNetworks,
    service_network_cidr: facts.serviceNetworks,
    machine_networks: facts.machineNetworks,
    additionalTrustBundle: { hasUserCaBundle: facts.hasOwnTrust, proxyConfigmapName: '' },
  };
}

async function osRelease(host: Host, deployment: string): Promise<{ name: string; version: string }> {
  const text = (await host.readText(`${deployment}/usr/lib/os-release`)) ?? '';
  const value = (key: string) => new RegExp(`^${key}=["']?(.*?)["']?$`, 'm').exec(text)?.[1];
  return { name: value('ID') ?? 'linux', version: value('VERSION_ID') ?? '' };
}

async function processors(host: Host): Promise<number> {
  const { stdout } = await host.run(['nproc', '--all'], {
    description: 'count the processors',
    timeoutMs: 60_000,
  });
  return Number(stdout.trim());
}
