import { STAGES } from '../../../core/contract/stage.ts';
import { CONDITION_REASONS, CONDITION_TYPES, HISTORY_PHASES } from '../../../core/contract/status.ts';
import type { NewObject } from '../../../core/tools/kubernetes/kubernetes-object.ts';
import { definition } from './definition.ts';
import { anything, conditions, integer, list, object, type Schema, text, time } from './schema.ts';

const references = (what: string): Schema =>
  list(
    what,
    object(
      'A ConfigMap.',
      { name: text('Its name.'), namespace: text('Its namespace.') },
      {
        required: ['name', 'namespace'],
      },
    ),
    { maxItems: 64 },
  );

/**
 * Both versions have the fields of both: a resource made as v1alpha1 is kept as v1 and may be patched as either, and
 * the API server drops whatever a version does not know. Where the preview's samples and its schema differ (a pull
 * secret as a plain text, switches as "true"), or API servers differ (1.20 built with a later Go takes empty texts for
 * null), any value is let in and the agent judges it.
 */
const spec = object('What is wished.', {
  stage: text('The stage wished for.', { enum: STAGES }),
  seedImageRef: object('The seed.', {
    version: text("The platform version wished for; it must be the seed's."),
    image: text('Pull spec of the seed image.', { minLength: 1, pattern: '^([a-z0-9]+://)?[\\S]+$' }),
    pullSecretRef: anything(
      "Names a Secret in the agent's namespace with registry credentials in .dockerconfigjson: an object with the field name; in v1alpha1 also the plain name.",
    ),
  }),
  additionalImages: anything(
    'v1alpha1: the ConfigMap (name, namespace) that lists more images to precache; empty texts for none.',
  ),
  oadpContent: references('ConfigMaps with Backup and Restore resources.'),
  extraManifests: references('ConfigMaps with manifests to apply after the upgrade.'),
  autoRollbackOnFailure: object('When the node goes back by itself; by default whenever something fails.', {
    initMonitorTimeoutSeconds: integer(
      'Within which the upgrade must be complete after the reboot; 0 or none: 1800.',
    ),
    disabledForPostRebootConfig: anything(
      'v1alpha1: true keeps the node in the new system when its first boot fails. v1 has the annotation auto-rollback-on-failure.lca.openshift.io/post-reboot-config.',
    ),
    disabledForUpgradeCompletion: anything(
      'v1alpha1: true keeps the node in the new system when the upgrade fails after that. v1 has the annotation auto-rollback-on-failure.lca.openshift.io/upgrade-completion.',
    ),
    disabledInitMonitor: anything(
      'v1alpha1: true keeps the node in the new system when time runs out. v1 has the annotation auto-rollback-on-failure.lca.openshift.io/init-monitor.',
    ),
  }),
  lca: object('What only lca knows.', {
    carryOver: list('Absolute paths taken over into the new system.', text('A path.'), { maxItems: 64 }),
  }),
});

const status = object('What came of it. Written by the agent.', {
  observedGeneration: integer('The generation of the spec last looked at.'),
  conditions: conditions(
    'In the order of their transitions; the last one is the newest.',
    CONDITION_TYPES,
    CONDITION_REASONS,
  ),
  validNextStages: list('Stages that may be asked for now.', text('A stage.', { enum: STAGES }), {
    maxItems: 4,
  }),
  rollbackAvailabilityExpiration: time('Until when stage Rollback can succeed.'),
  history: list(
    'Stages since the node left Idle.',
    object('A stage.', {
      stage: text('Its name.', { enum: STAGES }),
      startTime: time('When it began.'),
      completionTime: time('When it succeeded.'),
      phases: list(
        'Its parts.',
        object('A part.', {
          phase: text('Its name.', { enum: HISTORY_PHASES }),
          startTime: time('When it began.'),
          completionTime: time('When it succeeded.'),
        }),
      ),
    }),
  ),
  lca: object('What only lca tells.', {
    refused: object('Why the spec as it is now is not accepted.', {
      message: text('The reason.'),
      time: time('Since when.'),
    }),
    progress: object('The step that runs.', {
      sequence: text('Of which sequence.'),
      step: text('Its name.'),
      index: integer('Its position.'),
      total: integer('The number of steps.'),
      message: text('What it does.'),
      startedAt: time('When it began.'),
    }),
    lastFailure: object('What failed last; kept until the next Prep.', {
      stage: text('In which stage.'),
      step: text('In which step.'),
      message: text('The cause.'),
      evidence: list('What shows it.', text('A line.')),
      remedy: text('What can be done.'),
      time: time('When.'),
    }),
  }),
});

const ATREST = `oldSelf.status.conditions.exists(c, c.type == 'Idle' && c.status == 'True')`;
const MAY_CHANGE = `!has(oldSelf.status) || !has(oldSelf.status.conditions) || ${ATREST} || (has(self.spec) && has(self.spec.stage) && self.spec.stage == 'Idle')`;

/** Passes while the node is at rest or on its way there, and when a field of the spec is as it was. */
function immutable(field: string): Schema {
  const is = (self: string) => `has(${self}.spec) && has(${self}.spec.${field})`;
  const same = `(${is('self')} && ${is('oldSelf')} && self.spec.${field} == oldSelf.spec.${field})`;
  const absent = `(!(${is('self')}) && !(${is('oldSelf')}))`;
  return {
    rule: `${MAY_CHANGE} || ${same} || ${absent}`,
    message: `can not change spec.${field} while ibu is in progress`,
  };
}

/** Admission rules; API servers before 1.25 do not know them, and the agent enforces them all (docs/decisions/0007). */
const RULES: readonly Schema[] = [
  ...['seedImageRef', 'oadpContent', 'extraManifests', 'autoRollbackOnFailure'].map(immutable),
  {
    rule: `!has(oldSelf.status) || !has(oldSelf.status.validNextStages) || !has(self.spec) || !has(self.spec.stage) || (has(oldSelf.spec) && has(oldSelf.spec.stage) && oldSelf.spec.stage == self.spec.stage) || self.spec.stage in oldSelf.status.validNextStages`,
    message:
      'the stage transition is not permitted. Please refer to status.validNextStages for valid transitions',
  },
];
const SINGLETON: Schema = {
  rule: "self.metadata.name == 'upgrade'",
  message: "ibu is a singleton, metadata.name must be 'upgrade'",
};

const COLUMNS = [
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Desired Stage', type: 'string', jsonPath: '.spec.stage' },
  { name: 'State', type: 'string', jsonPath: '.status.conditions[-1:].reason' },
  { name: 'Details', type: 'string', jsonPath: '.status.conditions[-1:].message' },
];

/** The CustomResourceDefinition of ImageBasedUpgrade. */
export const IMAGE_BASED_UPGRADE_DEFINITION: NewObject = definition({
  kind: 'ImageBasedUpgrade',
  shortName: 'ibu',
  description: 'An upgrade of this node by the image of another one.',
  columns: COLUMNS,
  spec,
  status,
  rules: { v1: [SINGLETON, ...RULES], v1alpha1: RULES },
});
