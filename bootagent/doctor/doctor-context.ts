import { readRequest, type UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import { readObjects } from '../../core/contract/objects.ts';
import type { Host } from '../../core/host/host.ts';
import { inspectSeed } from '../../core/seedimage/inspect-seed.ts';
import { authFileFor } from '../stages/credentials.ts';
import type { DoctorContext } from './doctor-check.ts';

/** In memory, and gone when the doctor is: credentials of a Secret for asking the registry. */
const AUTH_FILE = '/run/lca-doctor-auth.json';

/** For the doctor: the request is what stands in `ibu.yaml`. Changes nothing on the node. */
export function doctorContext(host: Host): DoctorContext {
  return contextFor(
    host,
    () => readRequest(host),
    async (asked, look) => {
      try {
        return await look(await authFileFor(host, asked, AUTH_FILE));
      } finally {
        await host.remove(AUTH_FILE);
      }
    },
  );
}

/** For Prep: the request is the one that was accepted, and credentials go where Prep will pull with them. */
export function prepContext(host: Host, request: UpgradeRequest): DoctorContext {
  return contextFor(
    host,
    async () => request,
    async (asked, look) => look(await authFileFor(host, asked)),
  );
}

function contextFor(
  host: Host,
  read: () => Promise<UpgradeRequest | null>,
  withCredentials: <T>(
    request: UpgradeRequest,
    look: (authfile: string | undefined) => Promise<T>,
  ) => Promise<T>,
): DoctorContext {
  const request = once(read);
  const seed = once(async () => {
    const asked = await request();
    const wanted = asked?.seedImageRef;
    if (asked === null || wanted === null || wanted === undefined) return null;
    return withCredentials(asked, (authfile) =>
      inspectSeed(host, wanted.image, authfile === undefined ? {} : { authfile }),
    );
  });
  return { host, request, seed, objects: once(() => readObjects(host)) };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
