/** Contrast of normal text (WCAG 2.2, 1.4.3). */
const minContrast = 4.5;

type Rgb = [number, number, number];

const parse = (hex: string): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb;
const format = (rgb: Rgb): string => `#${rgb.map((v) => Math.round(v).toString(16).padStart(2, '0')).join('')}`;

/** Relative luminance, 0 to 1 (WCAG 2.2). */
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** The accent, darkened or lightened until it can be read on the background. */
export function readable(accent: string, background: string): string {
  const ground = parse(background);
  const goal: Rgb = luminance(ground) > 0.18 ? [0, 0, 0] : [255, 255, 255];
  const from = parse(accent);
  for (let share = 0; share <= 1; share += 0.05) {
    const mixed = from.map((v, i) => v + (goal[i]! - v) * share) as Rgb;
    if (contrast(mixed, ground) >= minContrast) return format(mixed);
  }
  return format(goal);
}

/** Black or white, whichever is read better on a colour. */
export const inkOn = (colour: string): string =>
  contrast(parse(colour), [255, 255, 255]) >= contrast(parse(colour), [0, 0, 0]) ? '#ffffff' : '#000000';
