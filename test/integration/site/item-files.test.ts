import test from 'ava';
import { announceItems, exportItems, putItems } from '../../../bootagent/site/item-files.ts';
import { siteItems } from '../../../bootagent/site/items.ts';
import { overlayRoot } from '../../support/overlay-root.ts';

const SITE = '/var/lib/lca/site';
/** Everything that belongs to the site's files: owner, mode, time, link, attribute, content. */
const LOOK = `#!/bin/sh
cd /
find etc/ssh/ssh_host_* etc/NetworkManager etc/chrony etc/hosts etc/localtime usr/local/share/ca-certificates \\
  \\( -type f -printf '%p %u %g %m %T@ ' -exec sha256sum {} \\; -o -printf '%p %y %u %g %l\\n' \\) | sort
getfattr --absolute-names --dump /etc/ssh/ssh_host_a_key
`;

const OLD = `
  rm -rf /usr/local; mkdir /var/usrlocal; ln -s ../var/usrlocal /usr/local # as on every ostree system
  rm -rf /etc/ssh /etc/NetworkManager /etc/chrony
  mkdir -p /etc/ssh /etc/NetworkManager/system-connections /etc/chrony/conf.d /usr/local/share/ca-certificates/deep
  for k in a b; do echo "key $k" > /etc/ssh/ssh_host_\${k}_key; echo "pub $k" > /etc/ssh/ssh_host_\${k}_key.pub; done
  chmod 600 /etc/ssh/ssh_host_*_key; chown 12:34 /etc/ssh/ssh_host_b_key; touch -d 2001-02-03 /etc/ssh/ssh_host_b_key
  setfattr -n user.of -v site /etc/ssh/ssh_host_a_key
  echo '[connection]' > '/etc/NetworkManager/system-connections/wired one.nmconnection'
  echo pool > /etc/chrony/chrony.conf; echo more > /etc/chrony/conf.d/more.conf
  echo '127.0.0.1 old' > /etc/hosts; ln -sf ../usr/share/zoneinfo/Asia/Tokyo /etc/localtime
  echo ca > /usr/local/share/ca-certificates/site.crt; echo ca2 > /usr/local/share/ca-certificates/deep/other.crt
`;
const SEED = `
  rm -rf /etc/ssh/* /etc/NetworkManager /etc/chrony /usr/local/share/ca-certificates; mkdir -p /usr/local/share/ca-certificates/deep
  echo seed > /etc/ssh/ssh_host_seed_key; echo config > /etc/ssh/sshd_config
  echo '127.0.0.1 seed' > /etc/hosts; ln -sf ../usr/share/zoneinfo/UTC /etc/localtime
  echo seed > /usr/local/share/ca-certificates/seed.crt
`;

test("the site's files are taken along with all that belongs to them, and take the place of the seed's", async (t) => {
  const machine = await overlayRoot(t);
  const look = async (): Promise<string> => {
    await machine.shell('/look > /found 2>&1 || true');
    return (await machine.host.readText('/found')) ?? '';
  };
  await machine.write('/look', LOOK);
  for (const program of ['update-ca-trust', 'update-ca-certificates'])
    await machine.write(`/usr/bin/${program}`, '#!/bin/sh\ntouch /trusted\n');
  await machine.shell(OLD);
  const before = await look();
  t.regex(before, /ssh_host_b_key \S+ \S+ 600 /);
  const items = siteItems(false);
  const taken = await exportItems(machine.host, items, SITE, '/nowhere');
  t.true(taken.includes('/etc/NetworkManager/system-connections/wired one.nmconnection'));

  await machine.shell(SEED);
  t.not(await look(), before);
  const put = await putItems(machine.host, items, SITE);
  await announceItems(machine.host, put.items);
  t.deepEqual(put.paths.toSorted(), taken.toSorted());
  await machine.shell('test -e /trusted');
  await machine.shell('test ! -e /etc/ssh/ssh_host_seed_key && test -e /etc/ssh/sshd_config');
  await machine.shell('test "$(cat /usr/local/share/ca-certificates/seed.crt)" = seed');
  await machine.shell('rm /usr/local/share/ca-certificates/seed.crt');
  t.is(await look(), before);
});
