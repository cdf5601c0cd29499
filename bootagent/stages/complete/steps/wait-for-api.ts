import { messageOf } from '../../../../core/errors/lca-error.ts';
import { withClusterClient } from '../../../../core/platform/cluster-client.ts';
import { nodePlatform } from '../../../../core/platform/index.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { StageError } from '../../stage-error.ts';
import type { CompleteContext } from '../complete-context.ts';
import { timeOfTrial } from '../time-of-trial.ts';

const PAUSE_MS = 2_000;

/** The kubelet has been started by the boot; its API server comes up in its own time. */
export const waitForApi: Step<CompleteContext> = {
  name: 'wait-for-api',
  summary: "Wait for the API of the node's cluster",

  async check({ host, proven }) {
    const { cluster } = await nodePlatform(host);
    if (cluster === undefined) return { done: true, because: 'there is no cluster' };
    // an API that has answered once may be away for a moment: what asks it next knows how to wait
    if (proven.api) return { done: true, because: 'the API has been ready' };
    const done = await withClusterClient(host, cluster, (client) => client.isReady()).catch(() => false);
    return { done, because: `the API is ${done ? '' : 'not yet '}ready` };
  },

  async apply({ host, pivot, proven, report, signal }) {
    const { cluster } = await nodePlatform(host);
    if (cluster === undefined) return;
    await report("waiting for the cluster's API");
    const { until } = await timeOfTrial(host, pivot);
    let cause: unknown;
    do {
      try {
        proven.api = await withClusterClient(host, cluster, (client) => client.isReady({ signal }));
        if (proven.api) return;
        cause = undefined;
      } catch (error) {
        signal.throwIfAborted();
        cause = error;
      }
      await host.sleep(PAUSE_MS, signal);
    } while ((await host.uptimeSeconds()) < until);
    const why = cause === undefined ? 'it says that it is not ready.' : messageOf(cause);
    throw new StageError('api-not-ready', `The API of the cluster has not come up in time: ${why}`, {
      cause,
      remedy: 'See "journalctl -u kubelet" of that boot, and the logs of kube-apiserver and etcd.',
    });
  },
};
