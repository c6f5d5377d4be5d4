import { useEffect, useRef, useState } from 'preact/hooks';
import { health, type Health } from '../shared/api';

/** Milliseconds between two looks at the device. */
const healthInterval = 3000;
/** Seconds of warning before the screen is cleared. */
const warning = 10;

/** How the device is; null where it does not answer, undefined before the first look. */
export function useHealth(): Health | null | undefined {
  const [now, set] = useState<Health | null | undefined>(undefined);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let ended = false;
    const look = async () => {
      const found = await health();
      if (ended) return;
      set(found);
      timer = setTimeout(look, healthInterval);
    };
    void look();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, []);
  return now;
}

/**
 * Counts down while nobody touches the page.
 * @param activity a change of it counts as a touch
 * @returns seconds left, in the last ones before the reset; else null
 */
export function useIdle(seconds: number, activity: unknown, onIdle: () => void): number | null {
  const [left, setLeft] = useState<number | null>(null);
  const since = useRef(performance.now());
  const idle = useRef(onIdle);
  idle.current = onIdle;
  useEffect(() => {
    since.current = performance.now();
    setLeft(null);
  }, [activity]);
  useEffect(() => {
    const touch = () => {
      since.current = performance.now();
      setLeft(null);
    };
    const tick = setInterval(() => {
      const rest = Math.ceil(seconds - (performance.now() - since.current) / 1000);
      if (rest > 0) setLeft(rest <= warning ? rest : null);
      else {
        touch();
        idle.current();
      }
    }, 500);
    const kinds = ['pointerdown', 'keydown', 'input', 'wheel', 'touchmove'];
    for (const kind of kinds) addEventListener(kind, touch, { capture: true, passive: true });
    return () => {
      clearInterval(tick);
      for (const kind of kinds) removeEventListener(kind, touch, { capture: true });
    };
  }, [seconds]);
  return left;
}
