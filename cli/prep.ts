import type { Command } from 'commander';
import { setSeedImageRef } from '../core/contract/edit-request.ts';
import { CommandError } from './exit-codes.ts';
import { stageCommand } from './stage-command.ts';

/** `lca prep` */
export function prepCommand(): Command {
  return stageCommand(
    'prep',
    'Prep',
    {
      description: `\
Prepares an upgrade while the node goes on working: checks that the seed fits this node, unpacks it into a new \
stateroot and pulls its container images. Nothing about the running system changes. May be interrupted at any time, \
also by a power cut, and goes on where it was.

Without options the seed is the one that ibu.yaml names.`,
      examples: [
        [
          'lca prep --image registry.example.com/seed:4.16.0 --version 4.16.0',
          'Names the seed and prepares.',
        ],
        ['lca prep', 'Prepares the seed that ibu.yaml names.'],
      ],
    },
    (made) =>
      made
        .option('--image <pull-spec>', 'the seed image; needs --version')
        .option('--version <version>', "the seed's version; needs --image")
        .option(
          '--pull-secret <name>',
          'name of the Secret in /var/lib/lca/objects with registry credentials',
        ),
    ({ image, version, pullSecret }) => {
      if (image === undefined && version === undefined && pullSecret === undefined) return [];
      if (typeof image !== 'string' || typeof version !== 'string') {
        throw new CommandError('usage', '--image and --version go together.');
      }
      const pullSecretRef = typeof pullSecret === 'string' ? pullSecret : null;
      return [setSeedImageRef({ image, version, pullSecretRef })];
    },
  );
}
