import { REQUEST_PATH } from '../../core/contract/paths.ts';
import type { OpenDoor } from './door-context.ts';

/**
 * Replaces or removes ibu.yaml if it still is as it was read.
 *
 * @throws RequestChanged
 */
export async function replaceRequest(
  { host }: OpenDoor,
  before: string | undefined,
  after: string | undefined,
): Promise<void> {
  if (!(await host.replaceUnchanged(REQUEST_PATH, before, after)))
    throw new RequestChanged('ibu.yaml was changed in the meantime');
}

/** The round is begun again. */
export class RequestChanged extends Error {}
