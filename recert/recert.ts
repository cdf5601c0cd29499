import type { Host } from '../core/host/host.ts';
import type { EtcdClient } from '../core/tools/etcd-client.ts';
import type { ReissuePolicy } from './certificate/reissue-certificate.ts';
import { changeFurther } from './change-further.ts';
import { applyStage } from './commit/apply.ts';
import { finishForgetting, forgetHistory } from './commit/forget-history.ts';
import { type OpenStage, readStage, type Stage, shredStage, writeStage } from './commit/stage.ts';
import { findCipher } from './encryption/find-cipher.ts';
import { PLAIN_CIPHER } from './encryption/plain-cipher.ts';
import type { Graph } from './graph/graph.ts';
import { relate } from './graph/relate.ts';
import { restrictToChanged, restrictToNothing } from './graph/restrict.ts';
import { Inventory } from './inventory/inventory.ts';
import { refuseFaults } from './inventory/refuse-faults.ts';
import { KeyForge } from './keys/key-forge.ts';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import { openWhileScanning, type Read } from './open-while-scanning.ts';
import type { RecertInputs } from './options/inputs.ts';
import { RecertError } from './recert-error.ts';
import type { RecertHooks, RecertResult } from './recert-result.ts';
import { fitGivenCrypto, type GivenCrypto } from './reissue/given-crypto.ts';
import { putInPlace } from './reissue/put-in-place.ts';
import { type Reissued, reissue } from './reissue/reissue.ts';
import { updateValidityAnnotations } from './reissue/validity-annotations.ts';
import { findNode } from './rename/find-node.ts';
import { renameNode } from './rename/rename-node.ts';
import { externalCertificates } from './scan/external.ts';
import { rootsOf } from './scan/roots.ts';
import { scanEtcd } from './scan/scan-etcd.ts';
import { keptLedger } from './verify/kept-ledger.ts';
import type { Ledger } from './verify/ledger.ts';
import { readLedger, saveLedger } from './verify/ledger-file.ts';
import { type Proof, prove } from './verify/prove.ts';
import { writeLedger } from './verify/write-ledger.ts';
import type { Cipher } from './workspace/cipher.ts';
import { EtcdOverlay } from './workspace/etcd-overlay.ts';
import type { Workspace } from './workspace/workspace.ts';

export type { RecertHooks, RecertResult } from './recert-result.ts';

/**
 * Re-issues the crypto of a stopped single-node cluster: reads everything, computes everything in memory, stages it
 * durably, applies it, proves it. Nothing is written before all of it is known to be writable. Killed anywhere, the
 * next run either finishes with the very same new keys or starts from an untouched cluster.
 *
 * @throws RecertError, EtcdError, HostError, CodecError
 */
export async function recert(
  inputs: RecertInputs,
  host: Host,
  hooks: RecertHooks = {},
): Promise<RecertResult> {
  const run = new Run(inputs, host, hooks);
  const earlier = await run.finishEarlier();
  return earlier ?? (await run.start());
}

/** Why a run cannot repeat what a ledger promises. @throws RecertError `proof-failed` */
function refuseUnproved(proof: Proof): void {
  if (proof.faults.length === 0) return;
  throw new RecertError('proof-failed', `The result does not hold what was promised: ${proof.faults[0]}`, {
    faults: proof.faults,
  });
}

/** What a run has made before it changes anything. */
interface Prepared {
  readonly ledger: Ledger;
  /** Kept for the summaries alone. */
  readonly made: RecertResult['made'];
  readonly cipher: Cipher | undefined;
  /** Undefined for a dry run. */
  readonly staged: OpenStage | undefined;
}

class Run {
  readonly #inputs: RecertInputs;
  readonly #host: Host;
  readonly #hooks: RecertHooks;
  readonly #times: Record<string, number> = {};
  readonly #warnings: string[] = [];

  constructor(inputs: RecertInputs, host: Host, hooks: RecertHooks) {
    this.#inputs = inputs;
    this.#host = host;
    this.#hooks = hooks;
  }

  /** Brings a staged run to its end. Answers its result when it was this very run, or when this one has been done. */
  async finishEarlier(): Promise<RecertResult | undefined> {
    const { stateDir, runId, fingerprint, isDryRun } = this.#inputs;
    const open = await readStage(this.#host, stateDir);
    if (open !== undefined) {
      if (isDryRun) {
        throw new RecertError(
          'stage-broken',
          `An unfinished run is staged in ${stateDir}; a dry run cannot finish it.`,
          {
            remedy: 'Run the same command as before, without --dry-run.',
          },
        );
      }
      const { stage } = open;
      await finishForgetting(this.#host, stage);
      const database = await openDatabase(this.#host, stage.database, {
        isDryRun: false,
        snapshot: undefined,
      });
      try {
        const proof = await this.#commit(open, database?.client);
        await this.#forgetHistory(stage, database);
        const ledger = await this.#forget(stage);
        if (stage.fingerprint === fingerprint) return this.#result('finished-earlier', ledger, proof);
      } finally {
        await database?.close();
      }
    } else if (!isDryRun) await shredStage(this.#host, stateDir);
    if (runId === undefined) return undefined;
    const ledger = await readLedger(this.#host, stateDir);
    return ledger?.runId === runId ? this.#result('already-done', ledger, undefined) : undefined;
  }

  async start(): Promise<RecertResult> {
    const forge = new KeyForge(this.#inputs.threads);
    try {
      const { read, open } = await this.#phase('open', () =>
        openWhileScanning(this.#host, this.#inputs, forge),
      );
      try {
        const client = open?.client;
        const prepared = await this.#prepare(forge, client, read);
        if (prepared.staged === undefined)
          return this.#result('dry-run', prepared.ledger, undefined, prepared.made);
        // Nothing of how it was made is needed any more, and a proof needs room.
        const proof = await this.#commit(prepared.staged, client, prepared.cipher);
        await this.#forgetHistory(prepared.staged.stage, open);
        // The database is not needed any more: it ends meanwhile.
        const [ledger] = await Promise.all([this.#forget(prepared.staged.stage), open?.close()]);
        return this.#result('done', ledger, proof, prepared.made);
      } finally {
        await open?.close();
      }
    } finally {
      forge.close();
    }
  }

  /** Reads the database, makes everything in memory and stages it. */
  async #prepare(
    forge: KeyForge,
    client: EtcdClient | undefined,
    { inventory, files }: Read,
  ): Promise<Prepared> {
    const inputs = this.#inputs;
    const found = await this.#phase('scan', async () => {
      if (client === undefined) return { etcd: undefined, cipher: undefined, roots: [], revision: 0 };
      const { revision, keys } = await client.survey();
      if (keys === 0) throw new RecertError('nothing-found', 'The database holds no keys at all.');
      const roots = await rootsOf(client);
      const cipher = await findCipher(client, this.#host, roots, inputs);
      const etcd = new EtcdOverlay(client, cipher.ring);
      // Private keys lie in Secrets: met first, their successors are made while all else is read.
      const first = roots.map((root) => `/${root}/secrets/`);
      await scanEtcd(client, cipher.ring, inventory, { overlay: etcd, first });
      return { etcd, cipher, roots, revision };
    });
    const { etcd, cipher, roots, revision } = found;
    const workspace: Workspace = {
      etcd,
      files,
      renameDirs: inputs.renameDirs,
      renameFiles: inputs.renameFiles,
    };
    const node = await findNode(workspace, roots, inputs);
    const policy: ReissuePolicy = {
      names: [...node.nameRules, ...inputs.names],
      validity: inputs.validity,
      now: this.#host.now(),
    };
    const { graph, given, reissued } = await this.#phase('processing', () =>
      this.#makeAnew(inventory, forge, policy, etcd, roots),
    );
    const renamed = await this.#phase('rename', async () => {
      await putInPlace(workspace, reissued.edits);
      if (etcd !== undefined && policy.validity !== 'keep')
        await updateValidityAnnotations(etcd, reissued.edits);
      return [
        ...(await renameNode(workspace, roots, node)),
        ...(await changeFurther(workspace, roots, cipher, inputs, this.#hooks)),
        ...(etcd?.touched() ?? []),
      ];
    });
    const ledger = writeLedger(graph, reissued, given, {
      runId: inputs.runId ?? null,
      scope: { directories: [...inputs.cryptoDirs], files: [...inputs.cryptoFiles] },
      baseRevision: revision,
      renamed: [...new Set(renamed)],
    });
    const { summaryFile, cleanSummaryFile } = inputs;
    const isToldOf = summaryFile !== undefined || cleanSummaryFile !== undefined;
    const made = isToldOf ? { graph, reissued } : undefined;
    if (inputs.isDryRun) return { ledger, made, cipher: undefined, staged: undefined };
    const staged = await this.#phase('stage', () =>
      writeStage(
        this.#host,
        inputs.stateDir,
        {
          fingerprint: inputs.fingerprint,
          database: inputs.database,
          memberPeerUrls: node.memberPeerUrls === undefined ? null : [...node.memberPeerUrls],
          defragment: inputs.defragments,
          forgetHistory: inputs.forgetsHistory,
          ledger,
        },
        etcd?.take() ?? [],
        files.edits(),
      ),
    );
    this.#hooks.onWrite?.('stage');
    return { ledger, made, cipher: cipher?.ring, staged };
  }

  /** From what was found to what takes its place, in memory. */
  async #makeAnew(
    inventory: Inventory,
    forge: KeyForge,
    policy: ReissuePolicy,
    etcd: EtcdOverlay | undefined,
    roots: readonly string[],
  ): Promise<{ readonly graph: Graph; readonly given: GivenCrypto; readonly reissued: Reissued }> {
    const external = etcd === undefined ? new Set<string>() : await externalCertificates(etcd, roots);
    const graph = relate(inventory, external);
    this.#warnings.push(...refuseFaults(inventory));
    if (this.#inputs.isIpChangeOnly) restrictToChanged(graph, policy.names);
    if (this.#inputs.isPostprocessOnly) restrictToNothing(graph);
    const given = fitGivenCrypto(graph, this.#inputs.useKeys, this.#inputs.useCerts);
    this.#warnings.push(...given.unused);
    return { graph, given, reissued: await reissue(graph, given, forge, policy) };
  }

  /** Applies what is staged, and proves it. */
  async #commit(open: OpenStage, client: EtcdClient | undefined, known?: Cipher): Promise<Proof> {
    const { stage } = open;
    await this.#phase('commit', () =>
      applyStage(open, this.#host, client, (what) => this.#hooks.onWrite?.(what), this.#hooks.changesAtOnce),
    );
    if (stage.defragment && client !== undefined) await this.#phase('defragment', () => client.defragment());
    const proof = await this.#phase('verify', async () => {
      const cipher = known ?? (await this.#cipherAgain(client));
      return prove(stage.ledger, { host: this.#host, client, cipher });
    });
    refuseUnproved(proof);
    return proof;
  }

  /** Where it is asked for, leaves nothing in the database but what its keys hold now. It is closed then. */
  async #forgetHistory(stage: Stage, open: OpenDatabase | undefined): Promise<void> {
    if (!stage.forgetHistory || open === undefined) return;
    await this.#phase('forget history', () =>
      forgetHistory(this.#host, stage, open, (what) => this.#hooks.onWrite?.(what)),
    );
  }

  /** Keeps what was done of a stage that has been proved, and forgets how. */
  async #forget(stage: Stage): Promise<Ledger> {
    const { stateDir } = this.#inputs;
    const ledger = { ...keptLedger(stage), finishedAt: this.#host.now().toISOString() };
    await saveLedger(this.#host, stateDir, ledger);
    this.#hooks.onWrite?.('ledger');
    await shredStage(this.#host, stateDir);
    this.#hooks.onWrite?.('shred');
    return ledger;
  }

  async #cipherAgain(client: EtcdClient | undefined): Promise<Cipher> {
    if (client === undefined) return PLAIN_CIPHER;
    const { ring } = await findCipher(client, this.#host, await rootsOf(client), this.#inputs);
    return ring;
  }

  #result(
    outcome: RecertResult['outcome'],
    ledger: Ledger,
    proof: Proof | undefined,
    made?: RecertResult['made'],
  ): RecertResult {
    return { outcome, ledger, proof, warnings: this.#warnings, times: this.#times, made };
  }

  async #phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#hooks.onPhase?.(name);
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#times[name] = (this.#times[name] ?? 0) + (performance.now() - start) / 1000;
    }
  }
}
