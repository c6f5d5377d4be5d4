import type { JSX } from 'preact';

/** Our own line icons, 24 by 24, in the colour of the text. They are decoration: a name stands beside or in the label. */
const paths = {
  ask: 'M5 12h13M12 5l7 7-7 7',
  stop: 'M7 7h10v10H7z',
  keys: 'M3 7h18v10H3zM7 10.5h.01M10.5 10.5h.01M14 10.5h.01M17 10.5h.01M8 14h8',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2M14 20h2',
  print: 'M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z',
  again: 'M4 12a8 8 0 1 1 2.5 5.8M4 20v-5h5',
  model: 'M12 3v3M12 18v3M3 12h3M18 12h3M7 7h10v10H7z',
  cache: 'M12 8v4l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  curated: 'M5 12.5l4.5 4.5L19 7',
  document: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  fallback: 'M12 8v5M12 16.5h.01M12 3l10 18H2z',
  theme: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18',
  over: 'M6 6l12 12M18 6L6 18',
  chevron: 'M9 5l7 7-7 7',
  star: 'M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1.1 5.9-5.3-2.9-5.3 2.9 1.1-5.9L3.5 9.7l5.9-.8z',
};

export type IconName = keyof typeof paths;

export const Icon = ({ name }: { name: IconName }): JSX.Element => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={paths[name]} />
  </svg>
);
