import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { SerialConsole } from './console.ts';

/** A TCP address inside the guest's network that leads to a port on this machine's loopback interface. */
export interface Forward {
  /** `10.0.2.100:5000` */
  readonly guest: string;
  readonly hostPort: number;
}

/** All that QEMU must be told; the same for every start of one node, so that a saved state fits. */
export interface Hardware {
  readonly ip: string;
  readonly mac: string;
  readonly memoryMiB: number;
  /** Wait for the host's disk on every write of the guest; without it a flush reaches the host's page cache only. */
  readonly writethrough: boolean;
  readonly disk: string;
  readonly provisionDisk: string;
  readonly transferDisk: string;
  /** One more disk (raw), `/dev/disk/by-id/virtio-extra` in the guest. */
  readonly extraDisk?: string;
  readonly qmpSocket: string;
  readonly sshPort: number;
  readonly forwards: readonly Forward[];
  /** File with a saved RAM state to start from. */
  readonly incoming?: string;
}

// A test process whose runner was killed would go on alone, and its machines with it.
process.once('disconnect', () => process.exit(1));

/**
 * Starts QEMU. It ends with this process at the latest, however this process ends.
 *
 * TCG only. `-cx16`: QEMU 7.2 emulates that instruction wrongly under load; `tb-size`: without it warm reboots take
 * from 2 to 38 s.
 */
export function startQemu(hardware: Hardware, console: SerialConsole): ChildProcess {
  const cache = hardware.writethrough ? 'writethrough' : 'unsafe';
  const forwards = hardware.forwards.map(
    ({ guest, hostPort }) => `,guestfwd=tcp:${guest}-cmd:nc 127.0.0.1 ${hostPort}`,
  );
  const network = `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${hardware.sshPort}-${hardware.ip}:22${forwards.join('')}`;
  const args = [
    ['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-name', 'lca-test-node'],
    [
      '-accel',
      'tcg,thread=multi,tb-size=256',
      '-cpu',
      'Nehalem,-cx16',
      '-smp',
      '2',
      '-m',
      `${hardware.memoryMiB}`,
    ],
    ['-drive', `file=${hardware.disk},if=none,id=root,format=qcow2,cache=${cache},discard=unmap`],
    ['-device', 'virtio-blk-pci,drive=root,serial=root,bootindex=1'],
    ['-drive', `file=${hardware.provisionDisk},if=none,id=provision,format=raw,readonly=on`],
    ['-device', 'virtio-blk-pci,drive=provision,serial=provision'],
    ['-drive', `file=${hardware.transferDisk},if=none,id=transfer,format=raw,cache=unsafe`],
    ['-device', 'virtio-blk-pci,drive=transfer,serial=transfer'],
    hardware.extraDisk === undefined
      ? []
      : [
          ...['-drive', `file=${hardware.extraDisk},if=none,id=extra,format=raw,cache=${cache}`],
          ...['-device', 'virtio-blk-pci,drive=extra,serial=extra'],
        ],
    ['-netdev', network, '-device', `virtio-net-pci,id=nic,netdev=net,romfile=,mac=${hardware.mac}`],
    ['-device', 'virtio-rng-pci', '-device', 'i6300esb', '-action', 'watchdog=reset'],
    ['-chardev', 'stdio,id=serial,signal=off', '-serial', 'chardev:serial'],
    ['-qmp', `unix:${hardware.qmpSocket},server=on,wait=off`],
    hardware.incoming === undefined ? [] : ['-incoming', `exec:cat '${hardware.incoming}'`],
  ].flat();
  const qemu = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'qemu-system-x86_64', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  qemu.stdout.setEncoding('utf8').on('data', (chunk: string) => console.feed(chunk));
  qemu.stderr.setEncoding('utf8').on('data', (chunk: string) => console.note(`qemu: ${chunk.trim()}`));
  return qemu;
}

/** A TCP port on the loopback interface that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
