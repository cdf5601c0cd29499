import { join } from 'node:path';
import { execa } from 'execa';
import { kubernetesPrograms } from '../../images/kubernetes/build.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { until } from './door-node.ts';

/** A condition without its time. */
export interface ToldCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** An ImageBasedUpgrade as the API shows it. */
export interface Ibu {
  readonly apiVersion: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>> & { readonly stage: string };
  readonly status: {
    readonly observedGeneration: number;
    readonly conditions: readonly (ToldCondition & { readonly lastTransitionTime: string })[];
    readonly validNextStages: readonly string[];
    readonly history?: readonly object[];
    readonly lca?: { readonly refused?: { readonly message: string } };
  };
}

export type Version = 'v1' | 'v1alpha1';

/** The resource door of a cluster, as its users have it. */
export class IbuDoor {
  readonly #plane: ControlPlane;
  readonly #version: Version;

  constructor(plane: ControlPlane, version: Version = 'v1') {
    this.#plane = plane;
    this.#version = version;
  }

  path(name = ''): string {
    return `/apis/lca.openshift.io/${this.#version}/imagebasedupgrades${name === '' ? '' : `/${name}`}`;
  }

  async read(name = 'upgrade'): Promise<Ibu> {
    return (await this.#plane.admin('GET', this.path(name))) as unknown as Ibu;
  }

  async patch(body: object, name = 'upgrade'): Promise<Ibu> {
    return (await this.#plane.admin('PATCH', this.path(name), body)) as unknown as Ibu;
  }

  stage(stage: string): Promise<Ibu> {
    return this.patch({ spec: { stage } });
  }

  async remove(name = 'upgrade'): Promise<void> {
    await this.#plane.admin('DELETE', this.path(name));
  }

  /** Removes every resource there is. */
  async removeAll(): Promise<void> {
    const { items = [] } = await this.#plane.admin('GET', this.path());
    for (const { metadata } of items) await this.remove(metadata.name);
  }

  /** Waits until the resource is as said; the agent has looked at its spec as it is by then. */
  until(what: string, holds: (ibu: Ibu) => boolean, name = 'upgrade'): Promise<Ibu> {
    return until(
      what,
      () => this.read(name),
      (ibu) =>
        ibu.status !== undefined && ibu.status.observedGeneration === ibu.metadata.generation && holds(ibu),
    );
  }

  /** Waits until the newest condition is as said. */
  untilNewest(type: string, reason: string): Promise<Ibu> {
    return this.until(`the newest condition is ${type} ${reason}`, ({ status }) => {
      const newest = status.conditions.at(-1);
      return newest?.type === type && newest.reason === reason;
    });
  }
}

/** `kubectl` as an administrator of the cluster; called with the words behind it. */
export async function kubectlOf(
  plane: ControlPlane,
): Promise<(words: readonly string[], input?: string) => Promise<string>> {
  const program = join(await kubernetesPrograms('node'), 'kubectl');
  return async (words, input) => {
    const { stdout } = await execa(program, [...words], {
      env: { KUBECONFIG: plane.adminKubeconfig, HOME: '/nonexistent' },
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    });
    return stdout;
  };
}
