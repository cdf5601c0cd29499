import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import type { ResourceType } from '../../core/tools/kubernetes/kubernetes-object.ts';
import type { ManifestObject } from './manifest.ts';

/** Which resource of the API a manifest's kind is; asked anew for kinds that were not there, since a CRD may come. */
export class ResourceTypes {
  readonly #client: KubernetesClient;
  readonly #known = new Map<string, readonly ResourceType[]>();

  constructor(client: KubernetesClient) {
    this.#client = client;
  }

  async of({ apiVersion, kind }: ManifestObject, signal?: AbortSignal): Promise<ResourceType | undefined> {
    const known = this.#known.get(apiVersion)?.find((type) => type.kind === kind);
    if (known !== undefined) return known;
    const types = await this.#client.resourceTypes(apiVersion, { signal });
    this.#known.set(apiVersion, types);
    return types.find((type) => type.kind === kind);
  }
}
