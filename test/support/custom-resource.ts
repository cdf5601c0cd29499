/**
 * A definition of namespaced resources in example.org/v1 whose only field, `spec.at`, is a number up to ten: small, and
 * able to refuse.
 */
export function customResource(kind: string, plural: string) {
  const singular = kind.toLowerCase();
  const at = { type: 'integer', maximum: 10 };
  const schema = { type: 'object', properties: { spec: { type: 'object', properties: { at } } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.org` },
    spec: {
      group: 'example.org',
      scope: 'Namespaced',
      names: { plural, singular, kind, listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}
