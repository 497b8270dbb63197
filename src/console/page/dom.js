/** Elements without a framework: make, and change only what is different. Texts are text: nothing is ever read as HTML. */

/** `h('td', { class: 'num' }, 'text', child)`; an attribute of undefined or false is left out, one of true is empty. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  set(element, attributes);
  element.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  set(element, attributes);
  element.append(...children);
  return element;
}

function set(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : String(value));
  }
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Brings the children of `parent` to the items, in order; what is known by its key is updated and not made anew. Those that are gone go
 * first: the others then stay where they are.
 */
export function keyed(parent, items, { key, make, update }) {
  const known = (parent.byKey ??= new Map());
  const wanted = new Set(items.map(key));
  for (const [id, element] of known) {
    if (wanted.has(id)) continue;
    element.remove();
    known.delete(id);
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    const id = key(item);
    let element = known.get(id);
    const isNew = element === undefined;
    if (isNew) known.set(id, (element = make(item)));
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else if (isNew || parent.moveBefore === undefined) parent.insertBefore(element, place);
    // What has the focus keeps it.
    else parent.moveBefore(element, place);
  }
}

/**
 * A table whose rows are changed in place. A column is `{ label, cell(row), number, class, phone }`; a cell is a text, or
 * `{ sign, make }`: an element that is made again when its sign is another one. `phone: true` repeats the label where rows are stacked.
 */
export class Table {
  #body = h('tbody');
  #columns;
  #options;
  element;

  constructor(caption, columns, options) {
    this.#columns = columns;
    this.#options = options;
    const head = columns.map(({ label, number }) => h('th', { scope: 'col', class: number && 'num' }, label));
    this.element = h(
      'table',
      { class: 'stack', role: 'table' },
      h('caption', { class: options.captionHidden && 'hidden' }, caption),
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, head)),
      this.#body,
    );
    this.#body.setAttribute('role', 'rowgroup');
  }

  update(rows) {
    keyed(this.#body, rows, {
      key: this.#options.key,
      make: () =>
        h(
          'tr',
          { role: 'row' },
          this.#columns.map(({ label, number, phone, class: name }) =>
            h('td', {
              role: 'cell',
              class: [number && 'num', name].filter(Boolean).join(' '),
              'data-label': phone && label,
            }),
          ),
        ),
      update: (element, row) => this.#updateRow(element, row),
    });
  }

  #updateRow(element, row) {
    const name = this.#options.rowClass?.(row) ?? '';
    if (element.className !== name) element.className = name;
    this.#options.row?.(element, row);
    this.#columns.forEach(({ cell }, index) => {
      const place = element.children[index];
      const made = cell(row);
      if (typeof made === 'string') {
        if (place.sign !== undefined) place.replaceChildren();
        place.sign = undefined;
        setText(place, made);
      } else if (place.sign !== made.sign) {
        place.sign = made.sign;
        place.replaceChildren(...[made.make()].flat());
      }
    });
  }
}

export const tag = (kind, text) => h('span', { class: `tag ${kind}` }, text);
/** A cell with a tag. */
export const tagCell = (kind, text) => ({ sign: `${kind} ${text}`, make: () => tag(kind, text) });
