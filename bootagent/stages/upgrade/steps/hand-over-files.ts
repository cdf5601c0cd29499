import {
  EVENTS_PATH,
  HEALTH_DIRECTORY,
  LCA_DIRECTORY,
  OBJECTS_DIRECTORY,
  REQUEST_PATH,
} from '../../../../core/contract/paths.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { copyTree } from '../../../../core/tools/copy.ts';
import { newSystem } from '../../prep/new-system.ts';
import type { StageContext } from '../../stage-context.ts';

const FILES = [REQUEST_PATH, OBJECTS_DIRECTORY, EVENTS_PATH] as const;

/** The user's files and the story so far go along, so that the new system knows what is asked of it. */
export const handOverFiles: Step<StageContext> = {
  name: 'hand-over-files',
  summary: 'Hand over the request, its objects, health checks and the black box',

  async check({ host, request }) {
    const { staterootPath } = await newSystem(host);
    const text = await host.readText(`${staterootPath}${LCA_DIRECTORY}/handed-over-for`);
    const done = text?.trim() === request.specHash;
    return {
      done,
      because: `the files of ${LCA_DIRECTORY} are ${done ? '' : 'not yet '}in the new stateroot`,
    };
  },

  async apply({ host, request }) {
    const { staterootPath } = await newSystem(host);
    await host.makeDirectory(staterootPath + LCA_DIRECTORY, 0o755);
    for (const path of FILES) {
      await host.remove(staterootPath + path);
      if ((await host.stat(path)) !== undefined) await copyTree(host, path, staterootPath + path);
    }
    // the seed brings health checks of its own: the site's are added to them
    if ((await host.stat(HEALTH_DIRECTORY)) !== undefined) {
      await copyTree(host, HEALTH_DIRECTORY, staterootPath + HEALTH_DIRECTORY);
    }
    await host.sync(staterootPath);
    await host.writeAtomic(`${staterootPath}${LCA_DIRECTORY}/handed-over-for`, `${request.specHash}\n`);
  },
};
