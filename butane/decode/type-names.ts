import { config } from '../schema/config.ts';
import type { ObjectType } from '../schema/field.ts';
import type { Spec } from '../schema/spec.ts';
import { baseVersion } from './decode.ts';

/** What the reference implementation calls a type in messages: `v0_5.Storage`, `v1_5.BootDevice`, `v4_15.Metadata`. */
export function typeNames(spec: Spec): (type: ObjectType) => string {
  return (type) => {
    const layer = (type as unknown) === config ? spec.variant : type.layer;
    if (layer === 'base') return `v0_${baseVersion(spec)}.${type.name}`;
    return layer === 'fcos' ? `v1_${spec.fcos}.${type.name}` : `v4_${spec.openshift ?? 0}.${type.name}`;
  };
}
