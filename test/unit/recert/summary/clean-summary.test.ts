import test from 'ava';
import { stringify } from 'yaml';
import { discover } from '../../../../recert/codec/nested/index.ts';
import { relate } from '../../../../recert/graph/relate.ts';
import { Inventory } from '../../../../recert/inventory/inventory.ts';
import { KeyForge } from '../../../../recert/keys/key-forge.ts';
import type { RecertInputs } from '../../../../recert/options/inputs.ts';
import type { RecertResult } from '../../../../recert/recert.ts';
import { reissue } from '../../../../recert/reissue/reissue.ts';
import { summary } from '../../../../recert/summary/write-summaries.ts';
import { smallCluster } from '../../../support/small-cluster.ts';

test('The clean summary holds no key, token or password, the full one does', async (t) => {
  const inventory = new Inventory();
  for (const [name, text] of Object.entries(smallCluster().files)) {
    for (const item of discover(Buffer.from(text)).found) {
      inventory.add(item, { origin: 'file', name, steps: item.steps }, 'claimed');
    }
  }
  const graph = relate(inventory, new Set());
  const rules = { keys: new Map(), certificates: new Map(), unused: [] };
  const reissued = await reissue(graph, rules, new KeyForge(), {
    names: [],
    validity: 'keep',
    now: new Date(),
  });
  const config = {
    use_key_rules: ['x:-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
    pull_secret: '{"auths":{"secret-registry":{}}}',
    kubeadmin_password_hash: '$2a$10$secret-hash',
    install_config: 'pullSecret: secret-registry',
  };
  const inputs = { config } as unknown as RecertInputs;
  const result = { made: { graph, reissued }, warnings: [], times: { scan: 1.5 } } as unknown as RecertResult;
  const text = (isClean: boolean) => stringify(summary(inputs, result, undefined, isClean));
  const secrets = ['PRIVATE KEY', 'secret-registry', 'secret-hash', 'eyJ'];
  for (const secret of secrets) {
    t.false(text(true).includes(secret), secret);
    t.true(text(false).includes(secret), secret);
  }
  t.true(text(true).includes('scan_run_time: 1.500s'));
});
