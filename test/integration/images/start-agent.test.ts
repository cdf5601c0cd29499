import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { parse } from 'yaml';
import { PROGRAM_PATH } from '../../../core/install/install.ts';
import { bundleFile } from '../../../images/bundle/build.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

interface ServiceVersion {
  readonly spec: {
    readonly install: {
      readonly spec: {
        readonly deployments: readonly [
          {
            readonly spec: {
              readonly template: {
                readonly spec: {
                  readonly initContainers: readonly {
                    readonly name: string;
                    readonly command: readonly string[];
                  }[];
                };
              };
            };
          },
        ];
      };
    };
  };
}

/** What the operator's pod runs on the node, after the program and its units were installed. */
async function startScript(): Promise<string> {
  const text = await bundleFile('manifests/lifecycle-agent.clusterserviceversion.yaml');
  const { spec } = parse(text) as ServiceVersion;
  const { initContainers } = spec.install.spec.deployments[0].spec.template.spec;
  return initContainers.find(({ name }) => name === 'start')?.command.at(-1) ?? '';
}

test('An agent is started; one that runs another program than the one installed is restarted', async (t) => {
  const root = await temporaryDirectory(t);
  const program = join(root, 'lca');
  const done = join(root, 'done');
  let pid = 0;
  const start = async (): Promise<string> => {
    const fake = `#!/bin/sh\n[ "$1" = show ] && echo ${pid} || echo "$1" > ${done}\n`;
    await writeFile(join(root, 'systemctl'), fake);
    await chmod(join(root, 'systemctl'), 0o755);
    const script = (await startScript()).replaceAll(PROGRAM_PATH, program);
    await execa('sh', ['-c', script], { env: { PATH: `${root}:${process.env['PATH']}` } });
    return (await readFile(done, 'utf8')).trim();
  };
  await copyFile('/bin/sleep', program);
  t.is(await start(), 'restart', 'none runs: it is started');

  const agent = spawn(program, ['60'], { stdio: 'ignore' });
  t.teardown(() => agent.kill());
  await once(agent, 'spawn');
  pid = agent.pid ?? 0;
  t.is(await start(), 'start', 'it runs the installed program: nothing happens');

  await copyFile('/bin/sleep', `${program}.new`);
  await rename(`${program}.new`, program);
  t.is(await start(), 'restart');
});
