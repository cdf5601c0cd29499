import test from 'ava';
import {
  type Pivot,
  parsePivot,
  pivotText,
  readPivot,
  rollsBack,
  writePivot,
} from '../../../core/contract/pivot.ts';
import {
  NO_RECONFIGURATION,
  parseSeedReconfiguration,
  readSeedReconfiguration,
  seedReconfigurationText,
} from '../../../core/contract/seed-reconfiguration.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const OLD = { stateroot: 'debian', checksum: 'a'.repeat(64), deployment: `${'a'.repeat(64)}.0` };
const PIVOT: Pivot = {
  version: 1,
  nonce: '0123456789abcdef',
  seedVersion: '4.16.0',
  old: OLD,
  new: { stateroot: 'debian_4.16.0', checksum: 'b'.repeat(64), deployment: `${'b'.repeat(64)}.0` },
  armedAt: '2026-01-01T00:00:00.000Z',
  deadline: '2026-01-01T00:30:00.000Z',
  timeoutSeconds: 1800,
  attemptsLeft: 1,
  onFailure: 'roll-back',
  rollback: { postRebootConfig: true, upgradeCompletion: false, initMonitor: true },
  handedOver: true,
  state: 'armed',
  failure: null,
  armedBootId: 'x',
  attemptBootId: null,
};

test('The try-boot record is read back as it was written.', async (t) => {
  t.deepEqual(parsePivot(pivotText(PIVOT)), PIVOT);
  const host = new RecordingHost();
  await writePivot(host, PIVOT);
  t.deepEqual(await readPivot(host), { pivot: PIVOT, problem: null });
  t.deepEqual(await readPivot(new RecordingHost()), { pivot: null, problem: null });
});

test('A damaged record is set aside and told, and boot goes on.', async (t) => {
  const host = new RecordingHost().file('/var/lib/lca/pivot.json', pivotText(PIVOT).slice(0, 99));
  const { pivot, problem } = await readPivot(host);
  t.is(pivot, null);
  t.is(problem?.code, 'syntax');
  t.true(host.files.has('/var/lib/lca/pivot.json.corrupt'));
  t.throws(() => parsePivot(pivotText(PIVOT).replace('"version": 1', '"version": 2')), {
    message: /version must be 1/,
  });
});

test('A switched-off trigger does not roll back, what nobody reported always does, and "stay" stays.', (t) => {
  t.true(rollsBack(PIVOT, 'post-reboot-config'));
  t.false(rollsBack(PIVOT, 'upgrade-completion'));
  t.true(rollsBack(PIVOT, 'init-monitor'));
  t.true(rollsBack(PIVOT, 'uncontrolled'));
  t.false(rollsBack({ ...PIVOT, onFailure: 'stay' }, 'uncontrolled'));
});

test('A reconfiguration written by upstream’s tools is read: single addresses become lists, unknown fields are no matter.', (t) => {
  const read = parseSeedReconfiguration(
    JSON.stringify({
      api_version: 1,
      hostname: 'sno1',
      node_ip: '192.0.2.7',
      machine_network: '192.0.2.0/24',
      KubeconfigCryptoRetention: { IngresssCrypto: { ingress_certificate_cn: 'ingress-operator@1' } },
      proxy: { httpProxy: 'http://p' },
      additionalTrustBundle: null,
      something_newer: 1,
    }).replace('"additionalTrustBundle":null,', ''),
  );
  t.deepEqual(read.node_ips, ['192.0.2.7']);
  t.deepEqual(read.machine_networks, ['192.0.2.0/24']);
  t.is(read.KubeconfigCryptoRetention.IngresssCrypto.ingress_certificate_cn, 'ingress-operator@1');
  t.is(read.KubeconfigCryptoRetention.KubeAPICrypto.ServingCrypto.localhost_signer_private_key, '');
  t.deepEqual(read.proxy, { httpProxy: 'http://p', httpsProxy: '', noProxy: '' });
  t.is(read.status_proxy, null);
});

test('A reconfiguration with lca’s part is read back as it was written.', (t) => {
  const value = {
    ...NO_RECONFIGURATION,
    hostname: 'edge-7',
    server_ssh_keys: [{ file_name: 'ssh_host_ed25519_key', file_content: 'k' }],
    lca: {
      ...NO_RECONFIGURATION.lca,
      machine_id: 'f'.repeat(32),
      authorized_keys: {
        core: { '.ssh/authorized_keys': { text: 'k', mode: 0o644, owner: 'root' as const } },
      },
    },
  };
  t.deepEqual(parseSeedReconfiguration(seedReconfigurationText(value)), value);
});

test('A reconfiguration is refused where it is unsafe or of another version, and its secrets are never quoted.', async (t) => {
  const refused = (changes: object, message: RegExp) => {
    const error = t.throws(() => parseSeedReconfiguration(JSON.stringify({ api_version: 1, ...changes })), {
      message,
    });
    t.notRegex(error?.message ?? '', /hunter2/);
  };
  refused({ api_version: 2 }, /api_version must be 1/);
  refused(
    { server_ssh_keys: [{ file_name: '../../etc/shadow', file_content: 'hunter2' }] },
    /must be a plain file name/,
  );
  refused({ lca: { machine_id: 'hunter2' } }, /must be 32 hexadecimal digits/);
  refused({ lca: { host_name: 'hunter2' } }, /lca\.host_name is not a field/);
  const error = t.throws(() => parseSeedReconfiguration('{"pull_secret": "hunter2" oops'));
  t.regex(error?.message ?? '', /not valid JSON/);
  t.notRegex(error?.message ?? '', /hunter2/);
  await t.throwsAsync(readSeedReconfiguration(new RecordingHost()), { code: 'missing-file' });
});

test('Key files of users are named where sshd looks, and nowhere else; a text alone is one that only the user reads.', (t) => {
  const read = (file: string, value: unknown) =>
    parseSeedReconfiguration(
      JSON.stringify({ api_version: 1, lca: { authorized_keys: { core: { [file]: value } } } }),
    ).lca.authorized_keys['core'];
  for (const file of ['authorized_keys', 'authorized_keys2', 'authorized_keys.d/ib-early-access'])
    t.deepEqual(read(`.ssh/${file}`, 'key'), {
      [`.ssh/${file}`]: { text: 'key', mode: 0o600, owner: 'user' },
    });
  for (const file of ['.bashrc', '.ssh/authorized_keys.d/..', '.ssh/authorized_keys.d/../../x', '.ssh/rc'])
    t.throws(() => read(file, 'key'), { message: /authorized_keys/ }, file);
  t.throws(() => read('.ssh/authorized_keys', { text: 'key', mode: 0o4755 }));
});
