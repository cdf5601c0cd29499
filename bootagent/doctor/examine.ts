import { LcaError, messageOf, remedyOf } from '../../core/errors/lca-error.ts';
import type { Host } from '../../core/host/host.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import { CHECKS } from './checks/index.ts';
import type { Answer, DoctorCheck, DoctorContext, Verdict } from './doctor-check.ts';
import { doctorContext } from './doctor-context.ts';

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

/** A finding with what is not for reports. */
export interface Found extends Finding {
  /** What the check threw. */
  readonly error?: unknown;
  /** The check that has told of the same cause before. */
  readonly sameAs?: string;
}

const RANK: readonly Verdict[] = ['fine', 'warning', 'blocker'];

/** All checks for this node: what every node is asked, and what its platform adds. The doctor's and Prep's one list. */
export async function nodeChecks(host: Host): Promise<readonly DoctorCheck[]> {
  const added = await (await nodePlatform(host)).examinations(host);
  return [...CHECKS, ...added.map(({ name, look }): DoctorCheck => ({ name, look: () => look() }))];
}

/** Looks at everything that could make an upgrade of this node fail or lose data. Changes nothing. */
export async function examine(host: Host, checks?: readonly DoctorCheck[]): Promise<Examination> {
  const found = await findings(doctorContext(host), checks ?? (await nodeChecks(host)));
  const worst = Math.max(0, ...found.map(({ verdict }) => RANK.indexOf(verdict)));
  const reported = found.map(({ check, verdict, detail, remedy, sameAs }) =>
    sameAs === undefined
      ? { check, verdict, detail, remedy }
      : { check, verdict, detail: `cannot be looked at: see ${sameAs}`, remedy: '' },
  );
  return { verdict: RANK[worst] ?? 'fine', findings: reported };
}

/** Asks all checks at the same time. One cause, such as a request that cannot be read, is marked after its first finding. */
export async function findings(
  context: DoctorContext,
  checks: readonly DoctorCheck[],
): Promise<readonly Found[]> {
  const all = await Promise.all(
    checks.map(async (check): Promise<Found> => {
      try {
        return findingOf(check, await check.look(context));
      } catch (error) {
        return { ...findingOf(check, thrownAnswer(error)), error };
      }
    }),
  );
  const told = new Map<string, string>();
  return all.map((finding) => {
    const first = told.get(finding.detail);
    if (first !== undefined && finding.verdict !== 'fine') return { ...finding, sameAs: first };
    told.set(finding.detail, finding.check);
    return finding;
  });
}

function findingOf({ name }: DoctorCheck, { verdict, detail, remedy = '' }: Answer): Found {
  return { check: name, verdict, detail, remedy };
}

function thrownAnswer(error: unknown): Answer {
  const remedy =
    remedyOf(error) ??
    (error instanceof LcaError ? '' : 'This should not happen; run it again with LCA_DEBUG=1 in front.');
  return { verdict: 'blocker', detail: messageOf(error), remedy };
}
