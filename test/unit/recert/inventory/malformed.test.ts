import test from 'ava';
import fc from 'fast-check';
import { discover } from '../../../../recert/codec/nested/index.ts';
import { encodePem } from '../../../../recert/codec/pem/index.ts';
import { relate } from '../../../../recert/graph/relate.ts';
import { Inventory } from '../../../../recert/inventory/inventory.ts';
import { KeyForge } from '../../../../recert/keys/key-forge.ts';
import { reissue } from '../../../../recert/reissue/reissue.ts';
import { smallCluster } from '../../../support/small-cluster.ts';

const TEXTS = Object.values({ ...smallCluster().files, ...smallCluster().objects }).map(String);
const NO_RULES = { keys: new Map(), certificates: new Map(), unused: [] };

function take(inventory: Inventory, name: string, bytes: Uint8Array): void {
  const { found, faults } = discover(bytes);
  for (const item of found) inventory.add(item, { origin: 'file', name, steps: item.steps }, 'claimed');
  for (const { error, steps } of faults)
    inventory.addFault({ origin: 'file', name, steps }, 'claimed', error.message);
}

test('Whatever bytes are damaged, a scan ends in faults with places and never in a crash', async (t) => {
  const damage = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.nat(TEXTS.length - 1), damage, async (index, changes) => {
      const bytes = Buffer.from(TEXTS[index] as string);
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
      const inventory = new Inventory();
      take(inventory, '/damaged', bytes);
      const graph = relate(inventory, new Set());
      for (const { message } of inventory.faults) t.true(message.startsWith('file:/damaged'), message);
      if (inventory.faults.length === 0)
        await reissue(graph, NO_RULES, new KeyForge(), { names: [], validity: 'keep', now: new Date() });
    }),
    { numRuns: 150 },
  );
});

test('Whatever DER stands in a certificate block, it is a certificate, or a fault', async (t) => {
  const [pem] = TEXTS;
  const { found } = discover(Buffer.from(pem as string));
  const der = found[0]?.bytes as Uint8Array;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ at: fc.nat(der.length - 1), byte: fc.nat(255) }), { maxLength: 4 }),
      async (changes) => {
        const damaged = Uint8Array.from(der);
        for (const { at, byte } of changes) damaged[at] = byte;
        const inventory = new Inventory();
        take(inventory, '/damaged', Buffer.from(encodePem('CERTIFICATE', damaged)));
        const graph = relate(inventory, new Set());
        t.is(inventory.certificates.size + inventory.faults.length > 0, true);
        if (inventory.faults.length === 0)
          await reissue(graph, NO_RULES, new KeyForge(), { names: [], validity: 'extend', now: new Date() });
      },
    ),
    { numRuns: 300 },
  );
});
