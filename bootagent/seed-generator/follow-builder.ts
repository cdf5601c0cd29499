import { SEED_GENERATOR_DIRECTORY, SEED_RESULT_PATH } from '../../core/contract/paths.ts';
import type { SeedGenerator, SeedGeneratorStatus } from '../../core/contract/seed-generator.ts';
import { readSeedResult, type SeedResult } from '../../core/contract/seed-result.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import { seedCredentials } from './admission.ts';
import type { Generation } from './generation.ts';
import { putInOrder } from './put-in-order.ts';
import { BUILDER_UNIT } from './seed-builder.ts';
import { end, say } from './tell.ts';

const AUTH_PATH = `${SEED_GENERATOR_DIRECTORY}/auth.json`;
const FOLLOW_MS = 2000;
const REST_MS = 60_000;

/** What upstream puts before the cause when its builder ended badly (seed-image.md 1.4). */
const BUILDER_FAILED = 'Seed generation failed: imager container status check failed';
/** The builder's steps that only look: what they refuse is told as it is. */
const LOOKING = ['check-node', 'check-cluster'];

/**
 * Puts the credentials where the builder reads them, says that it is launched, and launches it: in this order, so that
 * an agent that is killed in between knows that it may have to.
 */
export async function launch(
  generation: Generation,
  before: SeedGeneratorStatus,
  wish: SeedGenerator,
): Promise<number> {
  const { host } = generation;
  let status = await say(generation, before, 'Starting seed generation');
  const auth = await seedCredentials(host);
  status = await say(generation, status, 'Preparing for seed generation');
  await host.remove(SEED_GENERATOR_DIRECTORY);
  await host.makeDirectory(SEED_GENERATOR_DIRECTORY, 0o700);
  await host.writeAtomic(AUTH_PATH, auth, { mode: 0o600 });
  await say(generation, status, 'Launching imager container', true);
  await start(generation, wish);
  return FOLLOW_MS;
}

async function start({ builder, gate }: Generation, { seedImage }: SeedGenerator): Promise<void> {
  gate.isStarted = true;
  await builder.start({ seedImage, authFile: AUTH_PATH, resultPath: SEED_RESULT_PATH });
}

/**
 * Follows the builder by what it leaves on record. It may end while nobody follows it, or be killed: by a power cut,
 * say, with the cluster at rest and its crypto expired. Then what it has left is made good first.
 *
 * @param wish undefined: seedgenerator.yaml is not there any more, or not legible
 */
export async function followBuilder(
  generation: Generation,
  status: SeedGeneratorStatus,
  wish: SeedGenerator | undefined,
): Promise<number> {
  const { host, builder, gate } = generation;
  let result = await readSeedResult(host);
  if (result === undefined || result.state === 'running') {
    if (await builder.isRunning()) return FOLLOW_MS;
    result = await readSeedResult(host); // it may have ended just now
  }
  if (result?.state === 'completed') return finish(generation, status);
  const isUnstarted = !gate.isStarted && (await host.stat(AUTH_PATH)) !== undefined;
  if (result === undefined && wish !== undefined && isUnstarted) return startAgain(generation, status, wish);
  if (result?.state !== 'failed') {
    const again = await putInOrder(generation, status);
    if (again !== undefined) return again;
  }
  return fail(generation, status, failureText(result));
}

/** The agent was stopped between saying so and starting the builder. */
async function startAgain(
  generation: Generation,
  status: SeedGeneratorStatus,
  wish: SeedGenerator,
): Promise<number> {
  try {
    await start(generation, wish);
    return FOLLOW_MS;
  } catch (error) {
    return fail(generation, status, `${BUILDER_FAILED}: ${messageOf(error)}`);
  }
}

async function finish(generation: Generation, before: SeedGeneratorStatus): Promise<number> {
  const { host, signal } = generation;
  const status = await say(generation, before, 'Finalizing seed generation');
  const api = await (await nodePlatform(host)).kubernetesApi(host);
  const isBack = api === null || (await api.isReady({ signal }));
  api?.close();
  if (!isBack) return FOLLOW_MS;
  await end(generation, status, 'Completed', '');
  await host.remove(SEED_GENERATOR_DIRECTORY);
  return REST_MS;
}

async function fail(generation: Generation, status: SeedGeneratorStatus, message: string): Promise<number> {
  await end(generation, status, 'Failed', message);
  await generation.host.remove(SEED_GENERATOR_DIRECTORY);
  return REST_MS;
}

function failureText(result: SeedResult | undefined): string {
  const failure = result?.failure;
  if (failure === undefined || failure === null)
    return `${BUILDER_FAILED}: the builder was gone before it ended (journalctl -u ${BUILDER_UNIT}); the node was put in order again`;
  if (failure.code === 'no-container-partition')
    return 'Rejected: Cluster must be configured with shared container storage';
  if (LOOKING.includes(failure.step)) return failure.message;
  const where = failure.step === 'none' ? '' : `${failure.step}: `;
  return `${BUILDER_FAILED}: ${where}${failure.message}`;
}
