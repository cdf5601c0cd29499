import type { Host } from '../../../core/host/host.ts';
import type { Deployment } from '../../../core/sysroot/sysroot.ts';

/** Whether a boot loader can fall back by itself before any operating system runs. */
export type Probe =
  | { readonly possible: true; readonly how: string }
  | {
      readonly possible: false;
      readonly because: string;
      /** How it can be made possible; undefined if it cannot on this node as it is installed. */
      readonly remedy?: string;
    };

/**
 * A boot loader that can be told to boot a deployment once. "Once" is the promise everything rests on: the loader
 * forgets the order *before* it loads the kernel, so that whatever happens next, the boot after that is the default.
 */
export interface Bootloader {
  /** For people: "static GRUB with boot loader entries". */
  readonly name: string;
  /** Whether this loader boots the node at all. */
  detect(host: Host): Promise<boolean>;
  /** Looks, without changing anything, whether a one-shot boot can be armed here. */
  probe(host: Host): Promise<Probe>;
  /** Makes the next boot, and only that, the given deployment. Flushed to disk when it returns. */
  arm(host: Host, deployment: Deployment): Promise<void>;
  /** Takes an armed order back; nothing armed is fine. */
  disarm(host: Host): Promise<void>;
  /** Whether an order is armed that the loader has not yet carried out. */
  isArmed(host: Host): Promise<boolean>;
}
