import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testHostDisk } from '../../../images/test-host/build.ts';
import { builtAt, cached, digest } from '../../../images/test-host/cache.ts';
import { resumeNode, saveNode } from '../vm/boot-node.ts';
import type { VmNode } from '../vm/node.ts';
import { nodeWithLca } from './nodes.ts';
import { forwardsTo, registryWithSeed, SEED_IMAGE, SEED_VERSION, seedLayout } from './seed-image.ts';

/** The site's own workload: a web server that shows the site's data. */
const OWN_UNIT = `[Container]
Image=registry.test:5000/workload:1
Network=host
Environment=PORT=8081
Volume=/var/lib/own-data:/www/data:ro

[Install]
WantedBy=multi-user.target
`;

export const OWN_DATA = 'measured since 2019\n';
export const USER_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFieldEngineerKeyThatIsNotReal0000000000000000 field-engineer';

/** The request as an operator writes it, comment and all. */
export function ibu(
  stage: string,
  options: { readonly timeout?: number; readonly annotations?: string; readonly backups?: boolean } = {},
): string {
  const data = options.backups
    ? `      - /etc/containers/systemd/own.container
  oadpContent: [{name: own-data, namespace: apps}]
`
    : `      - /etc/containers/systemd/own.container
      - /var/lib/own-data
`;
  return `# dropped by the site's configuration management
apiVersion: lca.openshift.io/v1
kind: ImageBasedUpgrade
metadata:
  name: upgrade
${options.annotations === undefined ? '' : `  annotations:\n    ${options.annotations}\n`}spec:
  stage: ${stage}
  seedImageRef:
    version: ${SEED_VERSION}
    image: ${SEED_IMAGE}
  autoRollbackOnFailure:
    initMonitorTimeoutSeconds: ${options.timeout ?? 600}
  lca:
    carryOver:
${data}`;
}

/** Gives a target node a life of its own: a workload with data, a person's key, a time zone. */
export async function dressTarget(target: VmNode): Promise<void> {
  await target.writeFile('/etc/containers/systemd/own.container', OWN_UNIT);
  await target.writeFile('/var/lib/own-data/readings.txt', OWN_DATA);
  await target.sh(`printf '%s\\n' '${USER_KEY}' >> /root/.ssh/authorized_keys`);
  await target.sh('ln -sf ../usr/share/zoneinfo/Europe/Berlin /etc/localtime');
  await target.sh('podman pull -q registry.test:5000/workload:1', { timeoutMs: 300_000 });
  await target.sh('systemctl daemon-reload && systemctl start own.service', { timeoutMs: 300_000 });
}

/** A target whose Prep has completed, frozen: where every test of a pivot starts. */
async function preparedDirectory(): Promise<string> {
  const base = await builtAt(await testHostDisk('target', 'grub'));
  const key = await digest([await seedLayout(), base, ibu('Prep'), OWN_UNIT], []);
  return cached('prepared-target', key, async (directory) => {
    const scratch = await mkdtemp(join(tmpdir(), 'lca-prepared-'));
    const front = await registryWithSeed(scratch);
    try {
      const target = await nodeWithLca({
        disk: 'target',
        forwards: forwardsTo(front),
        log: 'prepared-target',
      });
      await dressTarget(target);
      await target.writeFile('/var/lib/lca/ibu.yaml', ibu('Idle'));
      await target.sh('lca prep 2>&1', { timeoutMs: 1_800_000 });
      await saveNode(target, directory);
    } finally {
      await front.dispose();
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

/** Goes on from a target that is prepared; the registry is not to be reached any more. */
export async function preparedTarget(log: string): Promise<VmNode> {
  return resumeNode({ directory: await preparedDirectory() }, { forwards: [], log });
}

/**
 * Changes the init monitor's time on a prepared target. The agent refuses that while an upgrade is in progress, so both
 * the request and what was accepted of it are edited while it is stopped.
 */
export async function withTimeout(target: VmNode, seconds: number): Promise<void> {
  const edit = `sed -i 's/initMonitorTimeoutSeconds: .*/initMonitorTimeoutSeconds: ${seconds}/'`;
  await target.sh('systemctl stop lca-agent.service', { timeoutMs: 120_000 });
  await target.sh(`${edit} /var/lib/lca/ibu.yaml /var/lib/lca/status.yaml`);
  await target.sh('systemctl start lca-agent.service', { timeoutMs: 120_000 });
}

/** Where the prepared system's files lie: its deployment, and its stateroot. */
export async function preparedPaths(target: VmNode): Promise<{ readonly etc: string; readonly var: string }> {
  const stateroot = '/ostree/deploy/lca_2.0.0';
  const name = await target.sh(`ls ${stateroot}/deploy | grep -v origin`);
  return { etc: `${stateroot}/deploy/${name}/etc`, var: `${stateroot}/var` };
}

/** Runs a script on the old system as it goes down, after everything of lca has ended. */
export async function atShutdown(target: VmNode, script: string): Promise<void> {
  await target.writeFile('/etc/systemd/system/at-shutdown.sh', `#!/bin/sh\n${script}\nsync\n`, '0755');
  const unit = `[Unit]
Before=lca-agent.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=/etc/systemd/system/at-shutdown.sh
`;
  await target.writeFile('/etc/systemd/system/at-shutdown.service', unit);
  await target.sh('systemctl daemon-reload && systemctl start at-shutdown.service');
}
