import type { Host } from '../host/host.ts';
import { HostError } from '../host/host-error.ts';

/** How a registry is reached. Paths are the machine's. */
export interface RegistryAccess {
  /** Credentials as `podman login --authfile` writes them; without it skopeo's own default places. */
  readonly authfile?: string;
  /** `false` also allows plain HTTP. Default: what the machine's registries.conf says, else HTTPS. */
  readonly tlsVerify?: boolean;
  /** Directory with `*.crt` (trust) and `*.cert`/`*.key` (client certificate). */
  readonly certDir?: string;
}

/** Why a registry did not give what was asked for, told from what skopeo prints. */
export type RegistryRefusal =
  | 'unreachable'
  | 'untrusted'
  | 'unauthorized'
  | 'not-found'
  | 'other-architecture';

const MINUTES = 60_000;
const TRANSPORT = /^(docker|oci|oci-archive|dir|docker-archive|containers-storage|docker-daemon|ostree|sif):/;

/** skopeo's name of an image: a pull spec without a transport is a registry's. */
export function imageName(pullSpec: string): string {
  return TRANSPORT.test(pullSpec) ? pullSpec : `docker://${pullSpec}`;
}

/** The image's manifest (or index), byte for byte. */
export async function inspectRaw(host: Host, pullSpec: string, access: RegistryAccess): Promise<string> {
  return inspect(host, pullSpec, ['--raw'], access);
}

/** The image's configuration, byte for byte. */
export async function inspectConfig(host: Host, pullSpec: string, access: RegistryAccess): Promise<string> {
  return inspect(host, pullSpec, ['--raw', '--config'], access);
}

async function inspect(host: Host, pullSpec: string, what: readonly string[], access: RegistryAccess) {
  const args = ['--retry-times=2', ...what, ...accessOptions(access, '')];
  const result = await host.run(['skopeo', 'inspect', ...args, imageName(pullSpec)], {
    description: `inspect ${pullSpec}`,
    timeoutMs: 5 * MINUTES,
  });
  return result.stdout;
}

export interface CopyOptions {
  readonly from: string;
  readonly to: string;
  readonly source?: RegistryAccess;
  readonly destination?: RegistryAccess;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** Copies an image as it is: manifest and blobs keep their digests. Blobs the destination has are not copied again. */
export async function copyImage(host: Host, options: CopyOptions): Promise<void> {
  await host.run(
    [
      'skopeo',
      'copy',
      '--preserve-digests',
      '--retry-times=3',
      ...accessOptions(options.source ?? {}, 'src-'),
      ...accessOptions(options.destination ?? {}, 'dest-'),
      imageName(options.from),
      imageName(options.to),
    ],
    {
      description: `copy ${options.from} to ${options.to}`,
      timeoutMs: 240 * MINUTES,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
    },
  );
}

function accessOptions(access: RegistryAccess, side: '' | 'src-' | 'dest-'): readonly string[] {
  return [
    ...(access.authfile === undefined ? [] : [`--${side}authfile=${access.authfile}`]),
    ...(access.tlsVerify === undefined ? [] : [`--${side}tls-verify=${access.tlsVerify}`]),
    ...(access.certDir === undefined ? [] : [`--${side}cert-dir=${access.certDir}`]),
  ];
}

/** Sorts a failed skopeo or podman command by what it printed; undefined where the cause is not the registry. */
export function registryRefusal(error: unknown): RegistryRefusal | undefined {
  if (!(error instanceof HostError)) return undefined;
  const text = error.stderr;
  if (/x509:|certificate signed by unknown|http: server gave HTTP response to HTTPS/i.test(text))
    return 'untrusted';
  if (
    /unauthorized|authentication required|invalid username\/password|access denied|denied: |403 Forbidden/i.test(
      text,
    )
  ) {
    return 'unauthorized';
  }
  if (/no image found in (manifest list|image index)|choosing image instance/i.test(text))
    return 'other-architecture';
  if (/manifest unknown|name unknown|repository name not known|status: 404|404 \(?Not Found/i.test(text))
    return 'not-found';
  if (
    /connection refused|no such host|i\/o timeout|no route to host|network is unreachable|connection reset|deadline exceeded|pinging container registry|dial tcp|EOF$/im.test(
      text,
    )
  ) {
    return 'unreachable';
  }
  return undefined;
}
