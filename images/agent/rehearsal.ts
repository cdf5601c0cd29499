import crypto from 'node:crypto';
import { lstat } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { runAgent } from '../../bootagent/agent/agent.ts';
import { StatusStore } from '../../bootagent/agent/status-store.ts';
import { boot } from '../../bootagent/boot/boot.ts';
import { watchAttempt } from '../../bootagent/pivot/watchdog.ts';
import type { SeedBuilder } from '../../bootagent/seed-generator/seed-builder.ts';
import { PIVOT_PATH, REQUEST_PATH, SEED_RECONFIGURATION_PATH } from '../../core/contract/paths.ts';
import { type Pivot, pivotText } from '../../core/contract/pivot.ts';
import { NO_RECONFIGURATION, seedReconfigurationText } from '../../core/contract/seed-reconfiguration.ts';
import { runCommand } from '../../core/host/commands.ts';
import type { Argv, RunResult } from '../../core/host/host.ts';
import { RealHost } from '../../core/host/real-host.ts';
import { openBlackBox } from '../../core/log/black-box.ts';
import { createLogger } from '../../core/log/logger.ts';
import { serviceManager } from '../../core/tools/service-manager.ts';

const OLD = { stateroot: 'old', checksum: 'a'.repeat(64), deployment: `${'a'.repeat(64)}.0` };
const NEW = { stateroot: 'new', checksum: 'b'.repeat(64), deployment: `${'b'.repeat(64)}.0` };
const LINK = `/ostree/boot.1/${NEW.stateroot}/${NEW.checksum}/0`;
const MOST_MS = 60_000;

const ATTEMPT: Pivot = {
  version: 1,
  nonce: 'rehearsal',
  seedVersion: '1',
  old: OLD,
  new: NEW,
  armedAt: '2026-01-01T00:00:00.000Z',
  deadline: '2026-01-01T00:30:00.000Z',
  timeoutSeconds: 1800,
  attemptsLeft: 1,
  onFailure: 'roll-back',
  rollback: { postRebootConfig: true, upgradeCompletion: true, initMonitor: true },
  handedOver: true,
  state: 'armed',
  failure: null,
  armedBootId: 'before',
  attemptBootId: null,
};
const REQUEST = `apiVersion: lca.openshift.io/v1
kind: ImageBasedUpgrade
metadata:
  name: upgrade
spec:
  stage: Upgrade
  seedImageRef:
    version: "1"
    image: registry.example/seed:1
`;

/** A machine below a directory whose files are real and whose programs all succeed without being run. */
class RehearsalHost extends RealHost {
  override async run(_argv: Argv): Promise<RunResult> {
    return { stdout: '', stderr: '', exitCode: 0 };
  }
}

/**
 * Plays the first boot of a new system from the boot agent to the commit, on a machine that is a directory. What V8
 * compiles on the way stays in the state that is saved: a node's real first boot need not wait for it.
 *
 * @throws Error if it does not come to the commit
 */
export async function rehearse(): Promise<void> {
  const root = await fs.mkdtemp(join(tmpdir(), 'lca-rehearsal-'));
  const { lstat: own } = fs;
  // Node 26 crashes in the promised one while it makes a snapshot
  Object.assign(fs, { lstat: promisify(lstat) });
  const { randomUUID, randomInt } = crypto;
  // these keep random bytes for later calls, which every node would find in its saved state
  Object.assign(crypto, { randomUUID: refused, randomInt: refused });
  const stop = new AbortController();
  const host = new RehearsalHost({ root });
  try {
    await prepare(host);
    // no such machine has programs, but starting one is rehearsed, too
    await runCommand([], ['true'], { description: 'rehearse', timeoutMs: MOST_MS });
    const log = createLogger('rehearsal');
    const blackBox = await openBlackBox(host);
    const systemd = serviceManager(host, undefined, 0);
    const watchdog = watchAttempt(host, blackBox, systemd, stop.signal);
    await boot({ host, log, blackBox, signal: stop.signal });
    const { store } = await StatusStore.open(host, NEW.stateroot);
    const completed = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('A first boot did not come to its end.')), MOST_MS);
      store.onChange(() => {
        if (!store.current.conditions.some(({ type }) => type === 'UpgradeCompleted')) return;
        clearTimeout(timer); // nothing may be under way when the state is saved
        resolve();
      });
    });
    const agent = runAgent({ host, store, blackBox, log }, systemd, NO_BUILDER, stop.signal);
    await completed;
    stop.abort(new Error('The rehearsal is over.'));
    await Promise.all([agent, watchdog.catch(() => undefined)]);
  } finally {
    stop.abort();
    Object.assign(fs, { lstat: own });
    Object.assign(crypto, { randomUUID, randomInt });
    await fs.rm(root, { recursive: true, force: true });
    // Node notes when its next timer is due, and goes by that note in the saved state. Cleared timers leave it as it is;
    // one that runs out when there is no other takes it away.
    await delay(1);
  }
}

function refused(): never {
  throw new Error('A rehearsal leaves nothing to chance.');
}

async function prepare(host: RealHost): Promise<void> {
  const files: Readonly<Record<string, string>> = {
    '/boot/loader/entries/ostree-1.conf': `title new\nversion 1\noptions root=LABEL=root ostree=${LINK}\nlinux /l\ninitrd /i\n`,
    '/proc/cmdline': `ostree=${LINK}\n`,
    '/proc/uptime': '30.00 30.00\n',
    '/proc/sys/kernel/random/boot_id': 'rehearsal\n',
    '/proc/sys/kernel/hostname': 'node\n',
    '/proc/self/mountinfo': '',
    '/etc/hostname': 'node\n',
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
    [PIVOT_PATH]: pivotText(ATTEMPT),
    [REQUEST_PATH]: REQUEST,
    [SEED_RECONFIGURATION_PATH]: seedReconfigurationText({
      ...NO_RECONFIGURATION,
      hostname: 'node',
    }),
  };
  for (const [path, text] of Object.entries(files)) {
    await host.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    await host.writeAtomic(path, text);
  }
  await host.makeDirectory(`/ostree/deploy/${NEW.stateroot}/deploy/${NEW.deployment}`);
  await host.makeDirectory(LINK.slice(0, LINK.lastIndexOf('/')));
  await host.makeSymlink(LINK, `../../../deploy/${NEW.stateroot}/deploy/${NEW.deployment}`);
}

/** Nobody makes seeds here. */
const NO_BUILDER: SeedBuilder = {
  start: () => Promise.reject(new Error('There is no builder.')),
  isRunning: async () => false,
  restore: async () => undefined,
};
