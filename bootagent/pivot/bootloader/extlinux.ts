import type { Host } from '../../../core/host/host.ts';
import { PivotError } from '../pivot-error.ts';
import type { Bootloader, Probe } from './bootloader.ts';

const DIRECTORY = '/boot/syslinux';
const CONFIG = `${DIRECTORY}/syslinux.cfg`;
const MINUTE = 60_000;

/**
 * Name of our own copy of the chosen entry. The order is a command line to extlinux: it compares labels only up to the
 * first space and hands the rest to the kernel, so with ostree's labels ("Fedora 41 (ostree:1)") it would boot the
 * first entry that begins with the same word. ostree drops the copy when it next writes its configuration.
 */
const LABEL = 'lca-try';

/**
 * extlinux with the configuration that ostree's syslinux backend writes. Its own one-shot order (`extlinux --once`)
 * lives in the auxiliary data vector of ldlinux.sys and is cleared by the loader as it reads it.
 */
export const extlinux: Bootloader = {
  name: 'extlinux',

  async detect(host) {
    return (await host.stat(`${DIRECTORY}/ldlinux.sys`)) !== undefined;
  },

  async probe(host): Promise<Probe> {
    if ((await program(host)) === undefined)
      return {
        possible: false,
        because: 'extlinux is not installed',
        remedy: 'Install the package extlinux.',
      };
    if ((await host.readText(CONFIG)) === undefined) {
      return { possible: false, because: `${CONFIG} does not exist` };
    }
    return { possible: true, how: `extlinux --once in ${DIRECTORY}` };
  },

  async arm(host, deployment) {
    const text = (await host.readText(CONFIG)) ?? '';
    const [settings = '', ...entries] = text.split(/^(?=[ \t]*LABEL\s)/im);
    const others = entries.filter((entry) => labelOf(entry) !== LABEL);
    const chosen = others.filter((entry) => /\bostree=/.test(entry))[deployment.index];
    if (chosen === undefined) {
      throw new PivotError('arming-failed', `${CONFIG} has no entry number ${deployment.index}.`);
    }
    const ours = chosen.replace(/^.*\n/, `LABEL ${LABEL}\n`);
    const after = [settings, ...others, ours].map((part) => part.replace(/[^\n]$/, '$&\n')).join('');
    if (after !== text) await host.writeAtomic(CONFIG, after);
    await host.sync('/boot');
    await tell(host, `--once=${LABEL}`, `boot "${labelOf(chosen)}" once`);
    if (!(await extlinux.isArmed(host))) {
      throw new PivotError(
        'arming-failed',
        `extlinux in ${DIRECTORY} does not hold the order after it was set.`,
      );
    }
  },

  async disarm(host) {
    await tell(host, '--clear-once', 'clear the one-shot boot');
  },

  async isArmed(host) {
    // ldlinux.sys holds two copies of the vector, each starting with this magic (syslinux, doc/extlinux.txt, libinstaller/advconst.h)
    const bytes = await host.readBytes(`${DIRECTORY}/ldlinux.sys`);
    return bytes !== undefined && hasBootOnce(Buffer.from(bytes));
  },
};

const VECTOR_MAGIC = 0x5a2d2fa5;
const VECTOR_SIZE = 512;
/** Tag of the boot-once entry in the vector. */
const TAG_BOOT_ONCE = 1;

function hasBootOnce(bytes: Buffer): boolean {
  for (
    let at = bytes.length - 2 * VECTOR_SIZE;
    at >= 0 && at + VECTOR_SIZE <= bytes.length;
    at += VECTOR_SIZE
  ) {
    if (bytes.readUInt32LE(at) !== VECTOR_MAGIC) continue;
    // magic, checksum, then entries <tag u8><length u8><data>; tag 0 ends
    for (let entry = at + 8; entry + 2 < at + VECTOR_SIZE; ) {
      const tag = bytes.readUInt8(entry);
      const length = bytes.readUInt8(entry + 1);
      if (tag === 0) break;
      if (tag === TAG_BOOT_ONCE && length > 0) return true;
      entry += 2 + length;
    }
  }
  return false;
}

function labelOf(entry: string): string | undefined {
  return /^\s*LABEL\s+(.+?)\s*$/im.exec(entry)?.[1];
}

async function program(host: Host): Promise<string | undefined> {
  for (const path of ['/usr/bin/extlinux', '/usr/sbin/extlinux', '/sbin/extlinux']) {
    if ((await host.stat(path)) !== undefined) return path;
  }
  return undefined;
}

async function tell(host: Host, option: string, what: string): Promise<void> {
  const path = await program(host);
  if (path === undefined) throw new PivotError('one-shot-impossible', 'extlinux is not installed.');
  await host.run([path, option, DIRECTORY], { description: `tell extlinux to ${what}`, timeoutMs: MINUTE });
  await host.sync('/boot');
}
