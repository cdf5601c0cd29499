import test from 'ava';
import { networkCheck } from '../../../bootagent/health/network-check.ts';
import { readNetwork } from '../../../bootagent/site/network.ts';
import { SITE_NETWORK_PATH } from '../../../core/contract/paths.ts';
import { RecordingHost } from '../../support/recording-host.ts';

interface Machine {
  /** Of IPv4, and of IPv6, as `ip -json route show default` prints them. */
  readonly routes?: readonly [object[], object[]];
  /** By device. */
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  /** What sysfs has below devices. */
  readonly devices?: Readonly<Record<string, readonly string[]>>;
}

const LINES = /^ip -json -(4|6) route show default/;

function machine({ routes = [[], []], addresses = {}, devices = {} }: Machine): RecordingHost {
  const host = new RecordingHost().file('/proc/sys/net/ipv6/conf/all/forwarding', '0\n');
  const [ipv4, ipv6] = routes;
  host.on(LINES, ([, , flag]) => JSON.stringify(flag === '-4' ? ipv4 : ipv6));
  const links = Object.entries(addresses).map(([ifname, all]) => ({
    ifname,
    addr_info: all.map((local) => ({ local, prefixlen: 24 })),
  }));
  host.on(/^ip -json address show scope global/, JSON.stringify(links));
  for (const [device, entries] of Object.entries(devices)) {
    for (const entry of entries) host.file(`/sys/class/net/${device}/${entry}`, '');
  }
  return host;
}

const over = (dev: string, flags: string[] = []) => ({ dst: 'default', gateway: '192.0.2.1', dev, flags });

test('A default route is a way out, but for one without a cable and one that leads nowhere.', async (t) => {
  const addresses = { eth0: ['192.0.2.7', '2001:db8::7'] };
  const of = (ipv4: object[], ipv6: object[]) =>
    readNetwork(machine({ routes: [ipv4, ipv6], addresses, devices: { eth0: ['device'] } }));
  const both = ['ipv4', 'ipv6'] as const;
  t.deepEqual(await of([over('eth0')], [over('eth0')]), { routed: both, addressed: both });
  t.deepEqual(await of([over('eth0', ['linkdown'])], []), { routed: [], addressed: both });
  t.deepEqual((await of([], [{ type: 'unreachable', dst: 'default', dev: 'lo', flags: [] }])).routed, []);
});

test('Addresses count on hardware and on what lies on it, and not on bridges of containers.', async (t) => {
  const addresses = { podman0: ['10.88.0.1'], veth1: ['10.88.0.9'] };
  const devices = {
    eth0: ['device'],
    bond0: ['bonding', 'lower_eth0'],
    'bond0.7': ['lower_bond0'],
    podman0: ['bridge', 'lower_veth1'],
    veth1: ['upper_podman0'],
  };
  t.deepEqual((await readNetwork(machine({ addresses, devices }))).addressed, []);
  const wired = { ...addresses, 'bond0.7': ['2001:db8::7'] };
  t.deepEqual((await readNetwork(machine({ addresses: wired, devices }))).addressed, ['ipv6']);
  // a device that sysfs knows nothing of (Open vSwitch) and that the default route uses
  const routed = machine({ addresses: { 'br-ex': ['192.0.2.7'] }, routes: [[over('br-ex')], []] });
  t.deepEqual(await readNetwork(routed), { routed: ['ipv4'], addressed: ['ipv4'] });
});

test('A kernel without IPv6 is not asked for its routes.', async (t) => {
  const host = machine({ routes: [[], [over('eth0')]] });
  host.files.delete('/proc/sys/net/ipv6/conf/all/forwarding');
  t.deepEqual(await readNetwork(host), { routed: [], addressed: [] });
});

test('A new system that cannot be reached as the old one could is not well, and says in what.', async (t) => {
  const look = (now: Machine, before?: object) => {
    const host = machine(now);
    if (before !== undefined) host.file(SITE_NETWORK_PATH, JSON.stringify(before));
    return networkCheck(host).look(new AbortController().signal);
  };
  const before = { routed: ['ipv4'], addressed: ['ipv4', 'ipv6'] };
  const addresses = { eth0: ['192.0.2.8', '2001:db8::8'] };
  const devices = { eth0: ['device'] };
  t.true((await look({ addresses, devices, routes: [[over('eth0')], []] }, before)).well);
  t.deepEqual(await look({ addresses, devices }, before), {
    well: false,
    detail: 'no default route for IPv4, which the old system had',
  });
  t.deepEqual(await look({}, before), {
    well: false,
    detail:
      'no IPv4 address, which the old system had, no IPv6 address, which the old system had, no default route for IPv4, which the old system had',
  });
  t.true((await look({})).well, 'an old system that noted nothing asks for nothing');
});
