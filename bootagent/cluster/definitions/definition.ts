import { API_GROUP } from '../../../core/contract/stage.ts';
import type { NewObject } from '../../../core/tools/kubernetes/kubernetes-object.ts';
import { object, type Schema } from './schema.ts';

/** What one of lca's kinds is told apart by. */
export interface KindOptions {
  readonly kind: string;
  readonly shortName: string;
  readonly description: string;
  readonly columns: readonly Schema[];
  readonly spec: Schema;
  readonly status: Schema;
  /** Admission rules of `v1`, which is stored, and of `v1alpha1`, which is served besides. */
  readonly rules: Readonly<Record<'v1' | 'v1alpha1', readonly Schema[]>>;
}

/** The CustomResourceDefinition of a kind: of the whole cluster, in two versions with the same fields. */
export function definition({
  kind,
  shortName,
  description,
  columns,
  spec,
  status,
  rules,
}: KindOptions): NewObject {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  const version = (name: keyof typeof rules): Schema => ({
    name,
    served: true,
    storage: name === 'v1',
    subresources: { status: {} },
    additionalPrinterColumns: columns,
    schema: {
      openAPIV3Schema: object(
        description,
        {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: { type: 'object' },
          spec,
          status,
        },
        rules[name].length === 0 ? {} : { 'x-kubernetes-validations': rules[name] },
      ),
    },
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${API_GROUP}` },
    spec: {
      group: API_GROUP,
      scope: 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames: [shortName] },
      conversion: { strategy: 'None' },
      versions: [version('v1'), version('v1alpha1')],
    },
  };
}
