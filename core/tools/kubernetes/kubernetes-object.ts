import { z } from 'zod';

const texts = z.record(z.string(), z.string()).nullish();

/** What every Kubernetes object has; the rest is kept as it is. */
export const kubernetesObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    generation: z.number().optional(),
    creationTimestamp: z.string().nullish(),
    deletionTimestamp: z.string().nullish(),
    labels: texts,
    annotations: texts,
    finalizers: z.array(z.string()).nullish(),
  }),
});
export type KubernetesObject = z.output<typeof kubernetesObject>;

/** An object as it is sent; its name may be left to the server (`generateName`). */
export interface NewObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string | undefined;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** A kind of object, as its address needs it. */
export interface ResourceType {
  /** `v1`, `apps/v1` */
  readonly apiVersion: string;
  readonly kind: string;
  /** `configmaps` */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Which object of its type. */
export interface ObjectName {
  readonly name: string;
  /** Must be given for namespaced types, and only for those. */
  readonly namespace?: string | undefined;
}

/** The path of one object, or of all of a type (in a namespace, or everywhere), at an API server. */
export function resourcePath(
  { apiVersion, plural, namespaced }: ResourceType,
  { name, namespace }: Partial<ObjectName> = {},
): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${place}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
