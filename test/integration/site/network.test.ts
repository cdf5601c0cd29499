import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { readNetwork } from '../../../bootagent/site/network.ts';
import type { Argv, RunOptions } from '../../../core/host/host.ts';
import { RealHost } from '../../../core/host/real-host.ts';

const run = promisify(execFile);

/** Commands see a network of their own, and sysfs of it. */
class NamespaceHost extends RealHost {
  readonly #name: string;
  constructor(name: string) {
    super();
    this.#name = name;
  }

  override run(argv: Argv, options: RunOptions) {
    return super.run(['ip', 'netns', 'exec', this.#name, ...argv], options);
  }

  override async list(path: string): Promise<readonly string[]> {
    const options = { description: `list ${path}`, timeoutMs: 60_000 };
    return (await this.run(['ls', path], options)).stdout.trim().split('\n');
  }
}

test('Routes and addresses are read as this kernel tells them, and a pulled cable is seen.', async (t) => {
  const name = `lca-test-${process.pid}`;
  await run('ip', ['netns', 'add', name]);
  t.teardown(() => run('ip', ['netns', 'delete', name]));
  const ip = (line: string) => run('ip', ['-netns', name, ...line.split(' ')]);
  const host = new NamespaceHost(name);
  t.deepEqual(await readNetwork(host), { routed: [], addressed: [] });

  await ip('link add lan type veth peer name far');
  await ip('address add 192.0.2.7/24 dev lan');
  await ip('link set lan up');
  await ip('link set far up');
  t.deepEqual(await readNetwork(host), { routed: [], addressed: [] }, 'a pair of veths leads nowhere');

  await ip('route add default via 192.0.2.1 dev lan');
  t.deepEqual(await readNetwork(host), { routed: ['ipv4'], addressed: ['ipv4'] });
  await ip('link set far down');
  t.deepEqual((await readNetwork(host)).routed, [], 'the cable is pulled');
  await ip('link set far up');

  await ip('route add unreachable default metric 500');
  t.deepEqual((await readNetwork(host)).routed, ['ipv4']);
  await ip('route delete default via 192.0.2.1 dev lan');
  t.deepEqual((await readNetwork(host)).routed, [], 'what is left leads nowhere');

  await ip('-6 address add 2001:db8::7/64 dev lan nodad');
  await ip('-6 route add default via 2001:db8::1 dev lan');
  t.deepEqual(await readNetwork(host), { routed: ['ipv6'], addressed: ['ipv4', 'ipv6'] });
});
