import type { Host } from '../../../core/host/host.ts';
import { type Deployment, foreignEntries } from '../../../core/sysroot/sysroot.ts';
import { PivotError } from '../pivot-error.ts';
import type { Bootloader, Probe } from './bootloader.ts';
import {
  createEnvironment,
  environmentEditor,
  readEnvironment,
  setVariable,
  unsetVariable,
} from './grub-environment.ts';
import { withBlock } from './marked-block.ts';

const DIRECTORY = '/boot/grub2';
const CONFIG = `${DIRECTORY}/grub.cfg`;
const USER_CONFIG = `${DIRECTORY}/user.cfg`;
const ENVIRONMENT = `${DIRECTORY}/grubenv`;
const VARIABLE = 'lca_try_entry';

/**
 * Run by GRUB before it shows its menu. The order is forgotten first and on disk, and followed only if that could be
 * written: an order that stays would be followed again and again. Should the chosen entry's kernel or initramfs not
 * load, `fallback` goes on with the default instead of waiting for a key.
 */
const BLOCK = `if [ -s $prefix/grubenv ]; then
  load_env -f $prefix/grubenv ${VARIABLE}
fi
if [ -n "\${${VARIABLE}}" ]; then
  set lca_chosen="\${${VARIABLE}}"
  set ${VARIABLE}=
  if save_env -f $prefix/grubenv ${VARIABLE}; then
    set default="\${lca_chosen}"
    set fallback=0
  fi
fi`;

/** The line goes before the entries are read, so that its choice of the default holds. */
const SOURCE_USER_CONFIG = `Run: sed -i '0,/^[[:space:]]*blscfg/s//source $prefix\\/user.cfg\\n&/' ${CONFIG} && touch ${USER_CONFIG}`;

/**
 * GRUB with a fixed grub.cfg that reads boot loader entries (`blscfg`) and sources user.cfg, as on CoreOS-style hosts.
 * The order travels in the environment block; user.cfg may hold the site's own lines (a password), which are kept.
 */
export const staticGrub: Bootloader = {
  name: 'static GRUB with boot loader entries',

  async detect(host) {
    return (await host.readText(CONFIG))?.includes('blscfg') ?? false;
  },

  async probe(host): Promise<Probe> {
    const config = (await host.readText(CONFIG)) ?? '';
    if (!config.includes('user.cfg'))
      return { possible: false, because: `${CONFIG} does not source user.cfg`, remedy: SOURCE_USER_CONFIG };
    if ((await environmentEditor(host)) === undefined) {
      return {
        possible: false,
        because: 'neither grub2-editenv nor grub-editenv is installed',
        remedy:
          'Install the package that has it: grub2-tools-minimal (Fedora, RHEL, CoreOS) or grub-common (Debian).',
      };
    }
    const writable = await environmentIsWritableByGrub(host);
    if (writable !== true) return { possible: false, because: writable };
    return { possible: true, how: `${VARIABLE} in ${ENVIRONMENT}, read by a block in ${USER_CONFIG}` };
  },

  async arm(host, deployment) {
    await checkEntries(host);
    if ((await host.stat(ENVIRONMENT)) === undefined) await createEnvironment(host, ENVIRONMENT);
    const before = (await host.readText(USER_CONFIG)) ?? '';
    const after = withBlock(before, BLOCK);
    if (after !== before) await host.writeAtomic(USER_CONFIG, after);
    await host.sync('/boot');
    await setVariable(host, ENVIRONMENT, VARIABLE, entryNumber(deployment));
    if (!(await staticGrub.isArmed(host))) {
      throw new PivotError('arming-failed', `${ENVIRONMENT} does not hold ${VARIABLE} after it was set.`);
    }
  },

  async disarm(host) {
    if (await staticGrub.isArmed(host)) await unsetVariable(host, ENVIRONMENT, VARIABLE);
  },

  async isArmed(host) {
    return ((await readEnvironment(host, ENVIRONMENT)).get(VARIABLE) ?? '') !== '';
  },
};

/** An entry that is not ostree's would shift the others' numbers, and GRUB would boot something else. */
async function checkEntries(host: Host): Promise<void> {
  const foreign = await foreignEntries(host);
  if (foreign.length === 0) return;
  throw new PivotError(
    'arming-failed',
    `${foreign.join(', ')} is no entry of ostree's: with it, the boot loader numbers its entries otherwise than ostree its deployments.`,
    { remedy: `Keep it elsewhere. Run: mv ${foreign.join(' ')} /boot/` },
  );
}

/** `blscfg` lists entries newest version first, so an entry's number is its place in boot order. */
function entryNumber(deployment: Deployment): string {
  return String(deployment.index);
}

/** GRUB's save_env writes blocks in place and cannot do so on LVM, RAID or Btrfs (GNU GRUB manual, "save_env"). */
async function environmentIsWritableByGrub(host: Host): Promise<true | string> {
  const result = await host.run(
    ['findmnt', '--noheadings', '--output', 'SOURCE,FSTYPE', '--target', '/boot'],
    {
      description: 'find the device of /boot',
      timeoutMs: 60_000,
      okExitCodes: [0, 1],
    },
  );
  const [source = '', type = ''] = result.stdout.trim().split(/\s+/);
  if (/^\/dev\/(md|mapper\/|dm-)/.test(source)) {
    return `/boot is on ${source}, where GRUB cannot write its environment block`;
  }
  if (type === 'btrfs' || type === 'zfs') {
    return `/boot is ${type}, where GRUB cannot write its environment block`;
  }
  return true;
}
