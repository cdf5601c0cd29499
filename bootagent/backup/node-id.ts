import { createHmac } from 'node:crypto';
import type { Host } from '../../core/host/host.ts';
import { BackupError } from './backup-error.ts';

/** On a Backup: whose it is. Upstream puts the id of the cluster there; a node without a cluster has an id of its own. */
export const OWNER_LABEL = 'config.openshift.io/clusterID';

/** This use of the machine id, in the sense of sd_id128_get_machine_app_specific(3). */
const APPLICATION = 'c0d3a7b2f5e94c1b8a6d4e3f2b1a0987';

/**
 * An id of the node that stays the same over an upgrade. Derived from the machine id, which itself is confidential
 * (machine-id(5)): HMAC-SHA256 of this application's id, keyed by it, as a UUID.
 *
 * @throws BackupError `backup-failed` if the node has no machine id
 */
export async function nodeId(host: Host): Promise<string> {
  const machineId = ((await host.readText('/etc/machine-id')) ?? '').trim();
  if (!/^[0-9a-f]{32}$/.test(machineId)) {
    throw new BackupError(
      'backup-failed',
      'The node has no machine id, so nobody could tell whose a backup is.',
      {
        remedy: 'Run systemd-machine-id-setup.',
      },
    );
  }
  const bytes = createHmac('sha256', Buffer.from(machineId, 'hex'))
    .update(Buffer.from(APPLICATION, 'hex'))
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
