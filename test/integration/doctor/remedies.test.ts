import test from 'ava';
import { CHECKS } from '../../../bootagent/doctor/checks/index.ts';
import type { Answer, DoctorContext } from '../../../bootagent/doctor/doctor-check.ts';
import { parseSeedInfo } from '../../../core/contract/seed-info.ts';
import type { SeedDescription } from '../../../core/seedimage/seed-description.ts';
import { type OverlayRoot, overlayRoot } from '../../support/overlay-root.ts';
import { certificateUntil } from '../../support/test-certificate.ts';

const HOUR = 3_600_000;
const PROGRAMS = '/usr/local/sbin';

/** What stands in for systemd, which a test cannot have: units that exist can be started, and its own files are read anew. */
const SYSTEMCTL = `#!/bin/sh
for word in "$@"; do unit=$word; case $word in --property=*) asked=\${word#--property=};; esac; done
state=/run/units
case $1 in
  show)
    case $asked in
      RuntimeWatchdogUSec) echo "RuntimeWatchdogUSec=$(cat $state/watchdog 2>/dev/null || echo 0)";;
      *) echo "UnitFileState=$(cat $state/$unit.file 2>/dev/null)"
         echo "ActiveState=$(cat $state/$unit.active 2>/dev/null || echo inactive)";;
    esac;;
  enable|start|restart) [ -e $state/$unit.file ] || exit 5; echo active > $state/$unit.active;;
  daemon-reexec) sed -n 's/^RuntimeWatchdogSec=//p' /etc/systemd/system.conf.d/*.conf > $state/watchdog;;
  daemon-reload) ;;
esac
`;

async function look(
  name: string,
  root: OverlayRoot,
  info: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  const check = CHECKS.find((known) => known.name === name);
  if (check === undefined) throw new Error(`There is no check ${name}.`);
  const seed = { info: parseSeedInfo(JSON.stringify({ seed_cluster_ocp_version: '2.0.0', ...info })) };
  const context: DoctorContext = {
    host: root.host,
    request: async () => null,
    seed: async () => seed as SeedDescription,
    objects: () => Promise.reject(new Error('not asked for')),
  };
  return check.look(context);
}

/** The command lines of a remedy: what stands behind `Run: `, as a person would copy it. */
function commandLines({ remedy = '' }: Answer): readonly string[] {
  return [...remedy.matchAll(/Run: (.+)$/gm)].map(([, line]) => line as string);
}

interface Case {
  readonly check: string;
  readonly when: string;
  readonly red: RegExp;
  readonly spoil: (root: OverlayRoot) => Promise<void>;
  readonly info?: Readonly<Record<string, unknown>>;
}

const CASES: readonly Case[] = [
  {
    check: 'units',
    when: 'lca is not installed',
    red: /lca-agent\.service is not installed/,
    async spoil(root) {
      await root.write(
        `${PROGRAMS}/lca`,
        '#!/bin/sh\n[ "$1" = install ] || exit 2\nfor unit in agent boot watchdog; do echo enabled > /run/units/lca-$unit.service.file; done\n',
      );
    },
  },
  {
    check: 'units',
    when: 'the agent does not run',
    red: /lca-agent\.service is failed/,
    async spoil(root) {
      for (const unit of ['agent', 'boot', 'watchdog'])
        await root.write(`/run/units/lca-${unit}.service.file`, 'enabled\n');
      await root.write('/run/units/lca-agent.service.active', 'failed\n');
    },
  },
  {
    check: 'boot-loader',
    when: 'grub.cfg reads no file of the site',
    red: /\/boot\/grub2\/grub\.cfg does not source user\.cfg/,
    async spoil(root) {
      await root.write('/boot/grub2/grub.cfg', 'set timeout=1\ninsmod blscfg\n  blscfg\nboot\n');
      await root.write('/usr/bin/grub-editenv', '#!/bin/sh\n');
    },
  },
  {
    check: 'hardware-watchdog',
    when: 'there is none, and then systemd does not use it',
    red: /there is no hardware watchdog/,
    async spoil(root) {
      await root.write(
        `${PROGRAMS}/modprobe`,
        '#!/bin/sh\n[ "$1" = softdog ] && mkdir -p /sys/class/watchdog/watchdog0\n',
      );
    },
  },
  {
    check: 'clock',
    when: 'no time service runs',
    red: /the clock is not synchronised/,
    async spoil(root) {
      await root.write('/run/units/chrony.service.file', 'disabled\n');
      await root.write(
        `${PROGRAMS}/timedatectl`,
        '#!/bin/sh\n[ -e /run/units/chrony.service.active ] && echo yes || echo no\n',
      );
    },
  },
  {
    check: 'certificates',
    when: "one of kubeadm's ends within the hour",
    red: /certificate of node \(\/etc\/kubernetes\/pki\/apiserver\.crt\) ends/,
    async spoil(root) {
      const [soon, late] = [HOUR / 2, 9000 * HOUR].map((ms) => certificateUntil(new Date(Date.now() + ms)));
      await root.write('/etc/kubernetes/pki/apiserver.crt', soon as string);
      await root.write('/run/renewed.crt', late as string);
      await root.write(
        `${PROGRAMS}/kubeadm`,
        '#!/bin/sh\n[ "$*" = "certs renew all" ] && cat /run/renewed.crt > /etc/kubernetes/pki/apiserver.crt\n',
      );
    },
  },
  {
    check: 'certificates',
    when: 'the one that the kubelet has made itself ended long ago',
    red: /certificate of node \(\/var\/lib\/kubelet\/pki\/kubelet\.crt\) has ended/,
    async spoil(root) {
      const [ended, late] = [-9000 * HOUR, 9000 * HOUR].map((ms) =>
        certificateUntil(new Date(Date.now() + ms)),
      );
      await root.write('/var/lib/kubelet/pki/kubelet.crt', ended as string);
      await root.write('/var/lib/kubelet/pki/kubelet.key', 'the key');
      await root.write('/run/units/kubelet.service.file', 'enabled\n');
      await root.write('/run/made.crt', late as string);
      await root.write(
        `${PROGRAMS}/systemctl`,
        `${SYSTEMCTL}# as the kubelet does at its start, where either is missing
[ "$*" != 'restart kubelet.service' ] || [ -e /var/lib/kubelet/pki/kubelet.key ] ||
  cat /run/made.crt > /var/lib/kubelet/pki/kubelet.crt
`,
      );
    },
  },
  {
    check: 'subnet',
    when: "a second address is in the seed's network",
    red: /203\.0\.113\.5 on eth0 is in the network/,
    info: { node_ips: ['203.0.113.77'], machine_networks: ['203.0.113.0/24'] },
    async spoil(root) {
      await root.write('/run/nodeip-configuration/primary-ip', '192.0.2.10\n');
      await root.write('/run/address', '203.0.113.5/24');
      await root.write(
        `${PROGRAMS}/ip`,
        `#!/bin/sh
case "$*" in
  "address delete $(cat /run/address) dev eth0") : > /run/address;;
  "-json address show scope global")
    address=$(cat /run/address)
    [ -z "$address" ] && echo '[]' || echo '[{"ifname":"eth0","addr_info":[{"local":"'\${address%/*}'","prefixlen":'\${address#*/}'}]}]';;
  *) exit 1;;
esac
`,
      );
    },
  },
];

/** A remedy may lead to the next finding of the same check, which has a remedy of its own. */
const MOST_ROUNDS = 3;

for (const { check, when, red, spoil, info } of CASES) {
  test(`the commands of ${check}'s remedy, run as they stand, turn it green when ${when}`, async (t) => {
    const root = await overlayRoot(t);
    await root.shell(
      'rm -rf /run/units /etc/kubernetes /var/lib/kubelet /boot/grub2; mkdir -p /run/units /sys/class/watchdog',
    );
    await root.write(`${PROGRAMS}/systemctl`, SYSTEMCTL);
    await root.write(`${PROGRAMS}/chronyc`, '#!/bin/sh\nexit 1\n');
    await spoil(root);
    let answer = await look(check, root, info);
    t.not(answer.verdict, 'fine', answer.detail);
    t.regex(answer.detail, red);
    for (let round = 0; answer.verdict !== 'fine' && round < MOST_ROUNDS; round += 1) {
      const lines = commandLines(answer);
      t.true(lines.length > 0, `a remedy with a command: ${answer.remedy}`);
      for (const line of lines) {
        t.log(line);
        await root.shell(line);
      }
      answer = await look(check, root, info);
    }
    t.is(answer.verdict, 'fine', answer.detail);
    if (check === 'boot-loader')
      t.is(
        await root.host.readText('/boot/grub2/grub.cfg'),
        'set timeout=1\ninsmod blscfg\nsource $prefix/user.cfg\n  blscfg\nboot\n',
      );
  });
}

test('a registry authority that is replaced where the remedy says is well again', async (t) => {
  const root = await overlayRoot(t);
  const path = '/etc/containers/certs.d/registry.example/ca.crt';
  await root.shell('rm -rf /etc/kubernetes /usr/local/share/ca-certificates');
  await root.write(path, certificateUntil(new Date(Date.now() + HOUR)));
  const { verdict, remedy = '' } = await look('certificates', root);
  t.is(verdict, 'warning');
  t.regex(remedy, new RegExp(`^Put one that is valid for longer into ${path}\\.`));
  const told = /told by: (.+)$/m.exec(remedy)?.[1] ?? '';
  t.notThrows(() => root.shell(told), 'what tells its end can be run too');
  await root.shell(
    `openssl req -x509 -newkey rsa:2048 -nodes -keyout /run/ca.key -subj /CN=ca -days 3000 -out ${path} 2>/run/openssl.log`,
  );
  const after = await look('certificates', root);
  t.is(after.verdict, 'fine', after.detail);
});
