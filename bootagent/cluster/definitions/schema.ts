/** A part of a structural OpenAPI schema, as a CustomResourceDefinition has it. */
export type Schema = Readonly<Record<string, unknown>>;

export const text = (description: string, rules: Schema = {}): Schema => ({
  type: 'string',
  description,
  ...rules,
});
export const integer = (description: string, rules: Schema = {}): Schema => ({
  type: 'integer',
  format: 'int64',
  description,
  ...rules,
});
export const time = (description: string): Schema => text(description, { format: 'date-time' });
export const list = (description: string, items: Schema, rules: Schema = {}): Schema => ({
  type: 'array',
  description,
  items,
  ...rules,
});
export const object = (description: string, properties: Schema, rules: Schema = {}): Schema => ({
  type: 'object',
  description,
  properties,
  ...rules,
});
/** Anything: the agent looks at it. */
export const anything = (description: string): Schema => ({
  description,
  'x-kubernetes-preserve-unknown-fields': true,
});

/** `Condition` of the Kubernetes API conventions, with the types and reasons that occur. */
export function conditions(
  description: string,
  types: readonly string[],
  reasons: readonly string[],
): Schema {
  return list(
    description,
    object(
      'One aspect of the state.',
      {
        type: text('What is told.', { enum: types }),
        status: text('Whether it is so.', { enum: ['True', 'False', 'Unknown'] }),
        reason: text('Why, in one word.', { enum: reasons }),
        message: text('Why, for people.', { maxLength: 32_768 }),
        observedGeneration: integer('The generation of the spec that this is about.', { minimum: 0 }),
        lastTransitionTime: time('When the status last changed.'),
      },
      { required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'] },
    ),
    { maxItems: 32 },
  );
}
