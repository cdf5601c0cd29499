import test from 'ava';
import { precacheImages } from '../../../../bootagent/stages/prep/precache.ts';
import { type PrecacheCount, precacheCount } from '../../../../bootagent/stages/state-machine/messages.ts';
import { RecordingHost } from '../../../support/recording-host.ts';

const DIGEST = `@sha256:${'0'.repeat(64)}`;

function options(images: readonly string[], over = {}) {
  const told: PrecacheCount[] = [];
  const begun: string[] = [];
  const pulled: string[] = [];
  return {
    told,
    begun,
    pulled,
    options: {
      images,
      parallel: 2,
      authFile: undefined,
      signal: new AbortController().signal,
      onProgress: async (counts: PrecacheCount) => void told.push(counts),
      onBegun: async (image: string) => void begun.push(image),
      onPulled: async (image: string) => void pulled.push(image),
      ...over,
    },
  };
}

function registry(present: readonly string[]): RecordingHost {
  return new RecordingHost()
    .on(/^podman image exists /, (argv) => ({ exitCode: present.includes(argv.at(-1) ?? '') ? 0 : 1 }))
    .on(/^podman pull /, '');
}

test('images there by digest are skipped, doubles are pulled once, and the counts read as documented', async (t) => {
  const { options: given, told, begun, pulled } = options([`a${DIGEST}`, `b${DIGEST}`, `b${DIGEST}`, 'c:1']);
  const result = await precacheImages(registry([`a${DIGEST}`]), given);
  t.is(precacheCount(result), 'total: 3 (pulled: 2, skipped: 1, failed: 0)');
  t.deepEqual(pulled.toSorted(), [`b${DIGEST}`, 'c:1']);
  t.deepEqual(begun.toSorted(), [`b${DIGEST}`, 'c:1'], 'noted before they are pulled');
  t.deepEqual(told.at(-1), { total: 3, pulled: 2, skipped: 1, failed: 0 });
});

test('what a power cut may have left half on disk is removed and pulled again; what was pulled is flushed before it is told', async (t) => {
  const there = new Set([`mine${DIGEST}`, `half${DIGEST}`]);
  const host = registry([]);
  host.on(/^podman image exists /, (argv) => ({ exitCode: there.has(argv.at(-1) ?? '') ? 0 : 1 }));
  host.on(/^podman ps /, '').on(/^podman rmi /, (argv) => {
    there.delete(argv.at(-1) ?? '');
    return '';
  });
  host.on(/^podman system check /, '');
  host.uptime = 95.7;
  const { options: given, pulled } = options([`mine${DIGEST}`, `half${DIGEST}`], { parallel: 1 });
  const result = await precacheImages(host, { ...given, isDoubtful: (image) => image.startsWith('half') });
  t.is(precacheCount(result), 'total: 2 (pulled: 1, skipped: 1, failed: 0)');
  t.deepEqual(pulled, [`half${DIGEST}`]);
  const commands = host.transcript.filter((line) => /^(run podman (rmi|system|pull)|sync)/.test(line));
  t.deepEqual(commands, [
    `run podman rmi half${DIGEST}`,
    'run podman system check --quick --repair --max=95s',
    `run podman pull --quiet half${DIGEST}`,
    'sync /var/lib/containers',
  ]);
});

test('a transient failure is tried again with growing pauses, a permanent one is not', async (t) => {
  let tries = 0;
  const host = registry([]).on(/^podman pull --quiet shaky/, () => {
    tries += 1;
    return tries < 3 ? { exitCode: 125, stderr: 'connection reset by peer' } : '';
  });
  host.on(/^podman pull --quiet gone/, { exitCode: 125, stderr: 'manifest unknown' });
  const before = host.uptime;
  const result = await precacheImages(host, options(['shaky:1', 'gone:1'], { parallel: 1 }).options);
  t.is(tries, 3);
  t.is(host.uptime - before, 4);
  t.deepEqual(
    result.failures.map(({ image }) => image),
    ['gone:1'],
  );
});

test('a tag that is there but whose registry is away counts as skipped', async (t) => {
  const host = registry(['c:1']).on(/^podman pull/, {
    exitCode: 125,
    stderr: 'dial tcp: connection refused',
  });
  const result = await precacheImages(host, options(['c:1']).options);
  t.is(precacheCount(result), 'total: 1 (pulled: 0, skipped: 1, failed: 0)');
});

test('layers that a power cut damaged are removed even if no pull of ours left them, and the pull is made again', async (t) => {
  let isDamaged = true;
  const host = registry([]).on(/^podman pull /, () =>
    isDamaged
      ? {
          exitCode: 125,
          stderr:
            'Error: writing blob: adding layer with blob "sha256:1": readlink /var/lib/containers/storage/overlay/l: invalid argument',
        }
      : '',
  );
  host.on(/^podman system check /, () => {
    isDamaged = false;
    return '';
  });
  const result = await precacheImages(host, options([`a${DIGEST}`]).options);
  t.is(precacheCount(result), 'total: 1 (pulled: 1, skipped: 0, failed: 0)');
});

test('where podman has no such repair the pull fails with what podman said', async (t) => {
  const stderr = 'Error: readlink /var/lib/containers/storage/overlay/l: invalid argument';
  const host = registry([])
    .on(/^podman pull /, { exitCode: 125, stderr })
    .on(/^podman system check /, {
      exitCode: 125,
      stderr: 'Error: unrecognized command `podman system check`',
    });
  const { failures } = await precacheImages(host, options([`a${DIGEST}`]).options);
  t.is(failures[0]?.image, `a${DIGEST}`);
});
