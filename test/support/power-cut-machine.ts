import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Argv, Host, RunOptions, RunResult } from '../../core/host/host.ts';
import { RealHost } from '../../core/host/real-host.ts';
import { Killed } from './failing-host.ts';
import { shownCommand } from './kubernetes-node.ts';

export const UNITS = [
  'kubelet.service',
  'containerd.service',
  'kube-scheduler.service',
  'kube-controller-manager.service',
  'kube-apiserver.service',
  'etcd.service',
];
export const DATABASE = 'var/lib/etcd/member/db';
export const MANIFEST = 'etc/kubernetes/manifests/web.yaml';
export const ENCRYPTION = 'srv/encryption.yaml';
const CHANGES: readonly PropertyKey[] = ['writeAtomic', 'makeDirectory', 'rename', 'remove'];
const FLAGS: Readonly<Record<string, string>> = {
  'etcd.service': '--data-dir=/var/lib/etcd',
  'kube-apiserver.service': `--encryption-provider-config=/${ENCRYPTION}`,
};
const FILES: Readonly<Record<string, string>> = {
  'usr/lib/systemd/system/kubelet.service': '',
  ...Object.fromEntries(UNITS.slice(2).map((unit) => [`etc/systemd/system/${unit}`, ''])),
  'etc/kubernetes/pki/ca.key': 'original',
  [MANIFEST]: 'spec: {containers: [{name: web}]}\n',
  'var/lib/kubelet/pki/kubelet.key': 'original',
  [DATABASE]: 'original',
  [ENCRYPTION]: 'original',
};

/**
 * A node with a cluster of services in a directory. Files and copies are real; systemd is played, with an etcd that notes
 * when somebody takes its database away from under it. It can be killed before any of its changes, and have its power cut.
 */
export class PowerCutMachine {
  readonly directory: string;
  readonly running = new Set<string>();
  /** What was done to a database in use. */
  readonly violations: string[] = [];
  #opened: number | undefined;

  constructor(directory: string) {
    this.directory = directory;
    for (const [path, text] of Object.entries(FILES)) this.write(path, text);
  }

  read = (path: string): string => readFileSync(join(this.directory, path), 'utf8');

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    writeFileSync(join(this.directory, path), text);
  }

  /** A power cut, and all services coming up again. A cluster that has its own database is written to. */
  boot(): void {
    this.running.clear();
    this.#opened = undefined;
    for (const unit of UNITS.toReversed()) this.#start(unit);
    const path = join(this.directory, DATABASE);
    if (this.read(DATABASE).startsWith('original')) appendFileSync(path, ' and newer');
  }

  /** What a process sees that is killed before its change number `changesLeft + 1`, a copy in the midst of it. */
  host(changesLeft = Number.POSITIVE_INFINITY): Host {
    let changes = 0;
    const real = new RealHost().within(this.directory);
    const orKilled = (what: string): void => {
      changes += 1;
      if (changes > changesLeft) throw new Killed(`killed before ${what}`);
    };
    const run = async (argv: Argv, options: RunOptions): Promise<RunResult> => {
      const [program, verb = ''] = argv;
      const unit = argv.at(-1) ?? '';
      if (program === 'ctr') return { stdout: 'TASK PID STATUS\n', stderr: '', exitCode: 0 };
      if (program === 'systemctl') return this.#systemctl(verb, unit, orKilled);
      if (program !== 'cp') return real.run(argv, options);
      try {
        orKilled(`a copy to ${unit}`);
      } catch (error) {
        if (changes === changesLeft + 1) this.#halfCopied(unit);
        throw error;
      }
      return this.#watched(`copy to ${unit}`, () => real.run(argv, options));
    };
    return new Proxy(real, {
      get: (target, key) => {
        if (key === 'run') return run;
        if (key === 'sync') return async () => undefined; // the power is only cut in play
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        const method = value.bind(target) as (...values: readonly unknown[]) => Promise<unknown>;
        if (!CHANGES.includes(key)) return method;
        return async (...values: readonly unknown[]) => {
          const what = `${String(key)} ${String(values[0])}`;
          orKilled(what);
          return this.#watched(what, () => method(...values));
        };
      },
    });
  }

  #systemctl(verb: string, unit: string, orKilled: (what: string) => void): RunResult {
    const answer = (stdout: string, exitCode = 0): RunResult => ({ stdout, stderr: '', exitCode });
    if (verb === 'is-active') return answer('', this.running.has(unit) ? 0 : 3);
    if (verb === 'show') {
      return answer(shownCommand(`/usr/bin/${unit.replace('.service', '')} ${FLAGS[unit] ?? ''}`));
    }
    orKilled(`${verb} ${unit}`);
    if (verb === 'start') this.#start(unit);
    else this.running.delete(unit);
    return answer('');
  }

  #start(unit: string): void {
    if (unit === 'etcd.service' && !this.running.has(unit)) {
      if (this.#member() === undefined) this.write(DATABASE, 'begun by an etcd that found none');
      this.#opened = this.#member();
    }
    this.running.add(unit);
  }

  #member = (): number | undefined =>
    statSync(join(this.directory, dirname(DATABASE)), { throwIfNoEntry: false })?.ino;

  async #watched<T>(what: string, change: () => Promise<T>): Promise<T> {
    const before = statSync(join(this.directory, DATABASE), { throwIfNoEntry: false })?.ctimeMs;
    const result = await change();
    const after = statSync(join(this.directory, DATABASE), { throwIfNoEntry: false })?.ctimeMs;
    if (this.running.has('etcd.service') && (this.#member() !== this.#opened || before !== after))
      this.violations.push(what);
    return result;
  }

  /** cp replaces files one by one and none of them at once. */
  #halfCopied(to: string): void {
    if (to.endsWith('/etc/kubernetes')) this.write(MANIFEST, '');
    else if (to.endsWith('/.lca-kept')) this.write('var/lib/etcd/.lca-kept/db', 'orig');
  }
}
