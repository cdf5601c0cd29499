import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { RealHost } from '../../../core/host/real-host.ts';
import {
  decryptStored,
  encryptStored,
  parseEncryptionConfiguration,
} from '../../../recert/codec/encryption/index.ts';
import { resolveInputs } from '../../../recert/options/inputs.ts';
import { recert } from '../../../recert/recert.ts';
import { dumpCluster } from '../../support/recert-cluster.ts';
import { layOutSmall, SMALL_CONFIG, smallCluster } from '../../support/small-cluster.ts';

const SECRET = Buffer.alloc(32, 7);

for (const provider of ['aescbc', 'aesgcm', 'secretbox'] as const) {
  test(`Values encrypted with ${provider} are opened, edited, and closed with a new key`, async (t) => {
    const { files, objects } = smallCluster();
    const key = { provider, name: 'key1', secret: SECRET };
    const encrypted = Object.fromEntries(
      Object.entries(objects).map(([name, value]) => [
        name,
        name.includes('/secrets/') ? encryptStored(Buffer.from(value), name, key) : value,
      ]),
    );
    const plainSecret = '/registry/secrets/default/unrelated';
    encrypted[plainSecret] = encryptStored(Buffer.from('{"kind":"Secret"}'), plainSecret, key);
    const root = await layOutSmall({ files, objects: encrypted });
    const path = '/etc/kubernetes/encryption.yaml';
    const config = [
      'apiVersion: apiserver.config.k8s.io/v1',
      'kind: EncryptionConfiguration # ours',
      'resources:',
      '- resources: [secrets]',
      '  providers:',
      `  - ${provider}:`,
      '      keys:',
      '      - name: key1',
      `        secret: ${SECRET.toString('base64')}`,
      '  - identity: {}',
      '',
    ].join('\n');
    mkdirSync(join(root, 'etc/kubernetes'), { recursive: true });
    writeFileSync(join(root, path), config);
    const host = new RealHost().within(root);
    const { proof } = await recert(await resolveInputs(SMALL_CONFIG, host), host);
    t.deepEqual(proof?.faults, []);
    const newConfig = readFileSync(join(root, path), 'utf8');
    t.true(newConfig.includes('# ours'));
    t.false(newConfig.includes(SECRET.toString('base64')));
    const providers = parseEncryptionConfiguration(newConfig).entries.flatMap((entry) => entry.providers);
    const after = await dumpCluster({ root, host, remove: () => undefined });
    for (const [name, { value }] of after.etcd) {
      if (!name.includes('/secrets/')) continue;
      const { plain, key: used } = decryptStored(value, name, providers);
      t.not(used?.name, 'key1', name);
      if (name === plainSecret) t.is(Buffer.from(plain).toString(), '{"kind":"Secret"}');
    }
    rmSync(root, { recursive: true });
  });
}

test('A value encrypted with a key nobody has stops the run before any write', async (t) => {
  const { files, objects } = smallCluster();
  const name = '/registry/secrets/kube-system/ca';
  const sealed = encryptStored(Buffer.from(objects[name] as string), name, {
    provider: 'aescbc',
    name: 'lost',
    secret: SECRET,
  });
  const root = await layOutSmall({ files, objects: { ...objects, [name]: sealed } });
  const host = new RealHost().within(root);
  const error = await t.throwsAsync(async () => recert(await resolveInputs(SMALL_CONFIG, host), host));
  t.regex(error?.message ?? '', /registry\/secrets\/kube-system\/ca cannot be decrypted/);
  t.is(
    readFileSync(join(root, 'etc/kubernetes/pki/ca.key'), 'utf8'),
    files['/etc/kubernetes/pki/ca.key'] as string,
  );
  rmSync(root, { recursive: true });
});
