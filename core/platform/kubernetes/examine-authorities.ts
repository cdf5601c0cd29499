import { dirname } from 'node:path';
import type { Host } from '../../host/host.ts';
import type { SignerRole } from '../cluster.ts';
import type { PlatformExamination } from '../platform.ts';
import { type FoundAuthorities, findAuthorities } from './authorities.ts';

type Finding = Awaited<ReturnType<PlatformExamination['look']>>;

const ROLES: Readonly<Record<SignerRole, string>> = {
  server: "which signed the API server's certificate",
  clients: 'which the API server accepts clients by',
};
const OTHERWISE =
  'Otherwise hand out new kubeconfigs after the upgrade, made of /etc/kubernetes/admin.conf of the new system.';

/**
 * Whether the site's kubeconfigs stay valid: the new system's cluster takes the authorities over whose keys are here, and
 * gets new ones for all others. A warning, since some sites sign elsewhere and hand out kubeconfigs anew.
 */
export function examineAuthorities(host: Host): PlatformExamination {
  return {
    name: 'cluster-authorities',
    async look() {
      const found = await findAuthorities(host);
      const lost = [missingKey(found, 'server'), missingKey(found, 'clients')].filter(
        (one) => one !== undefined,
      );
      const [first] = lost;
      if (first === undefined)
        return { verdict: 'fine', detail: "the keys that the site's kubeconfigs depend on go along" };
      return {
        verdict: 'warning',
        detail: `the site's kubeconfigs will not be valid in the new system: ${lost.map(({ detail }) => detail).join('; ')}`,
        remedy: [...new Set(lost.map(({ remedy }) => remedy)), OTHERWISE].join(' '),
      } satisfies Finding;
    },
  };
}

/** What is missing of the authority in a role; undefined if it goes along, or there is none. */
function missingKey(
  { authorities, serving, clientCa }: FoundAuthorities,
  role: SignerRole,
): { readonly detail: string; readonly remedy: string } | undefined {
  const ours = authorities.filter(({ roles }) => roles.includes(role));
  if (ours.some(({ commonName, keyPath }) => commonName !== undefined && keyPath !== undefined))
    return undefined;
  const [authority] = ours;
  if (authority !== undefined) {
    const { certificatePath } = authority;
    return {
      detail: `the private key of ${certificatePath}, ${ROLES[role]}, is not on this node`,
      remedy: `Put it into ${certificatePath.replace(/\.\w+$/, '')}.key, readable by root alone, until the upgrade is over.`,
    };
  }
  if (role === 'clients') {
    if (clientCa === undefined) return undefined; // clients have no certificates here
    return {
      detail: `${clientCa} holds no authority, ${ROLES.clients}`,
      remedy: `See that ${clientCa} begins with the authority's certificate.`,
    };
  }
  if (serving === undefined) return undefined; // one that the API server makes anew at every start
  const beside = `${dirname(serving.path)}/server-ca`;
  const issuer = serving.certificate.issuer.replaceAll('\n', ', ');
  return {
    detail: `the authority "${issuer}" of ${serving.path}, ${ROLES.server}, is not on this node`,
    remedy: `Put its certificate into ${beside}.crt and its private key into ${beside}.key, readable by root alone, until the upgrade is over.`,
  };
}
