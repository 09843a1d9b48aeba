// A list of any length, of which only what is seen lies in the page.

/** First and end of the lines to draw. */
export function linesToDraw(top, height, line, count, margin = 4) {
  const first = Math.max(0, Math.min(count, Math.floor(top / line)) - margin);
  return [first, Math.max(first, Math.min(count, Math.ceil((top + height) / line) + margin))];
}

export class VirtualList {
  #nodes = new Map();
  #ids = [];
  #tall = document.createElement("div");

  /** `draw(id, node)` fills a node, which may have been filled before; node is null: makes one. */
  constructor(box, line, draw) {
    Object.assign(this, {box, line, draw});
    box.append(this.#tall);
    box.addEventListener("scroll", () => this.render(), {passive: true});
    new ResizeObserver(() => this.render()).observe(box);
  }

  set ids(ids) {
    this.#ids = ids;
    this.#tall.style.height = `${ids.length * this.line}px`;
    this.render();
  }
  get ids() { return this.#ids; }

  get seen() {
    const [first, end] = linesToDraw(this.box.scrollTop, this.box.clientHeight, this.line, this.#ids.length, 0);
    return this.#ids.slice(first, end);
  }

  render() {
    const [first, end] = linesToDraw(this.box.scrollTop, this.box.clientHeight, this.line, this.#ids.length);
    const before = this.#nodes;
    this.#nodes = new Map();
    for (let i = first; i < end; ++i) {
      const id = this.#ids[i], node = this.draw(id, before.get(id) ?? null);
      node.style.top = `${i * this.line}px`;
      node.setAttribute("aria-posinset", i + 1);
      node.setAttribute("aria-setsize", this.#ids.length);
      if (!before.delete(id)) this.box.append(node);
      this.#nodes.set(id, node);
    }
    for (const node of before.values()) node.remove();
  }

  /** Brings the line into sight and gives it the keyboard. */
  focus(index) {
    if (index < 0 || index >= this.#ids.length) return;
    const top = index * this.line, {scrollTop, clientHeight} = this.box;
    if (top < scrollTop) this.box.scrollTop = top;
    if (top + this.line > scrollTop + clientHeight) this.box.scrollTop = top + this.line - clientHeight;
    this.render();
    this.#nodes.get(this.#ids[index])?.focus({preventScroll: true});
  }
}
