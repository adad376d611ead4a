// Brings every board on the page to life: draw on the pad, and the net, whose weights came along, reads it at once.
(() => {
  const decode = (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return new Float32Array(bytes.buffer);
  };

  // What strokes.py does, with the same numbers in the same order.
  function pixels(strokes, [side, block, wide, margin, inked, thin, thick, stretch]) {
    const segments = strokes.flatMap((stroke) =>
      stroke.length === 1 ? [[...stroke[0], ...stroke[0]]] : stroke.slice(1).map((b, k) => [...stroke[k], ...b]));
    const cells = side / block, counts = new Array(cells * cells).fill(0);
    if (!segments.length) return counts;
    const range = (at) => {
      const all = segments.flatMap((s) => [s[at], s[at + 2]]);
      const low = all.reduce((a, b) => Math.min(a, b)), high = all.reduce((a, b) => Math.max(a, b));
      return [low, high - low];
    };
    const [left, width] = range(0), [top, height] = range(1);
    const byWidth = width ? (wide - 2 * margin) / width : Infinity;
    const byHeight = height ? (side - 2 * margin) / height : Infinity;
    let down = Math.min(byHeight, byWidth * stretch);
    if (down === Infinity) down = 1;
    const across = Math.min(byWidth, down * stretch);
    const fitX = (x) => (x - (left + width / 2)) * across + side / 2;
    const fitY = (y) => (y - (top + height / 2)) * down + side / 2;
    const fitted = segments.map(([x0, y0, x1, y1]) => [fitX(x0), fitY(y0), fitX(x1), fitY(y1)]);
    const distance = new Float64Array(side * side).fill(Infinity);
    for (const [x0, y0, x1, y1] of fitted) {
      const dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
      for (let i = 0; i < side; i++) {
        for (let j = 0; j < side; j++) {
          const px = j + 0.5 - x0, py = i + 0.5 - y0;
          const along = length > 0 ? Math.min(Math.max((px * dx + py * dy) / length, 0), 1) : 0;
          const ex = px - along * dx, ey = py - along * dy, far = ex * ex + ey * ey;
          if (far < distance[i * side + j]) distance[i * side + j] = far;
        }
      }
    }
    const nth = distance.slice().sort()[inked - 1];
    const reach = Math.min(Math.max(nth, thin * thin), thick * thick);
    distance.forEach((far, k) => {
      const row = Math.floor(k / side / block), column = Math.floor((k % side) / block);
      if (far <= reach) counts[row * cells + column] += 1;
    });
    return counts;
  }

  const layers = {
    conv({ shape: [out, into, high, wide], padding: [up, aside], weight, bias }, { data, size: [, rows, columns] }) {
      const h = rows + 2 * up - high + 1, w = columns + 2 * aside - wide + 1, made = new Float64Array(out * h * w);
      for (let o = 0; o < out; o++) for (let i = 0; i < h; i++) for (let j = 0; j < w; j++) {
        let sum = bias ? bias[o] : 0;
        for (let c = 0; c < into; c++) for (let a = 0; a < high; a++) for (let b = 0; b < wide; b++) {
          const y = i + a - up, x = j + b - aside;
          if (y >= 0 && y < rows && x >= 0 && x < columns) {
            sum += weight[((o * into + c) * high + a) * wide + b] * data[(c * rows + y) * columns + x];
          }
        }
        made[(o * h + i) * w + j] = sum;
      }
      return { data: made, size: [out, h, w] };
    },
    pool({ size: n }, { data, size: [channels, rows, columns] }) {
      const h = Math.floor(rows / n), w = Math.floor(columns / n), made = new Float64Array(channels * h * w);
      for (let c = 0; c < channels; c++) for (let i = 0; i < h; i++) for (let j = 0; j < w; j++) {
        let most = -Infinity;
        for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) {
          most = Math.max(most, data[(c * rows + i * n + a) * columns + j * n + b]);
        }
        made[(c * h + i) * w + j] = most;
      }
      return { data: made, size: [channels, h, w] };
    },
    linear({ shape: [out, into], weight, bias }, { data }) {
      const made = new Float64Array(out);
      for (let o = 0; o < out; o++) {
        let sum = bias ? bias[o] : 0;
        for (let k = 0; k < into; k++) sum += weight[o * into + k] * data[k];
        made[o] = sum;
      }
      return { data: made, size: [out] };
    },
    relu: (_, { data, size }) => ({ data: data.map((x) => Math.max(x, 0)), size }),
    tanh: (_, { data, size }) => ({ data: data.map(Math.tanh), size }),
  };

  function chances(net, image, mean, std, levels) {
    const data = Float64Array.from(image, (v) => (Math.floor((v * 255 + levels / 2) / levels) / 255 - mean) / std);
    const scores = net.reduce((x, layer) => layers[layer.kind](layer, x), { data, size: [1, 8, 8] }).data;
    const most = scores.reduce((a, b) => Math.max(a, b)), powers = scores.map((x) => Math.exp(x - most));
    const total = powers.reduce((a, b) => a + b);
    return Array.from(powers, (x) => x / total);
  }

  function start(root) {
    const state = JSON.parse(root.dataset.state), { words, examples, pad: side } = state;
    const net = state.layers.map((layer) => ({
      ...layer, weight: layer.weight && decode(layer.weight), bias: layer.bias && decode(layer.bias),
    }));
    const levels = state.bitmap[1] ** 2;
    const stage = root.querySelector('.stage'), svg = stage.querySelector('svg'), pad = svg.querySelector('.pad');
    const cells = [...svg.querySelectorAll('[data-cell]')], bars = [...svg.querySelectorAll('[data-digit]')];
    const names = Object.keys(examples);
    let strokes = examples[state.start], shown = state.start, drawing = null, waiting = false;
    root.querySelector('.lead').hidden = false;
    svg.setAttribute('role', 'group');

    const say = Object.assign(document.createElement('div'), { className: 'say' });
    say.setAttribute('aria-live', 'polite');
    stage.after(say);
    const form = Object.assign(document.createElement('form'), { method: 'dialog' });
    const button = (text, act) => {
      const made = Object.assign(document.createElement('button'), { type: 'button', textContent: text });
      made.addEventListener('click', act);
      form.append(made);
    };
    button(words.clear, () => { strokes = []; shown = ''; update(); });
    button(words.example, () => {
      shown = names[(names.indexOf(shown) + 1) % names.length];
      strokes = examples[shown];
      update();
    });
    stage.before(form);

    const line = (stroke) => 'M' + (stroke.length === 1 ? [...stroke, ...stroke] : stroke).map((p) => p.join(' ')).join('L');
    const at = (event) => {
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      return [point.x, point.y].map((x) => Math.round(Math.min(Math.max(x, 0), side) * 10) / 10);
    };
    pad.addEventListener('pointerdown', (event) => {
      if (event.button) return;
      if (shown) [strokes, shown] = [[], '']; // the saved drawing makes room for the reader's
      pad.setPointerCapture(event.pointerId);
      drawing = [at(event)];
      strokes = [...strokes, drawing];
      event.preventDefault();
      later();
    });
    pad.addEventListener('pointermove', (event) => {
      if (!drawing || !pad.hasPointerCapture(event.pointerId)) return;
      const point = at(event), last = drawing[drawing.length - 1];
      if (Math.hypot(point[0] - last[0], point[1] - last[1]) < 2) return;
      drawing.push(point);
      later();
    });
    for (const end of ['pointerup', 'pointercancel']) pad.addEventListener(end, () => { drawing = null; later(); });

    function later() {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; update(); });
    }

    function update() {
      svg.querySelectorAll('.ink').forEach((old) => old.remove());
      for (const stroke of strokes) {
        const ink = document.createElementNS('http://www.w3.org/2000/svg', 'path');
        ink.setAttribute('class', 'ink');
        ink.setAttribute('d', line(stroke));
        ink.setAttribute('pointer-events', 'none');
        pad.after(ink);
      }
      const image = pixels(strokes, state.bitmap), found = chances(net, image, state.mean, state.std, levels);
      const best = found.indexOf(Math.max(...found)), empty = !strokes.length;
      cells.forEach((cell, k) => cell.setAttribute('fill-opacity', image[k] / levels));
      bars.forEach((bar, digit) => {
        const filled = bar.querySelectorAll('rect')[1], chance = empty ? 0 : found[digit];
        filled.setAttribute('width', state.bar * chance);
        filled.setAttribute('class', digit === best ? 'f0' : 't0');
        bar.querySelector('text').textContent = empty ? '' : `${(100 * chance).toFixed(1)}%`;
      });
      say.textContent = empty ? words.empty : words.reads.replace('{digit}', best).replace('{chance}', (100 * found[best]).toFixed(1));
      root.dataset.image = JSON.stringify(image);
      root.dataset.chances = JSON.stringify(empty ? [] : found);
      root.dataset.strokes = JSON.stringify(strokes);
    }
    update();
  }

  for (const root of document.querySelectorAll('.tidu-board:not([data-live])')) {
    root.dataset.live = '';
    start(root);
  }
})();
