import { isInNetwork, machineAddresses } from '../../../core/tools/ip.ts';
import { type DoctorCheck, fine, warning } from '../doctor-check.ts';
import { nodeAddresses } from '../node-addresses.ts';

/**
 * A node with several addresses, one of them in the network that the seed was made in, takes that one for its own
 * unless its node address is in that network too (product guide, warning on the seed's prerequisites).
 */
export const subnet: DoctorCheck = {
  name: 'subnet',
  async look({ host, seed }) {
    const networks = (await seed())?.info.machine_networks ?? [];
    if (networks.length === 0) return fine('no seed is asked for, or it names no network');
    const isTheirs = (address: string) => networks.some((network) => isInNetwork(address, network));
    const node = await nodeAddresses(host);
    const other = (await machineAddresses(host)).find(
      ({ address }) => isTheirs(address) && !node.includes(address),
    );
    if (other === undefined || node.some(isTheirs))
      return fine(`no address but the node's own is in the seed's network (${networks.join(', ')})`);
    return warning(
      `${other.address} on ${other.device} is in the network the seed was made in (${networks.join(', ')}), but the node's own address is ${node.join(', ')}: the new system may take the wrong one`,
      `Run: ip address delete ${other.address}/${other.prefixLength} dev ${other.device}\nAnd take it out of the connection that sets it; or use a seed that was made in another network.`,
    );
  },
};
