import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { RealHost } from '../core/host/real-host.ts';
import { findCipher } from '../recert/encryption/find-cipher.ts';
import { openDatabase } from '../recert/open-database.ts';
import type { RecertConfig } from '../recert/options/config.ts';
import { resolveInputs } from '../recert/options/inputs.ts';
import { type RecertResult, recert } from '../recert/recert.ts';
import { RecertError } from '../recert/recert-error.ts';
import { rootsOf } from '../recert/scan/roots.ts';
import { writeSummaries } from '../recert/summary/write-summaries.ts';
import { readLedger } from '../recert/verify/ledger-file.ts';
import { type Proof, prove } from '../recert/verify/prove.ts';
import { command } from './command.ts';
import { CommandError } from './exit-codes.ts';
import { print, printProgress } from './output.ts';
import { addFlags, configOf } from './recert-flags.ts';

const MANUAL = {
  description: `\
Gives a stopped single-node cluster new crypto: every certificate, private and public key and service-account token in \
its etcd and its files is made anew in the same shape, put in the same places, and proved. What the options do not ask \
for stays byte for byte.

Nothing is written before everything has been computed and staged. Killed at any moment, the next run finishes with \
the same new keys, or starts from an untouched cluster.

Options may come from a YAML file instead: RECERT_CONFIG=<path>, or --config; its keys are the options with \
underscores (lists in the plural: crypto_dirs, cn_san_replace_rules, use_key_rules). Then no other option is taken.`,
  files: [
    [
      '/var/lib/lca/recert/ledger.json',
      'what the last run did, in fingerprints; "lca recert verify" reads it',
    ],
    ['/var/lib/lca/recert/stage.*', 'a run that is being applied; shredded at its end'],
  ] as const,
  examples: [
    [
      'lca recert --data-dir /var/lib/etcd --crypto-dir /etc/kubernetes --crypto-dir /var/lib/kubelet --dry-run --report json',
      'Shows every place that would change.',
    ],
    [
      'lca recert --data-dir /var/lib/etcd --crypto-dir /etc/kubernetes --cn-san-replace system:node:a,system:node:b --extend-expiration',
      'Re-issues, with another name for the node and validity from now on.',
    ],
  ] as const,
};

/** `lca recert` and `lca recert verify` */
export function recertCommand(): Command {
  const made = command('recert', MANUAL).argument('[verify]', 'prove the result of the last run again');
  made.option('--config <file>', 'take all options from this YAML file');
  made.option('--report <format>', 'print every edited place (json)');
  addFlags(made);
  return made.action(async (word: string | undefined, flags: Readonly<Record<string, unknown>>) => {
    if (word !== undefined && word !== 'verify') {
      throw new CommandError('usage', `"${word}" is no word of lca recert; only "verify" is.`);
    }
    const host = new RealHost();
    const config = await configOf(flags, host);
    const asJson = flags['report'] === 'json';
    for (const flag of SMALL_HEAP) setFlagsFromString(flag);
    if (word === 'verify') await verify(config, host, asJson);
    else await run(config, host, asJson);
  });
}

/**
 * Reading a large database makes much short-lived garbage, which V8 answers with an ever larger heap, whose pages stay
 * resident: a nursery that does not grow (its size itself is fixed once V8 has begun), collections after half as much again,
 * and buffers counted as well. 20 000 objects: 206 to 238 MB instead of 304.
 */
const SMALL_HEAP = [
  '--semi-space-growth-factor=1',
  '--heap-growing-percent=50',
  '--external-memory-accounted-in-global-limit',
] as const;

async function run(config: RecertConfig, host: RealHost, asJson: boolean): Promise<void> {
  const inputs = await resolveInputs(config, host);
  let result: RecertResult | undefined;
  let failure: unknown;
  try {
    result = await recert(inputs, host, { onPhase: (phase) => printProgress(`recert: ${phase}`) });
  } catch (error) {
    failure = error;
  }
  if (!inputs.isDryRun) await writeSummaries(host, inputs, result, failure);
  if (failure !== undefined) {
    if (failure instanceof RecertError) for (const fault of failure.faults) printProgress(`  ${fault}`);
    throw failure;
  }
  if (result === undefined) return;
  for (const warning of result.warnings) printProgress(`warning: ${warning}`);
  print(asJson ? JSON.stringify(result.ledger, null, 2) : sumUp(result));
}

async function verify(config: RecertConfig, host: RealHost, asJson: boolean): Promise<void> {
  const inputs = await resolveInputs(config, host);
  const ledger = await readLedger(host, inputs.stateDir);
  if (ledger === undefined) {
    throw new CommandError('refused', `There is no ledger of a finished run in ${inputs.stateDir}.`);
  }
  const database = await openDatabase(host, inputs.database, { isDryRun: true, snapshot: undefined });
  let proof: Proof;
  try {
    const client = database?.client;
    const cipher = await findCipher(client, host, client === undefined ? [] : await rootsOf(client), inputs);
    proof = await prove(ledger, { host, client, cipher: cipher.ring });
  } finally {
    await database?.close();
  }
  print(asJson ? JSON.stringify(proof, null, 2) : proofText(proof));
  if (proof.faults.length > 0)
    throw new CommandError('failed', 'The result does not hold what was promised.');
}

function sumUp({ outcome, ledger, proof, times }: RecertResult): string {
  const left = Object.entries(Object.groupBy(ledger.left, ({ fate }) => fate)).map(
    ([fate, things]) => `  ${things?.length ?? 0} left alone: ${fate}`,
  );
  const unclaimed = ledger.left
    .filter(({ fate }) => fate === 'unclaimed' || fate === 'unhandled')
    .map(({ what, locations }) => `  unclaimed ${what} at ${locations[0] ?? '?'}`);
  const seconds = Object.values(times).reduce((sum, time) => sum + time, 0);
  return [
    `${outcome} in ${seconds.toFixed(1)} s: ${ledger.keys.length} keys, ${ledger.certificates.length} certificates, ${ledger.tokens.length} tokens in ${ledger.places.length} places`,
    ...left,
    ...unclaimed,
    ...(proof === undefined ? [] : [proofText(proof)]),
  ].join('\n');
}

function proofText({ checked, faults }: Proof): string {
  if (faults.length > 0) return faults.map((fault) => `  ${fault}`).join('\n');
  return `proved: ${checked.keys} keys and ${checked.files} files hold nothing old; ${checked.certificates} certificates and ${checked.tokens} tokens verify`;
}
