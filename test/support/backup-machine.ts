import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StageContext } from '../../bootagent/stages/stage-context.ts';
import { backUp } from '../../bootagent/stages/upgrade/steps/back-up.ts';
import { backUpResources } from '../../bootagent/stages/upgrade/steps/back-up-resources.ts';
import { checkBackups } from '../../bootagent/stages/upgrade/steps/check-backups.ts';
import { handOverRestores } from '../../bootagent/stages/upgrade/steps/hand-over-restores.ts';
import { WORKSPACE } from '../../bootagent/stages/workspace.ts';
import { OBJECTS_DIRECTORY } from '../../core/contract/paths.ts';
import type { Argv, Host } from '../../core/host/host.ts';
import { NEW, OLD } from './fake-attempt.ts';
import { checksumOf } from './fake-sysroot.ts';
import { kubernetesMachine } from './kubernetes-machine.ts';
import { PREPARED_SEED } from './prepared-seed.ts';
import { requestWithBackups, stageContext } from './stage-context.ts';

/** Where the new system's files lie, as Prep has made it. */
export const NEW_STATEROOT = `/ostree/deploy/${NEW.stateroot}`;
/** Below it lies all that the tests back up from the machine's own files. */
export const OWN_DATA = '/var/lib/radio';

export interface BackupMachine {
  readonly host: Host;
  /** Writes a file of the machine. */
  file(path: string, text: string): void;
}

/**
 * The machine of a control plane after Prep: an ostree system with a second stateroot, and data of its own. Programs run
 * on this machine, so paths of the data in their arguments are moved to where the machine's files lie; services are
 * played.
 */
export function backupMachine(directory: string): BackupMachine {
  const base = kubernetesMachine(directory, { name: 'backup-node', address: '192.0.2.10' });
  const file = (path: string, text: string): void => {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  for (const [index, { stateroot, digit }] of [OLD, NEW].entries()) {
    const checksum = checksumOf(digit);
    const link = `/ostree/boot.1/${stateroot}/${checksum}/0`;
    mkdirSync(join(directory, `/ostree/deploy/${stateroot}/deploy/${checksum}.0`), { recursive: true });
    mkdirSync(join(directory, link, '..'), { recursive: true });
    symlinkSync(`../../../deploy/${stateroot}/deploy/${checksum}.0`, join(directory, link));
    const lines = [`title ${stateroot}`, `version ${2 - index}`, `options ostree=${link}`, 'linux /v', ''];
    file(`/boot/loader/entries/ostree-${2 - index}.conf`, lines.join('\n'));
  }
  mkdirSync(join(directory, 'sysroot'), { recursive: true });
  file('/proc/cmdline', `ostree=/ostree/boot.1/${OLD.stateroot}/${checksumOf(OLD.digit)}/0\n`);
  file('/proc/sys/kernel/random/boot_id', 'this-boot\n');
  file('/etc/machine-id', `${'0123456789abcdef'.repeat(2)}\n`);
  file(WORKSPACE.seedDescription, JSON.stringify(PREPARED_SEED));
  const moved = (argv: Argv): Argv =>
    argv.map((word) => word.replace(/^(--directory=)?(\/var\/lib\/)/, `$1${directory}$2`)) as unknown as Argv;
  const host = new Proxy(base, {
    get(target, key) {
      if (key === 'run')
        return async (...[argv, options]: Parameters<Host['run']>) => {
          if (argv[0] === 'podman') return { stdout: '[]', stderr: '', exitCode: 0 };
          const { stdout, ...rest } = await target.run(moved(argv), options);
          return { ...rest, stdout: argv[0] === 'realpath' ? stdout.replace(directory, '') : stdout };
        };
      if (key === 'stream')
        return (...[argv, options]: Parameters<Host['stream']>) => target.stream(moved(argv), options);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { host, file };
}

/** A ConfigMap `apps/content` with these resources, as the door copies it or a user writes it. */
export function contentFile(machine: BackupMachine, ...documents: readonly object[]): void {
  const data = Object.fromEntries(documents.map((each, index) => [`${index}.yaml`, JSON.stringify(each)]));
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'content', namespace: 'apps' }, data };
  machine.file(`${OBJECTS_DIRECTORY}/content.json`, JSON.stringify(map));
}

const named = (kind: string, name: string, annotations: Record<string, string>, spec: object) => ({
  apiVersion: 'velero.io/v1',
  kind,
  metadata: { name, annotations },
  spec,
});

/** A Backup and its Restore `NAME-back`. */
export function pair(
  name: string,
  backupSpec: object,
  more: {
    readonly annotations?: Record<string, string>;
    readonly restoreAnnotations?: Record<string, string>;
    readonly restoreSpec?: object;
  } = {},
): readonly [object, object] {
  const restoreSpec = { backupName: name, ...more.restoreSpec };
  return [
    named('Backup', name, more.annotations ?? {}, backupSpec),
    named('Restore', `${name}-back`, more.restoreAnnotations ?? {}, restoreSpec),
  ];
}

/** Upgrade's part of backups, as its sequence runs it. */
export async function backUpAll(context: StageContext): Promise<void> {
  for (const step of [checkBackups, backUpResources, backUp, handOverRestores]) {
    if ((await step.check(context)).done) continue;
    await step.apply(context);
    const { done, because } = await step.check(context);
    if (!done) throw new Error(`${step.name}: ${because}`);
  }
}

/** What Upgrade works with: the request names the ConfigMap `apps/content`, and what is reported goes into `said`. */
export function upgradeContext({ host }: BackupMachine, said: string[]): StageContext {
  return stageContext(host, {
    request: requestWithBackups('content', 'apps'),
    report: async (text) => void said.push(text),
  });
}
