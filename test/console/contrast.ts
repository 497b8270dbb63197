/** WCAG 2's contrast of every text that a page shows, by the colours that the browser worked out: text over what lies behind it. */
import type { Page } from 'playwright-core';

export interface FaintText {
  readonly text: string;
  readonly element: string;
  readonly ratio: number;
}

export interface Contrasts {
  /** Texts that were measured. */
  readonly measured: number;
  readonly least: number;
  /** Below 4.5 : 1, the AA of text of any size. */
  readonly faint: readonly FaintText[];
}

export const contrastsOf = (page: Page): Promise<Contrasts> => page.evaluate<Contrasts>(`(${MEASURE})()`);

/** Runs in the page. Colours of any notation become bytes on a canvas; a gradient counts by each of its colours, the worst one. */
const MEASURE = String.raw`() => {
  const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (!known.has(colour)) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((each) => each / 255).map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ratioOf = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const coloursIn = (image) => image.match(/(?:rgba?|color|oklab|oklch|hsla?)\([^()]*\)|#[0-9a-f]{3,8}/gi) ?? [];
  /** Every colour that may lie behind the text of an element. */
  const behind = (element) => {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) {
      const style = getComputedStyle(at);
      layers.unshift([style.backgroundColor, ...coloursIn(style.backgroundImage)]);
    }
    let grounds = [rgba(getComputedStyle(document.documentElement).colorScheme.includes('dark') && matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#ffffff')];
    for (const [plain, ...gradient] of layers) {
      const filled = grounds.map((ground) => over(rgba(plain), ground));
      grounds = gradient.length === 0 ? filled : [...filled, ...gradient.flatMap((colour) => filled.map((ground) => over(rgba(colour), ground)))];
    }
    return grounds;
  };
  const faint = [];
  let measured = 0;
  let least = 21;
  const measure = (element, colour, text) => {
    const grounds = behind(element);
    const ratio = Math.min(...grounds.map((ground) => ratioOf(over(rgba(colour), ground), ground)));
    measured += 1;
    least = Math.min(least, ratio);
    if (ratio < 4.5) faint.push({ text: text.trim().slice(0, 40), element: element.tagName + '.' + element.getAttribute('class'), ratio: Math.round(ratio * 100) / 100 });
  };
  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && element.getClientRects().length > 0;
  for (const element of document.querySelectorAll('body *')) {
    if (!shown(element)) continue;
    const style = getComputedStyle(element);
    const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('');
    const colour = element instanceof SVGElement ? style.fill : style.color;
    if (own.trim() !== '') measure(element, colour, own);
    if (element.matches('input, select')) {
      measure(element, style.color, element.value || 'value');
      if (element.placeholder) measure(element, getComputedStyle(element, '::placeholder').color, element.placeholder);
    }
    for (const pseudo of ['::before', '::after']) {
      const made = getComputedStyle(element, pseudo);
      if (made.content !== 'none' && made.content !== 'normal' && made.content !== '""') measure(element, made.color, made.content);
    }
  }
  return { measured, least, faint };
}`;
