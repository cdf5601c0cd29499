import { createHash, sign, X509Certificate } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { relate } from '../../../../recert/graph/relate.ts';
import { Inventory } from '../../../../recert/inventory/inventory.ts';
import { KeyForge } from '../../../../recert/keys/key-forge.ts';
import { keyIdOf } from '../../../../recert/keys/key-kind.ts';
import { reissue } from '../../../../recert/reissue/reissue.ts';
import { tokenKeyId } from '../../../../recert/token/token-signature.ts';
import { makeCertificate, type TestKeyKind, testKey } from '../../../support/certificate-maker.ts';

const KINDS: readonly TestKeyKind[] = ['p256', 'ed25519', 'p384'];
const POLICY = { names: [], validity: 'keep', now: new Date() } as const;
const NO_RULES = { keys: new Map(), certificates: new Map(), unused: [] };

/** A certificate of a random hierarchy: its key, and the index of an earlier one (or its own) whose key signs it. */
interface Wanted {
  readonly key: number;
  readonly parent: number;
  readonly isPrivateKeyThere: boolean;
}

const HIERARCHY = fc.array(
  fc.record({ key: fc.nat(9), parent: fc.nat(20), isPrivateKeyThere: fc.boolean() }),
  { minLength: 1, maxLength: 12 },
);

function keyOf(index: number) {
  return testKey(KINDS[index % KINDS.length] as TestKeyKind, 100 + index);
}

/** Certificates sharing keys and subjects: renewals and cross-signing come about by themselves. */
function build(wanted: readonly Wanted[]): Inventory {
  const inventory = new Inventory();
  const at = (name: string) => ({ origin: 'file', name, steps: [{ lens: 'pem', at: '0' }] }) as const;
  for (const [index, { key, parent, isPrivateKeyThere }] of wanted.entries()) {
    const signerIndex = (wanted[parent % (index + 1)] as Wanted).key;
    const subject = keyOf(key);
    const signer = keyOf(signerIndex);
    const der = makeCertificate({
      subject: `name ${key % 4}`,
      issuer: `name ${signerIndex % 4}`,
      key: subject.publicKey,
      signer: signer.privateKey,
      signerPublic: signer.publicKey,
      serial: index + 1,
      identifiers: 'sha256',
    });
    const steps = [{ lens: 'pem', at: '0' }] as const;
    inventory.add({ kind: 'pem', label: 'CERTIFICATE', bytes: der, steps }, at(`/c${index}`), 'claimed');
    if (isPrivateKeyThere) {
      const bytes = subject.privateKey.export({ type: 'pkcs8', format: 'der' });
      inventory.add({ kind: 'pem', label: 'PRIVATE KEY', bytes, steps }, at(`/k${index}`), 'claimed');
    }
  }
  return inventory;
}

test('In any hierarchy every new certificate verifies under the successor of the key that signed the old one', async (t) => {
  await fc.assert(
    fc.asyncProperty(HIERARCHY, async (wanted) => {
      const inventory = build(wanted);
      t.deepEqual(inventory.faults, []);
      const graph = relate(inventory, new Set());
      const { keys, certificates } = await reissue(graph, NO_RULES, new KeyForge(), POLICY);
      for (const [index, { key, parent }] of wanted.entries()) {
        const signer = keyOf((wanted[parent % (index + 1)] as Wanted).key);
        const place = `/c${index}`;
        const node = graph.certificates
          .values()
          .find(({ item }) => item.occurrences.some(({ location }) => location.name === place));
        const again = new X509Certificate(certificates.get(node?.item.id ?? '') as Uint8Array);
        const newKey = keys.get(keyIdOf(keyOf(key).publicKey));
        const newSigner = keys.get(keyIdOf(signer.publicKey));
        t.true(newKey !== undefined && again.checkPrivateKey(newKey.privateKey));
        t.true(newSigner !== undefined && again.verify(newSigner.publicKey));
      }
      const newIds = new Set(keys.values().map(({ publicKey }) => keyIdOf(publicKey)));
      t.is(newIds.size, keys.size, 'every key has a successor of its own');
      t.true(
        [...inventory.keys.keys()].every((id) => !newIds.has(id)),
        'no old key survives',
      );
    }),
    { numRuns: 40 },
  );
});

test('Orphans of one unseen issuer are siblings again', async (t) => {
  const inventory = new Inventory();
  const issuer = testKey('p256', 200);
  for (const index of [1, 2]) {
    const bytes = makeCertificate({
      subject: `orphan ${index}`,
      issuer: 'nobody knows',
      key: testKey('p256', 200 + index).publicKey,
      signer: issuer.privateKey,
      signerPublic: issuer.publicKey,
      identifiers: 'sha1',
    });
    const steps = [{ lens: 'pem', at: '0' }] as const;
    inventory.add(
      { kind: 'pem', label: 'CERTIFICATE', bytes, steps },
      { origin: 'file', name: `/o${index}`, steps },
      'claimed',
    );
  }
  const graph = relate(inventory, new Set());
  const { keys, certificates } = await reissue(graph, NO_RULES, new KeyForge(), POLICY);
  const [unseen, ...others] = keys.entries().filter(([id]) => id.startsWith('unseen:'));
  t.deepEqual(others, []);
  for (const der of certificates.values())
    t.true(new X509Certificate(der).verify(unseen?.[1].publicKey as never));
});

test('External certificates, what only they signed, and the keys of both are left alone', (t) => {
  const inventory = new Inventory();
  const root = testKey('p256', 210);
  const user = testKey('p256', 211);
  const steps = [{ lens: 'pem', at: '0' }] as const;
  const add = (name: string, label: string, bytes: Uint8Array) =>
    inventory.add({ kind: 'pem', label, bytes, steps }, { origin: 'file', name, steps }, 'claimed');
  const rootDer = makeCertificate({
    subject: 'public',
    issuer: 'public',
    key: root.publicKey,
    signer: root.privateKey,
  });
  add('/bundle', 'CERTIFICATE', rootDer);
  add(
    '/tls.crt',
    'CERTIFICATE',
    makeCertificate({ subject: 'shop', issuer: 'public', key: user.publicKey, signer: root.privateKey }),
  );
  add('/tls.key', 'PRIVATE KEY', user.privateKey.export({ type: 'pkcs8', format: 'der' }));
  const external = new Set([createHash('sha256').update(rootDer).digest('hex')]);
  const graph = relate(inventory, external);
  t.deepEqual(
    graph.certificates
      .values()
      .map(({ fate }) => fate)
      .toArray(),
    ['external', 'external'],
  );
  t.is(graph.keys.get(keyIdOf(user.publicKey))?.fate, 'external');
});

test('Swept things are re-issued when they hang on claimed ones, and reported when they do not', (t) => {
  const inventory = new Inventory();
  const steps = [{ lens: 'pem', at: '0' }] as const;
  const own = testKey('p256', 220);
  const strange = testKey('p256', 221);
  const add = (name: string, claim: 'claimed' | 'swept', bytes: Uint8Array) =>
    inventory.add(
      { kind: 'pem', label: 'CERTIFICATE', bytes, steps },
      { origin: 'file', name, steps },
      claim,
    );
  add(
    '/ca.crt',
    'claimed',
    makeCertificate({ subject: 'ca', issuer: 'ca', key: own.publicKey, signer: own.privateKey }),
  );
  add(
    '/odd/client',
    'swept',
    makeCertificate({
      subject: 'client',
      issuer: 'ca',
      key: testKey('p256', 222).publicKey,
      signer: own.privateKey,
    }),
  );
  add(
    '/odd/other',
    'swept',
    makeCertificate({ subject: 'x', issuer: 'x', key: strange.publicKey, signer: strange.privateKey }),
  );
  const graph = relate(inventory, new Set());
  t.deepEqual(
    graph.certificates
      .values()
      .map(({ fate }) => fate)
      .toArray(),
    ['reissue', 'reissue', 'unclaimed'],
  );
  t.is(graph.keys.get(keyIdOf(strange.publicKey))?.fate, 'unclaimed');
});

test('A token is signed again by the successor of its signer, its key id follows and its payload stays', async (t) => {
  for (const [kind, alg] of [
    ['rsa', 'RS256'],
    ['p256', 'ES256'],
    ['p384', 'ES384'],
  ] as const) {
    const signer = testKey(kind, 230);
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const payload = encode({ iss: 'https://kubernetes.default.svc', sub: 'system:serviceaccount:a:b' });
    const input = `${encode({ alg, kid: tokenKeyId(signer.publicKey) })}.${payload}`;
    const digest = alg.endsWith('384') ? 'sha384' : 'sha256';
    const signature = sign(digest, Buffer.from(input), { key: signer.privateKey, dsaEncoding: 'ieee-p1363' });
    const inventory = new Inventory();
    const location = { origin: 'file', name: '/token', steps: [{ lens: 'jwt', at: '0' }] } as const;
    const bytes = Buffer.from(`${input}.${signature.toString('base64url')}`);
    inventory.add({ kind: 'jwt', bytes, steps: location.steps }, location, 'claimed');
    const pub = signer.publicKey.export({ type: 'spki', format: 'der' });
    inventory.add(
      { kind: 'pem', label: 'PUBLIC KEY', bytes: pub, steps: [] },
      { ...location, name: '/sa.pub' },
      'claimed',
    );
    const graph = relate(inventory, new Set());
    const { tokens, keys } = await reissue(graph, NO_RULES, new KeyForge(), POLICY);
    const [token] = tokens.values();
    const again = new Inventory();
    again.add(
      { kind: 'jwt', bytes: Buffer.from(token as string), steps: location.steps },
      location,
      'claimed',
    );
    const newKey = keys.get(keyIdOf(signer.publicKey))?.publicKey as never;
    const newDer = (newKey as { export(o: object): Buffer }).export({ type: 'spki', format: 'der' });
    again.add(
      { kind: 'pem', label: 'PUBLIC KEY', bytes: newDer, steps: [] },
      { ...location, name: '/sa.pub' },
      'claimed',
    );
    t.is([...relate(again, new Set()).tokens.values()][0]?.signerId, keyIdOf(newKey), alg);
    t.is((token as string).split('.')[1], payload);
    const header = JSON.parse(Buffer.from((token as string).split('.')[0] as string, 'base64url').toString());
    t.is(header.kid, tokenKeyId(newKey));
  }
});
