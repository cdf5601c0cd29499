import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { RealHost } from '../../../../core/host/real-host.ts';
import { parseConfig } from '../../../../recert/options/config.ts';
import { resolveInputs } from '../../../../recert/options/inputs.ts';
import { parseNameRule, readUseKeyRule } from '../../../../recert/options/rules.ts';
import { RecertError } from '../../../../recert/recert-error.ts';
import { testKey } from '../../../support/certificate-maker.ts';

test("An existing caller's configuration file is read", async (t) => {
  const config = parseConfig(
    [
      'etcd_endpoint: localhost:2379',
      'crypto_dirs: [/kubelet, /kubernetes, /machine-config-daemon]',
      'crypto_files: [/host-etc/mcs-machine-config-content.json]',
      'cluster_customization_dirs: [/kubelet, /kubernetes]',
      'cn_san_replace_rules:',
      '- system:node:a,system:node:b',
      '- api.a.example:api.b.example',
      'ip: 192.168.1.1',
      'hostname: b',
      'extend_expiration: true',
      'summary_file_clean: /kubernetes/recert-summary.yaml',
      'kubeadmin_password_hash: ""',
    ].join('\n'),
    'config.yaml',
  );
  const inputs = await resolveInputs(config, new RealHost());
  t.deepEqual(inputs.database, { endpoint: 'localhost:2379' });
  t.is(inputs.validity, 'extend');
  t.deepEqual(inputs.ips, ['192.168.1.1']);
  t.is(inputs.kubeadminPasswordHash, '');
  t.deepEqual(inputs.names, [
    { kind: 'exact', from: 'system:node:a', to: 'system:node:b' },
    { kind: 'exact', from: 'api.a.example', to: 'api.b.example' },
  ]);
});

test('Unknown keys, wrong types and too many addresses are named', (t) => {
  const error = t.throws(() => parseConfig('cripto_dirs: []\nip: [a, b, c]\nthreads: many\n', 'c.yaml'), {
    instanceOf: RecertError,
  });
  t.regex(error?.message ?? '', /cripto_dirs/);
  t.is(error?.faults.length, 3);
  t.throws(() => parseConfig('- a\n', 'c.yaml'), { instanceOf: RecertError });
});

test('Replacement rules take a colon, or a comma where names hold colons', (t) => {
  t.deepEqual(parseNameRule('fd00::1,fd00::2', 'exact'), { kind: 'exact', from: 'fd00::1', to: 'fd00::2' });
  for (const rule of ['a', 'a:b:c', 'a,', ':b'])
    t.throws(() => parseNameRule(rule, 'exact'), { instanceOf: RecertError });
});

test('A use-key rule may be a path or the key itself, and its name may hold colons', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'lca-options-'));
  const pem = testKey('p256', 500).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const path = join(directory, 'ca.key');
  writeFileSync(path, pem);
  const host = new RealHost();
  for (const [rule, name] of [
    [`signer:${path}`, 'signer'],
    [`signer ${path}`, 'signer'],
    [`system:node:x:${path}`, 'system:node:x'],
    [`ingress-operator@17:${pem}`, 'ingress-operator@17'],
    [`ingress ${pem}`, 'ingress'],
  ] as const) {
    t.is((await readUseKeyRule(rule, host)).commonName, name);
  }
  const error = await t.throwsAsync(
    readUseKeyRule('x:-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n', host),
  );
  t.notRegex(error?.message ?? '', /c2VjcmV0/, 'a message never holds a key');
  rmSync(directory, { recursive: true });
});
