import { z } from 'zod';
import type { KubernetesObject, NewObject } from '../../core/tools/kubernetes/kubernetes-object.ts';
import { type Content, ownAnnotations } from './content.ts';
import { asWritten, IMAGE_BASED_UPGRADES } from './resource-types.ts';

const specOf = z.looseObject({ spec: z.looseObject({}).nullish() });

/** What a resource says. */
export function contentOf(resource: KubernetesObject): Content {
  return {
    spec: specOf.parse(resource).spec ?? {},
    annotations: ownAnnotations(resource.metadata.annotations ?? {}),
  };
}

/** A resource that is to be made. */
export function newResource(name: string, { spec, annotations }: Content): NewObject {
  const { apiVersion, kind } = asWritten(IMAGE_BASED_UPGRADES, name);
  return { apiVersion, kind, metadata: { name, annotations }, spec };
}

/** The resource with other content; all else, its resource version too, as it was read. */
export function withContent(resource: KubernetesObject, { spec, annotations }: Content): NewObject {
  const kept = Object.entries(resource.metadata.annotations ?? {}).filter(
    ([name]) => !(name in ownAnnotations({ [name]: '' })),
  );
  const metadata = { ...resource.metadata, annotations: { ...Object.fromEntries(kept), ...annotations } };
  const { apiVersion } = asWritten(IMAGE_BASED_UPGRADES, resource.metadata.name);
  return { ...resource, apiVersion, metadata, spec };
}
