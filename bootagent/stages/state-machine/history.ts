import type { HistoryEntry, HistoryPhase, Status } from '../../../core/contract/status.ts';

type RecordedStage = HistoryEntry['stage'];

/** Opens a stage's entry; one that is there already stays as it is (a stage that was resumed began once). */
export function startStage(status: Status, stage: RecordedStage, now: Date): Status {
  if (status.history.some((entry) => entry.stage === stage)) return status;
  const entry: HistoryEntry = { stage, startTime: now.toISOString(), completionTime: null, phases: [] };
  return { ...status, history: [...status.history, entry] };
}

/** Closes a stage's entry. Failed stages stay open. */
export function completeStage(status: Status, stage: RecordedStage, now: Date): Status {
  return change(status, stage, (entry) => ({
    ...entry,
    completionTime: entry.completionTime ?? now.toISOString(),
  }));
}

/** Opens a phase of a stage whose entry is open; does nothing if it is there. */
export function startPhase(status: Status, stage: RecordedStage, phase: HistoryPhase, now: Date): Status {
  return change(startStage(status, stage, now), stage, (entry) =>
    entry.phases.some((known) => known.phase === phase)
      ? entry
      : {
          ...entry,
          phases: [...entry.phases, { phase, startTime: now.toISOString(), completionTime: null }],
        },
  );
}

export function completePhase(status: Status, stage: RecordedStage, phase: HistoryPhase, now: Date): Status {
  return change(status, stage, (entry) => ({
    ...entry,
    phases: entry.phases.map((known) =>
      known.phase === phase ? { ...known, completionTime: known.completionTime ?? now.toISOString() } : known,
    ),
  }));
}

function change(status: Status, stage: RecordedStage, edit: (entry: HistoryEntry) => HistoryEntry): Status {
  return { ...status, history: status.history.map((entry) => (entry.stage === stage ? edit(entry) : entry)) };
}
