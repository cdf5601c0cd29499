/** Whether a text is a registry auth file (containers-auth.json(5)), by its shape. */
export function isAuthFile(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'auths' in value;
  } catch {
    return false;
  }
}
