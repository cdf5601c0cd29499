// Runs a re-issue of a small cluster and kills itself, as a power cut would: after the given number of writes, or before
// a file whose path ends in the given words is written.
import type { Host } from '../../core/host/host.ts';
import { RealHost } from '../../core/host/real-host.ts';
import { resolveInputs } from '../../recert/options/inputs.ts';
import { recert } from '../../recert/recert.ts';
import { SMALL_CONFIG } from './small-cluster.ts';

const [root = '', killAfter = '0', killBefore] = process.argv.slice(2);
const host = new RealHost().within(root);
const writeAtomic: Host['writeAtomic'] = host.writeAtomic.bind(host);
host.writeAtomic = async (path, data, options) => {
  if (killBefore !== undefined && path.endsWith(killBefore)) process.kill(process.pid, 'SIGKILL');
  await writeAtomic(path, data, options);
};
let writes = 0;
const inputs = await resolveInputs({ ...SMALL_CONFIG, etcd_forget_history: true }, host);
const { outcome, ledger } = await recert(inputs, host, {
  changesAtOnce: 2,
  onWrite: () => {
    writes += 1;
    if (writes === Number(killAfter)) process.kill(process.pid, 'SIGKILL');
  },
});
process.stdout.write(JSON.stringify({ outcome, writes, keys: ledger.keys.map((key) => key.new) }));
