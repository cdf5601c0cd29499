import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { rollbackExpiration } from '../../../../bootagent/stages/complete/rollback-expiration.ts';
import { RealHost } from '../../../../core/host/real-host.ts';
import { certificateUntil } from '../../../support/test-certificate.ts';

const KEY = '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n';

/** A machine whose old stateroot has a kubelet with certificates that end then. */
function machine(t: ExecutionContext, ends: Readonly<Record<string, string>>): RealHost {
  const root = mkdtempSync(join(tmpdir(), 'lca-rollback-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  const pki = join(root, 'ostree/deploy/old/var/lib/kubelet/pki');
  mkdirSync(pki, { recursive: true });
  for (const [name, end] of Object.entries(ends)) {
    writeFileSync(join(pki, `${name}-2026.pem`), certificateUntil(new Date(end)) + KEY);
    // as the kubelet makes it: absolute, as its own system sees it
    symlinkSync(`/var/lib/kubelet/pki/${name}-2026.pem`, join(pki, `${name}-current.pem`));
  }
  return new RealHost({ root });
}

test('The way back is open until half an hour before the first of the old kubelet’s certificates ends', async (t) => {
  const host = machine(t, {
    'kubelet-client': '2027-03-01T12:00:00Z',
    'kubelet-server': '2027-02-01T12:00:00Z',
  });
  t.deepEqual(await rollbackExpiration(host, 'old'), new Date('2027-02-01T11:30:00Z'));
});

test('One certificate is enough, and without a kubelet there is no end', async (t) => {
  const one = machine(t, { 'kubelet-client': '2027-03-01T12:00:00Z' });
  t.deepEqual(await rollbackExpiration(one, 'old'), new Date('2027-03-01T11:30:00Z'));
  t.is(await rollbackExpiration(machine(t, {}), 'old'), undefined);
});

test('What is no certificate is an error, not a wrong date', async (t) => {
  const host = machine(t, {});
  const path = '/ostree/deploy/old/var/lib/kubelet/pki/kubelet-client-current.pem';
  await host.writeAtomic(path, KEY);
  await t.throwsAsync(rollbackExpiration(host, 'old'));
});
