import { inkOn, readable } from './colour';

export type Theme = 'auto' | 'light' | 'dark' | 'contrast';

/** Background on which the accent must be readable, by theme; the same values stand in look.css. */
const ground = { light: '#ffffff', dark: '#1b232d', contrast: '#000000' };

const isDark = (): boolean => matchMedia('(prefers-color-scheme: dark)').matches;

/** Puts theme and accent on the document. Style properties set by script are no inline styles to the content security policy. */
export function applyTheme(theme: Theme, accent: string): void {
  const root = document.documentElement;
  const shown = theme === 'auto' ? (matchMedia('(prefers-contrast: more)').matches ? 'contrast' : isDark() ? 'dark' : 'light') : theme;
  root.dataset['theme'] = shown;
  const colour = shown === 'contrast' ? '#ffe14d' : readable(accent, ground[shown]);
  root.style.setProperty('--accent', colour);
  root.style.setProperty('--on-accent', inkOn(colour));
}
