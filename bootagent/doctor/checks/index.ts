import type { DoctorCheck } from '../doctor-check.ts';
import { attempt } from './attempt.ts';
import { bootLoader } from './boot-loader.ts';
import { bootSpace } from './boot-space.ts';
import { certificates } from './certificates.ts';
import { clock } from './clock.ts';
import { containerPartition } from './container-partition.ts';
import { fipsAndProxy } from './fips-and-proxy.ts';
import { hardwareWatchdog } from './hardware-watchdog.ts';
import { health } from './health.ts';
import { ipFamily } from './ip-family.ts';
import { manifests } from './manifests.ts';
import { objects } from './objects.ts';
import { ostreeSystem } from './ostree-system.ts';
import { processors } from './processors.ts';
import { request } from './request.ts';
import { seed } from './seed.ts';
import { space } from './space.ts';
import { subnet } from './subnet.ts';
import { units } from './units.ts';

/**
 * What every node is asked, in the order in which a person would: the node, the request, the seed, and whether they
 * fit. What only some kinds of nodes are asked comes from their platform (`Platform.examinations`).
 */
export const CHECKS: readonly DoctorCheck[] = [
  ostreeSystem,
  units,
  containerPartition,
  bootLoader,
  bootSpace,
  hardwareWatchdog,
  clock,
  certificates,
  health,
  attempt,
  request,
  objects,
  manifests,
  seed,
  space,
  processors,
  fipsAndProxy,
  ipFamily,
  subnet,
];
