import { parse } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../../errors/lca-error.ts';
import type { Host } from '../../host/host.ts';
import { unitCommand, unitFile } from '../../tools/unit-command.ts';
import { ClusterNodeError } from './cluster-node-error.ts';
import { type Flags, readFlags } from './flags.ts';
import { KUBELET_UNIT, manifestDirectory } from './kubelet.ts';

/** The parts of a control plane, in the order they are stopped: who writes goes before where it is written. */
export const COMPONENTS = ['kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd'] as const;
export type ComponentName = (typeof COMPONENTS)[number];

/** How a part of the control plane runs on this node. */
export interface Component {
  readonly name: ComponentName;
  /** A pod that the kubelet runs from a manifest (kubeadm), or a systemd service. */
  readonly kind: 'static-pod' | 'unit';
  /** The manifest's path, or the unit's name. */
  readonly at: string;
  readonly flags: Flags;
  readonly environment: Readonly<Record<string, string>>;
  /** Of a static pod. */
  readonly image: string | undefined;
  /** The program, of a unit. */
  readonly program: string | undefined;
}

const POD = z.object({
  spec: z.object({
    containers: z.array(
      z.object({
        name: z.string(),
        image: z.string().optional(),
        command: z.array(z.string()).nullish(),
        args: z.array(z.string()).nullish(),
        env: z.array(z.object({ name: z.string(), value: z.string().nullish() })).nullish(),
      }),
    ),
  }),
});

const unitOf = (name: ComponentName): string => `${name}.service`;

/** Whether this is a node with a kubelet and an API server of its own, by files alone. */
export async function hasControlPlane(host: Host): Promise<boolean> {
  if ((await unitFile(host, KUBELET_UNIT)) === undefined) return false;
  if ((await unitFile(host, unitOf('kube-apiserver'))) !== undefined) return true;
  const manifests = await manifestDirectory(host);
  return (await host.stat(`${manifests}/kube-apiserver.yaml`)) !== undefined;
}

/**
 * The parts of the control plane that this node runs, in the order they are stopped.
 *
 * @param manifests the kubelet's directory of static pods
 * @throws ClusterNodeError `bad-manifest`
 */
export async function readControlPlane(host: Host, manifests: string): Promise<readonly Component[]> {
  const pods = await readStaticPods(host, manifests);
  const found: Component[] = [];
  for (const name of COMPONENTS) {
    const pod = pods.find((component) => component.name === name);
    if (pod !== undefined) found.push(pod);
    else if ((await unitFile(host, unitOf(name))) !== undefined) found.push(await readUnit(host, name));
  }
  return found;
}

/**
 * One part of a control plane.
 *
 * @throws ClusterNodeError `incomplete` if this node does not run it
 */
export function componentOf(components: readonly Component[], name: ComponentName): Component {
  const found = components.find((component) => component.name === name);
  if (found !== undefined) return found;
  throw new ClusterNodeError(
    'incomplete',
    `This node has no ${name}: neither a static pod nor ${unitOf(name)}.`,
    {
      remedy: 'Only a node that runs the whole control plane itself can be seeded or upgraded.',
    },
  );
}

async function readUnit(host: Host, name: ComponentName): Promise<Component> {
  const { argv, environment } = await unitCommand(host, unitOf(name));
  const [program, ...words] = argv;
  // etcd may have all of its flags in the environment instead (etcd configuration, ETCD_…)
  const fromEnvironment = Object.entries(environment)
    .filter(([variable]) => name === 'etcd' && variable.startsWith('ETCD_'))
    .map(([variable, value]) => `--${variable.slice(5).toLowerCase().replaceAll('_', '-')}=${value}`);
  return {
    name,
    kind: 'unit',
    at: unitOf(name),
    flags: readFlags([...fromEnvironment, ...words]),
    environment,
    image: undefined,
    program,
  };
}

async function readStaticPods(host: Host, directory: string): Promise<readonly Component[]> {
  const components: Component[] = [];
  for (const file of await host.list(directory)) {
    if (file.startsWith('.') || !/\.(ya?ml|json)$/.test(file)) continue;
    const path = `${directory}/${file}`;
    for (const container of containersOf(path, (await host.readText(path)) ?? '')) {
      const name = COMPONENTS.find((component) => component === container.name);
      if (name === undefined) continue;
      components.push({
        name,
        kind: 'static-pod',
        at: path,
        flags: readFlags([...(container.command ?? []), ...(container.args ?? [])]),
        environment: Object.fromEntries(
          (container.env ?? []).map((variable) => [variable.name, variable.value ?? '']),
        ),
        image: container.image,
        program: undefined,
      });
    }
  }
  return components;
}

function containersOf(path: string, text: string): z.output<typeof POD>['spec']['containers'] {
  try {
    return POD.parse(parse(text)).spec.containers;
  } catch (cause) {
    throw new ClusterNodeError(
      'bad-manifest',
      `The static pod manifest ${path} cannot be read: ${messageOf(cause)}`,
      {
        cause,
        remedy: 'The kubelet does not run it either: repair it or take it out of the directory.',
      },
    );
  }
}
