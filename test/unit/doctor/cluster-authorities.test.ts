import test from 'ava';
import type { Answer, DoctorContext } from '../../../bootagent/doctor/doctor-check.ts';
import { nodeChecks } from '../../../bootagent/doctor/examine.ts';
import { authorityCertificate, authorityKey, authorityNode } from '../../support/authority-node.ts';
import type { RecordingHost } from '../../support/recording-host.ts';

const FLAGS = { 'client-ca-file': '/srv/tls/ca.pem', 'tls-cert-file': '/srv/tls/api.crt' };

/** The doctor's and Prep's list has it for a node with a cluster. */
async function look(host: RecordingHost): Promise<Answer> {
  const check = (await nodeChecks(host)).find(({ name }) => name === 'cluster-authorities');
  if (check === undefined) throw new Error('Nobody asks for the authorities.');
  return check.look({} as DoctorContext);
}

/** Where a remedy wants something put. */
const wanted = (answer: Answer, what: string): string =>
  new RegExp(`${what} into (\\S+?\\.\\w+)[ ,]`).exec(answer.remedy ?? '')?.[1] ?? `no ${what}`;

test('an authority without its key here is warned of, and goes along once the key is where the remedy says', async (t) => {
  const host = authorityNode(FLAGS).file('/srv/tls/ca.pem', authorityCertificate(1));
  const red = await look(host);
  t.is(red.verdict, 'warning');
  t.regex(
    red.detail,
    /^the site's kubeconfigs will not be valid in the new system: the private key of \/srv/,
  );
  t.regex(red.remedy ?? '', /Otherwise hand out new kubeconfigs after the upgrade/);
  t.is(wanted(red, 'Put it'), '/srv/tls/ca.key');
  host.file(wanted(red, 'Put it'), authorityKey(1));
  t.is((await look(host)).verdict, 'fine');
});

test('an authority of the API server that is not on the node at all is put where the remedy says', async (t) => {
  const host = authorityNode(FLAGS)
    .file('/srv/tls/ca.pem', authorityCertificate(2))
    .file('/srv/tls/ca-key.pem', authorityKey(2));
  const red = await look(host);
  t.is(red.verdict, 'warning');
  t.regex(red.detail, /the authority "CN=authority 1" of \/srv\/tls\/api\.crt, .* is not on this node$/);
  host.file(wanted(red, 'Put its certificate'), authorityCertificate(1));
  host.file(wanted(red, 'its private key'), authorityKey(1));
  t.is((await look(host)).verdict, 'fine');
});

test("a clients' file that holds no authority is warned of, and well once it begins with one", async (t) => {
  const host = authorityNode({ ...FLAGS, 'client-ca-file': '/srv/tls/clients.txt' })
    .file('/srv/tls/ca.pem', authorityCertificate(1))
    .file('/srv/tls/ca.key', authorityKey(1));
  const red = await look(host);
  t.is(red.verdict, 'warning');
  t.regex(red.remedy ?? '', /^See that \/srv\/tls\/clients\.txt begins with the authority's certificate\./);
  host.file('/srv/tls/clients.txt', authorityCertificate(1));
  t.is((await look(host)).verdict, 'fine');
});

test('where clients have no certificates, and the API server makes its own, nothing depends on a key', async (t) => {
  t.is((await look(authorityNode({}))).verdict, 'fine');
});
