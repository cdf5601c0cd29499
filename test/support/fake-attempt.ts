import { PIVOT_PATH } from '../../core/contract/paths.ts';
import { type Pivot, pivotText } from '../../core/contract/pivot.ts';
import type { BlackBox } from '../../core/log/black-box.ts';
import { checksumOf, type FakeDeployment, withStaticGrub, withSysroot } from './fake-sysroot.ts';
import { RecordingHost } from './recording-host.ts';

export const OLD: FakeDeployment = { stateroot: 'lca', digit: 'a' };
export const NEW: FakeDeployment = { stateroot: 'lca_2.0.0', digit: 'b' };

export const OTHER_SIDE = `/ostree/deploy/${NEW.stateroot}${PIVOT_PATH}`;

/** An attempt that was armed and handed over. */
export function attempt(over: Partial<Pivot> = {}): Pivot {
  const named = ({ stateroot, digit }: FakeDeployment) => ({
    stateroot,
    checksum: checksumOf(digit),
    deployment: `${checksumOf(digit)}.0`,
  });
  return {
    version: 1,
    nonce: 'nonce-1234',
    seedVersion: '2.0.0',
    old: named(OLD),
    new: named(NEW),
    armedAt: '2026-01-01T00:00:00Z',
    deadline: '2026-01-01T00:30:00Z',
    timeoutSeconds: 1800,
    attemptsLeft: 1,
    onFailure: 'roll-back',
    rollback: { postRebootConfig: true, upgradeCompletion: true, initMonitor: true },
    handedOver: true,
    state: 'armed',
    failure: null,
    armedBootId: 'earlier-boot',
    attemptBootId: null,
    ...over,
  };
}

/** A node with both deployments, running the old or the new one, whose default is the old one. */
export function nodeRunning(which: 'old' | 'new', pivot: Pivot | undefined): RecordingHost {
  const host = withStaticGrub(withSysroot(new RecordingHost(), [OLD, NEW], which === 'old' ? 0 : 1));
  if (pivot !== undefined) host.file(PIVOT_PATH, pivotText(pivot));
  host.on(/^systemctl /, '');
  return host;
}

/** A black box that keeps its messages. */
export function memoryBox(): BlackBox & { readonly messages: string[] } {
  const messages: string[] = [];
  return {
    messages,
    origin: { boot: 'this-boot', stateroot: 'here' },
    record: async ({ message }) => void messages.push(message),
  };
}
