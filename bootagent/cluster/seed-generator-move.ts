import { isGenerating, type SeedGeneratorStatus } from '../../core/contract/seed-generator.ts';
import type { SeedGeneratorDoor } from '../../core/contract/seed-generator-door.ts';

/** What a round finds of the SeedGenerator. */
export interface SeedGeneratorSides {
  /** Text of seedgenerator.yaml. */
  readonly text: string | undefined;
  readonly status: SeedGeneratorStatus | null;
  readonly known: SeedGeneratorDoor | undefined;
  /** The resource's uid; undefined: there is none. */
  readonly uid: string | undefined;
}

/**
 * - `rest`: there is none on either side
 * - `take-over`: the cluster asks: the file is written, and any earlier answer forgotten
 * - `restore-file`: the file was deleted while the seed is made
 * - `make-resource`: from the file, with its status
 * - `drop`: one side was deleted, so the other goes
 * - `agree`: both are there; the file holds
 */
export type SeedGeneratorMove = 'rest' | 'take-over' | 'restore-file' | 'make-resource' | 'drop' | 'agree';

/**
 * What is to be done. Once the builder is launched nothing stops it, and whatever is deleted comes back: the builder
 * itself deletes the resource, for it must not be in the image. A resource that never learnt of the end comes back too.
 * In any other state deleting one side deletes the other, and a resource made anew under the same name is a new request.
 */
export function seedGeneratorMove({ text, status, known, uid }: SeedGeneratorSides): SeedGeneratorMove {
  const isLaunched = isGenerating(status) && status?.lca.isLaunched === true;
  const isUntold = status !== null && !isGenerating(status) && known?.toldEndOf !== status.lca.request;
  const isAnother = uid !== undefined && known !== undefined && uid !== known.uid;
  if (text === undefined) {
    if (isLaunched && known !== undefined) return 'restore-file';
    if (uid === undefined) return known === undefined ? 'rest' : 'drop';
    return known === undefined || isAnother ? 'take-over' : 'drop';
  }
  if (uid === undefined) return known === undefined || isLaunched || isUntold ? 'make-resource' : 'drop';
  return isAnother && !isLaunched && !isUntold ? 'take-over' : 'agree';
}
