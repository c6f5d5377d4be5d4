import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { setKey } from '../shared/api';
import type { Catalogue } from './catalogue';

/** Asks for the API key where the device wants one; it stays in this browser. */
export function KeyForm({ words }: { words: Catalogue }): JSX.Element {
  const [key, set] = useState('');
  return (
    <form class="key" onSubmit={(e) => { e.preventDefault(); setKey(key.trim()); set(''); }}>
      <label>{words.key} <input type="password" autocomplete="off" value={key} onInput={(e) => set(e.currentTarget.value)} /></label>
      <button type="submit" class="main small" disabled={key.trim() === ''}>{words.keySave}</button>
    </form>
  );
}
