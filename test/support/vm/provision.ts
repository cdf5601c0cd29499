import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { testKey } from './ssh.ts';

/** What makes a node this node: put into its /etc and /var before the services of its first boot start. */
export interface Identity {
  readonly hostname: string;
  /** Address in 10.0.2.0/24. */
  readonly ip: string;
  readonly mac: string;
  /** More files by absolute path below /etc or /var. */
  readonly files: Readonly<Record<string, string>>;
}

function networkProfile({ ip, mac }: Identity): string {
  return `[connection]
id=site
type=ethernet
autoconnect=true

[ethernet]
mac-address=${mac}

[ipv4]
method=manual
address1=${ip}/24,10.0.2.2

[ipv6]
method=disabled
`;
}

/** Writes the disk that the image's first boot unpacks: a tar of a node's own files. */
export async function writeProvisionDisk(identity: Identity, disk: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'lca-provision-'));
  try {
    const { publicKey } = await testKey();
    const files: Record<string, string> = {
      '/etc/hostname': `${identity.hostname}\n`,
      '/etc/NetworkManager/system-connections/site.nmconnection': networkProfile(identity),
      '/var/roothome/.ssh/authorized_keys': publicKey,
      ...identity.files,
    };
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
    await chmod(join(root, 'etc/NetworkManager/system-connections/site.nmconnection'), 0o600);
    await chmod(join(root, 'var/roothome'), 0o700);
    await chmod(join(root, 'var/roothome/.ssh'), 0o700);
    const owner = ['--owner=0', '--group=0', '--numeric-owner'] as const;
    await execa('tar', [...owner, '-cf', disk, '-C', root, 'etc', 'var'], { stdin: 'ignore' });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
