import { digestOf } from '../../core/seedimage/digest.ts';
import { asSeedImageError } from '../../core/seedimage/inspect-seed.ts';
import { SEED_TAG } from '../../core/seedimage/write-seed.ts';
import type { Step } from '../../core/sequence/step.ts';
import { copyImage, inspectRaw } from '../../core/tools/skopeo.ts';
import { BuilderError } from '../builder-error.ts';
import { layoutFor } from '../registry-host.ts';
import { found, type SeedContext } from '../seed-context.ts';

/** Pushes the image, and asks the registry whether it has exactly that. */
export const pushImage: Step<SeedContext> = {
  name: 'push-image',
  summary: 'Push the image',

  async check({ request, findings }) {
    if (request.outputDirectory !== undefined)
      return { done: true, because: `the image stays in ${request.outputDirectory}` };
    return {
      done: findings.pushed === true,
      because: findings.pushed ? `${request.pullSpec} has it` : 'it is not pushed yet',
    };
  },

  async apply({ host, registryHost, request, layout, findings, signal }) {
    const { digest } = found(findings, 'finished');
    try {
      await copyImage(registryHost, {
        from: `oci:${layoutFor(host, registryHost, layout)}:${SEED_TAG}`,
        to: request.pullSpec,
        destination: request.registry,
        signal,
      });
      const pushed = digestOf(await inspectRaw(registryHost, request.pullSpec, request.registry));
      if (pushed !== digest) {
        throw new BuilderError(
          'push-mismatch',
          `The registry has ${pushed} as ${request.pullSpec} instead of ${digest}.`,
          {
            remedy: 'Somebody else may have pushed the same tag; push again under another one.',
          },
        );
      }
    } catch (error) {
      throw asSeedImageError(error, request.pullSpec);
    }
    findings.pushed = true;
  },
};
