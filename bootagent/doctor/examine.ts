import { readRequest } from '../../core/contract/image-based-upgrade.ts';
import { LcaError, messageOf, remedyOf } from '../../core/errors/lca-error.ts';
import type { Host } from '../../core/host/host.ts';
import { inspectSeed } from '../../core/seedimage/inspect-seed.ts';
import { authFileFor } from '../stages/credentials.ts';
import { CHECKS } from './checks/index.ts';
import type { Answer, DoctorCheck, DoctorContext, Verdict } from './doctor-check.ts';

/** What one check found. */
export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  readonly detail: string;
  /** Empty where nothing is to be done. */
  readonly remedy: string;
}

export interface Examination {
  /** The worst of all findings. */
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/** In memory, and gone when the doctor is: credentials of a Secret for asking the registry. */
const AUTH_FILE = '/run/lca-doctor-auth.json';
const RANK: readonly Verdict[] = ['fine', 'warning', 'blocker'];

/** Looks at everything that could make an upgrade of this node fail or lose data. Changes nothing. */
export async function examine(host: Host, checks: readonly DoctorCheck[] = CHECKS): Promise<Examination> {
  const context = contextFor(host);
  const findings = await Promise.all(
    checks.map(async (check): Promise<Finding> => {
      const { verdict, detail, remedy = '' } = await check.look(context).catch(thrownAnswer);
      return { check: check.name, verdict, detail, remedy };
    }),
  );
  // one cause, such as a request that cannot be read, is told in full once
  const told = new Map<string, string>();
  const shortened = findings.map((finding) => {
    const first = told.get(finding.detail);
    if (first === undefined || finding.verdict === 'fine') {
      told.set(finding.detail, finding.check);
      return finding;
    }
    return { ...finding, detail: `cannot be looked at: see ${first}`, remedy: '' };
  });
  const worst = Math.max(0, ...findings.map(({ verdict }) => RANK.indexOf(verdict)));
  return { verdict: RANK[worst] ?? 'fine', findings: shortened };
}

function thrownAnswer(error: unknown): Answer {
  const remedy =
    remedyOf(error) ??
    (error instanceof LcaError ? '' : 'This should not happen; run it again with LCA_DEBUG=1 in front.');
  return { verdict: 'blocker', detail: messageOf(error), remedy };
}

function contextFor(host: Host): DoctorContext {
  const request = once(() => readRequest(host));
  const seed = once(async () => {
    const asked = await request();
    if (asked?.seedImageRef === null || asked?.seedImageRef === undefined) return null;
    try {
      const authfile = await authFileFor(host, asked, AUTH_FILE);
      return await inspectSeed(host, asked.seedImageRef.image, authfile === undefined ? {} : { authfile });
    } finally {
      await host.remove(AUTH_FILE);
    }
  });
  return { host, request, seed };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
