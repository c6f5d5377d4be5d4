import type { JSX } from 'preact';
import type { Health, KioskSettings } from '../shared/api';
import type { Theme } from '../shared/look';
import { catalogues, type Catalogue, type Language } from './catalogue';
import { Icon } from './icons';

interface Props {
  words: Catalogue;
  settings: KioskSettings;
  health: Health | null | undefined;
  language: Language;
  size: number;
  theme: Theme;
  canStartOver: boolean;
  onLanguage: (language: Language) => void;
  onSize: () => void;
  onTheme: (theme: Theme) => void;
  onStartOver: () => void;
}

const themes: Theme[] = ['auto', 'light', 'dark', 'contrast'];

/** What the device's state means to somebody before it, and how bad it is. */
function stateOf(health: Health | null): [keyof Catalogue['state'], 'good' | 'fair' | 'bad'] {
  if (health === null) return ['away', 'bad'];
  if (health.status === 'loading') return ['starting', 'fair'];
  if (health.status === 'stopping') return ['stopping', 'fair'];
  if (health.level === 'L3' || health.level === 'L4') return ['hot', 'bad'];
  if (health.status === 'degraded') return ['engine', 'fair'];
  return health.level === 'L2' ? ['warm', 'fair'] : ['ready', 'good'];
}

export function Header(props: Props): JSX.Element {
  const { words, settings, health, language, size, theme } = props;
  const [state, grade] = health === undefined ? (['starting', 'fair'] as const) : stateOf(health);
  const nextTheme = themes[(themes.indexOf(theme) + 1) % themes.length]!;
  return (
    <header>
      <div class="brand">
        {settings.logo ? <img src={settings.logo} alt="" /> : <span class="mark" aria-hidden="true"><Icon name="model" /></span>}
        <h1 class="name">{settings.name}</h1>
      </div>
      <p class={`state ${grade}`} role="status"><span class="lamp" aria-hidden="true" />{words.state[state]}</p>
      <div class="controls">
        {props.canStartOver && (
          <button type="button" class="plain over" onClick={props.onStartOver}><Icon name="over" /><span>{words.startOver}</span></button>
        )}
        {settings.languages.length > 1 && (
          <div class="choice" role="group" aria-label={words.language}>
            {settings.languages.map((l) => (
              <button type="button" key={l} lang={catalogues[l].tag} aria-pressed={l === language} onClick={() => props.onLanguage(l)}>
                {catalogues[l].ownName}
              </button>
            ))}
          </div>
        )}
        <button type="button" class="plain square size" aria-label={words.size(size)} title={words.size(size)} onClick={props.onSize}>
          <span aria-hidden="true">A<sup>{'+'.repeat(size - 1)}</sup></span>
        </button>
        <button
          type="button" class="plain square" aria-label={words.theme(words.themes[theme])} title={words.theme(words.themes[theme])}
          onClick={() => props.onTheme(nextTheme)}
        >
          <Icon name="theme" />
        </button>
      </div>
    </header>
  );
}
