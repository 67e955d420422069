/**
 * What an emoji is a picture of, whoever drew it: its Unicode code points without the variation selector FE0F,
 * lower-case hexadecimal joined by `-`.
 */
export function identityOf(codes: string): string {
  return codes
    .split('-')
    .filter((code) => code !== 'fe0f')
    .join('-');
}

/** Whether an identity has one of the five skin tones in it. */
export function hasSkinTone(identity: string): boolean {
  return identity.split('-').some((code) => /^1f3f[b-f]$/.test(code));
}
