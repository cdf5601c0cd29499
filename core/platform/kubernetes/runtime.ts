import { parse } from 'yaml';
import type { Host } from '../../host/host.ts';
import { unitFile } from '../../tools/unit-command.ts';
import type { Kubelet } from './kubelet.ts';

const CONTAINERD_CONFIG = '/etc/containerd/config.toml';
const CONTAINERD_ROOT = '/var/lib/containerd';

/** The program that runs a node's pods. */
export interface ContainerRuntime {
  readonly kind: 'crio' | 'containerd';
  readonly unit: string;
  /** Path of the socket it listens on. */
  readonly socket: string;
}

const CRIO: ContainerRuntime = { kind: 'crio', unit: 'crio.service', socket: '/run/crio/crio.sock' };
const CONTAINERD: ContainerRuntime = {
  kind: 'containerd',
  unit: 'containerd.service',
  socket: '/run/containerd/containerd.sock',
};

/** The runtime that the kubelet is told to use; else the one that is installed. */
export async function readRuntime(
  host: Host,
  { flags, runtimeEndpoint }: Kubelet,
): Promise<ContainerRuntime> {
  const endpoint = flags.get('container-runtime-endpoint') ?? runtimeEndpoint ?? '';
  const socket = endpoint.replace(/^unix:\/\//, '');
  if (socket.includes('crio')) return { ...CRIO, socket };
  if (socket.includes('containerd')) return { ...CONTAINERD, socket };
  return (await unitFile(host, CRIO.unit)) === undefined ? CONTAINERD : CRIO;
}

/** Where containerd keeps images: `root` at the top of its configuration (containerd-config.toml(5)). */
export async function containerdRoot(host: Host): Promise<string> {
  const text = (await host.readText(CONTAINERD_CONFIG)) ?? '';
  const top = text.split(/^\s*\[/m)[0] ?? '';
  const value = /^\s*root\s*=\s*("[^"]*"|'[^']*')/m.exec(top)?.[1];
  const root = value === undefined ? CONTAINERD_ROOT : String(parse(value));
  return (await host.readLink(root)) ?? root;
}
