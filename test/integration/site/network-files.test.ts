import test from 'ava';
import { exportItems, putItems } from '../../../bootagent/site/item-files.ts';
import { siteItems } from '../../../bootagent/site/items.ts';
import { placeIn } from '../../../bootagent/site/new-system.ts';
import { EXCLUSIONS, excluder } from '../../../builder/exclusions.ts';
import { overlayRoot } from '../../support/overlay-root.ts';

const NEW = {
  stateroot: 'new',
  staterootPath: '/ostree/deploy/new',
  deploymentPath: '/ostree/deploy/new/deploy/x.0',
};
const SITE = `${NEW.staterootPath}/var/lib/lca/site`;
const ITEMS = siteItems(false).filter(({ name }) => ['network-files', 'name-servers'].includes(name));

/** What the old commit ships; /etc is a copy of it, and then the site's. */
const OLD = `
  rm -rf /usr/etc /etc/systemd/network /etc/network /etc/netplan /etc/sysconfig /etc/resolv.conf
  mkdir -p /usr/etc/systemd/network /usr/etc/network/interfaces.d /etc/netplan /etc/sysconfig/network-scripts /etc/systemd
  cd /usr/etc/systemd/network
  echo old > 50-kept.network; echo old > 51-changed.network; echo old > 52-removed.network; echo old > 53-dropped.network
  echo 'source /etc/network/interfaces.d/*' > /usr/etc/network/interfaces
  cp -a /usr/etc/systemd/network /etc/systemd; cp -a /usr/etc/network /etc
  cd /etc/systemd/network
  echo site > 51-changed.network; rm 52-removed.network
  echo 'Address=192.0.2.10/24' > 10-lan.network; mkdir 10-lan.network.d; echo mtu > 10-lan.network.d/mtu.conf
  ln -s /dev/null 99-default.link
  echo 'iface eth0 inet static' > /etc/network/interfaces.d/eth0
  echo 'network: {}' > /etc/netplan/50-site.yaml; chmod 600 /etc/netplan/50-site.yaml
  echo 'IPADDR=192.0.2.10' > /etc/sysconfig/network-scripts/ifcfg-eth0
`;
/** What the new commit ships, and what a seed that did not leave its network out has made of it. */
const SEED = `
  mkdir -p ${SITE} ${NEW.deploymentPath}/usr/etc/systemd/network ${NEW.deploymentPath}/usr/etc/network ${NEW.deploymentPath}/etc
  cd ${NEW.deploymentPath}/usr/etc/systemd/network
  for name in 50-kept 51-changed 52-removed 54-added 55-restored; do echo new > $name.network; done
  echo 'source-directory interfaces.d' > ${NEW.deploymentPath}/usr/etc/network/interfaces
  cp -a ${NEW.deploymentPath}/usr/etc ${NEW.deploymentPath}
  cd ${NEW.deploymentPath}/etc
  mkdir -p netplan sysconfig/network-scripts network/interfaces.d
  echo seed > systemd/network/50-kept.network; echo seed > systemd/network/10-seed.network; rm systemd/network/55-restored.network
  echo seed > network/interfaces; echo seed > network/interfaces.d/eth0; echo seed > network/interfaces.d/eth1
  echo seed > netplan/00-seed.yaml; echo seed > sysconfig/network-scripts/ifcfg-eth1; echo script > sysconfig/network-scripts/ifup
`;
const LOOK = `cd ${NEW.deploymentPath}/etc; find . ! -type d -printf '%P %m %l ' \\( -type f -exec cat {} \\; -o -printf '\\n' \\) | sort > /found`;

const EXPECTED = [
  'netplan/50-site.yaml 600  network: {}',
  'network/interfaces 644  source-directory interfaces.d',
  'network/interfaces.d/eth0 644  iface eth0 inet static',
  'sysconfig/network-scripts/ifcfg-eth0 644  IPADDR=192.0.2.10',
  'sysconfig/network-scripts/ifup 644  script',
  'systemd/network/10-lan.network 644  Address=192.0.2.10/24',
  'systemd/network/10-lan.network.d/mtu.conf 644  mtu',
  'systemd/network/50-kept.network 644  new',
  'systemd/network/51-changed.network 644  site',
  'systemd/network/53-dropped.network 644  old',
  'systemd/network/54-added.network 644  new',
  'systemd/network/55-restored.network 644  new',
  'systemd/network/99-default.link 777 /dev/null',
];

test("a node keeps its network: what the site has made of /etc, the new commit's defaults, and nothing of the seed's", async (t) => {
  const machine = await overlayRoot(t);
  await machine.shell(`umask 022; ${OLD}`);
  await machine.shell(`umask 022; ${SEED}`);
  const taken = await exportItems(machine.host, ITEMS, SITE, `${NEW.deploymentPath}/usr/etc`);
  const excluded = excluder(EXCLUSIONS);
  for (const path of taken) t.truthy(excluded(path, 'file'), `${path} is not in a seed`);
  // twice, as after a kill
  for (const _ of [1, 2]) {
    await putItems(machine.host, ITEMS, SITE, (path) => placeIn(NEW, path));
    await machine.shell(LOOK);
    t.deepEqual((await machine.host.readText('/found'))?.trimEnd().split('\n'), EXPECTED);
  }
});

test("name servers in a file are the site's; a link is left to the system that made it", async (t) => {
  const machine = await overlayRoot(t);
  const put = async (): Promise<readonly string[]> => {
    await exportItems(machine.host, ITEMS, SITE, `${NEW.deploymentPath}/usr/etc`);
    return (await putItems(machine.host, ITEMS, SITE, (path) => placeIn(NEW, path))).paths;
  };
  const theirs = `${NEW.deploymentPath}/etc/resolv.conf`;
  await machine.shell(`${OLD}
    mkdir -p ${SITE} ${NEW.deploymentPath}/etc /run/resolve; echo running > /run/resolve/stub
    ln -s /run/resolve/stub ${theirs}; ln -s ../run/resolve/stub /etc/resolv.conf`);
  t.false((await put()).includes('/etc/resolv.conf'));
  t.is(await machine.host.readLink(theirs), '/run/resolve/stub');
  await machine.shell('rm /etc/resolv.conf; echo nameserver 192.0.2.53 > /etc/resolv.conf');
  await put();
  t.is(await machine.host.readText(theirs), 'nameserver 192.0.2.53\n');
  t.is(
    await machine.host.readText('/run/resolve/stub'),
    'running\n',
    "the running system's own is untouched",
  );
});
