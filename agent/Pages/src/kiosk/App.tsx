import type { JSX } from 'preact';
import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import type { KioskSettings } from '../shared/api';
import { applyTheme, type Theme } from '../shared/look';
import { AskBar } from './AskBar';
import { pursue } from './asking';
import { catalogues, type Language } from './catalogue';
import { ExchangeView } from './ExchangeView';
import { Header } from './Header';
import { useHealth, useIdle } from './hooks';
import { IdleWarning } from './IdleWarning';
import { announcement } from './announcement';
import { isRunning, next } from './state';
import { Welcome } from './Welcome';

const sizes = 3;

export function App({ settings }: { settings: KioskSettings }): JSX.Element {
  const first: Language = settings.languages[0] ?? 'en';
  const [language, setLanguage] = useState<Language>(first);
  const [size, setSize] = useState(1);
  const [theme, setTheme] = useState<Theme>(settings.theme);
  const [draft, setDraft] = useState('');
  const [exchanges, dispatch] = useReducer(next, []);
  const running = useRef<AbortController | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const health = useHealth();
  const words = catalogues[language];
  const last = exchanges.at(-1);
  const isBusy = isRunning(last);

  useEffect(() => {
    document.documentElement.lang = words.tag;
    document.title = settings.name;
  }, [words]);
  useEffect(() => applyTheme(theme, settings.accent), [theme]);
  useEffect(() => {
    document.documentElement.dataset['size'] = String(size);
  }, [size]);
  useEffect(() => {
    // the newest lines while they come; the question and what follows once the answer is whole
    if (isBusy) end.current?.scrollIntoView({ block: 'end' });
    else end.current?.previousElementSibling?.scrollIntoView({ block: 'start' });
  }, [exchanges.length, last?.text, last?.phase]);

  const ask = (text: string): void => {
    const question = text.trim();
    if (question === '' || isBusy) return;
    const id = (last?.id ?? 0) + 1;
    const control = new AbortController();
    running.current = control;
    setDraft('');
    dispatch({ kind: 'ask', id, question });
    void pursue(question, control.signal, (change) => dispatch({ kind: 'change', id, change }));
    // a start question that was tapped is gone: the next key goes on here
    field.current?.focus({ preventScroll: true });
  };
  const stop = (): void => {
    running.current?.abort();
    if (last) dispatch({ kind: 'change', id: last.id, change: { phase: 'stopped' } });
  };
  const startOver = (): void => {
    running.current?.abort();
    dispatch({ kind: 'forget' });
    setDraft('');
    field.current?.focus({ preventScroll: true });
  };
  const reset = (): void => {
    startOver();
    setLanguage(first);
    setSize(1);
    setTheme(settings.theme);
  };
  const isTouched = exchanges.length > 0 || draft !== '' || language !== first || size !== 1 || theme !== settings.theme;
  const left = useIdle(settings.idle_s, `${last?.id} ${last?.phase}`, () => isTouched && reset());

  return (
    <>
      <a class="skip" href="#question" onClick={(e) => { e.preventDefault(); field.current?.focus(); }}>{words.skip}</a>
      <Header
        words={words} settings={settings} health={health} language={language} size={size} theme={theme}
        canStartOver={exchanges.length > 0}
        onLanguage={setLanguage} onSize={() => setSize((size % sizes) + 1)} onTheme={setTheme} onStartOver={startOver}
      />
      <main>
        {exchanges.length === 0
          ? <Welcome words={words} questions={settings.start_questions[language] ?? []} onAsk={ask} />
          : exchanges.map((e) => (
              <ExchangeView key={e.id} words={words} exchange={e} canAsk={!isBusy} onAgain={() => ask(e.question)} />
            ))}
        <div ref={end} class="end" />
      </main>
      <AskBar words={words} field={field} draft={draft} isBusy={isBusy} onDraft={setDraft} onAsk={ask} onStop={stop} />
      <div class="unseen" role="status" aria-live="polite">{announcement(words, last)}</div>
      {left !== null && isTouched && <IdleWarning words={words} seconds={left} />}
    </>
  );
}
