import type { DoctorCheck } from '../doctor-check.ts';
import { attempt } from './attempt.ts';
import { bootLoader } from './boot-loader.ts';
import { bootSpace } from './boot-space.ts';
import { clock } from './clock.ts';
import { containerPartition } from './container-partition.ts';
import { fipsAndProxy } from './fips-and-proxy.ts';
import { health } from './health.ts';
import { objects } from './objects.ts';
import { ostreeSystem } from './ostree-system.ts';
import { processors } from './processors.ts';
import { request } from './request.ts';
import { seed } from './seed.ts';
import { space } from './space.ts';
import { units } from './units.ts';

/** All checks, in the order in which a person would ask: the node, the request, the seed, and whether they fit. */
export const CHECKS: readonly DoctorCheck[] = [
  ostreeSystem,
  units,
  containerPartition,
  bootLoader,
  bootSpace,
  clock,
  health,
  attempt,
  request,
  objects,
  seed,
  space,
  processors,
  fipsAndProxy,
];
