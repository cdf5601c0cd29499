import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { SITE_NETWORK_PATH } from './paths.ts';
import type { ReadOnly } from './read-only.ts';
import { parseJson } from './source.ts';
import { validate } from './validate.ts';

const families = z.array(z.enum(['ipv4', 'ipv6']));

/** A file of its own beside the site's manifest, so that a seed with an older lca passes over it. */
const schema = z.object({
  /** IP versions with a default route. */
  routed: families,
  /** IP versions with an address on a network that leads out of the machine. */
  addressed: families,
});

/** By which IP versions a node can be reached, and reaches others. */
export type SiteNetwork = ReadOnly<z.output<typeof schema>>;

/**
 * How the old system was reached, for the new one to be measured by; undefined where nobody noted it.
 *
 * @throws ContractError if the file is damaged
 */
export async function readSiteNetwork(
  host: Host,
  path: string = SITE_NETWORK_PATH,
): Promise<SiteNetwork | undefined> {
  const text = await host.readText(path);
  return text === undefined
    ? undefined
    : validate(parseJson(path, text), schema, "the note of the old system's network");
}

export async function writeSiteNetwork(host: Host, network: SiteNetwork, path: string): Promise<void> {
  await host.writeAtomic(path, `${JSON.stringify(network)}\n`, { mode: 0o600 });
}
