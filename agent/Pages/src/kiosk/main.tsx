import { render } from 'preact';
import { kioskSettings } from '../shared/api';
import '../shared/look.css';
import './kiosk.css';
import { App } from './App';

/** The page came from the device, so that its settings follow as soon as the device answers. */
async function start(): Promise<void> {
  for (;;) {
    try {
      const settings = await kioskSettings();
      render(<App settings={settings} />, document.getElementById('page')!);
      return;
    } catch {
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

void start();
