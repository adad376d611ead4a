// Brings every strides picture on the page to life: sliders over the drawing that stood there, and a hand that points.
(() => {
  const CELL = 36, TALL = 32, TOP = 58;
  const esc = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const wide = (text) => [...text].reduce((sum, c) => sum + (c.charCodeAt(0) > 0x2e80 ? 13 : 7.6), 0);

  const box = (x, y, cls, more = '') =>
    `<rect x="${x}" y="${y}" width="${CELL}" height="${TALL}" class="${cls}" ${more}/>`;

  function start(root) {
    const { values, longest, start, presets, words } = JSON.parse(root.dataset.state);
    const state = structuredClone(start);
    const at = { i: start.shape[0] - 1, j: start.shape[1] - 1 };
    const left = Math.max(wide(words.memory), wide(words.place)) + 16;
    const place = (i, j) => state.offset + i * state.stride[0] + j * state.stride[1];
    const middle = (cell) => left + (cell + 0.5) * CELL;

    root.querySelector('.lead').hidden = false;
    const names = document.createElement('form');
    names.method = 'dialog';
    const sliders = names.cloneNode();
    const buttons = presets.map((preset) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = preset.name;
      button.addEventListener('click', () => {
        Object.assign(state, structuredClone(preset));
        at.i = preset.shape[0] - 1;
        at.j = preset.shape[1] - 1;
        draw();
      });
      names.append(button);
      return button;
    });
    const bound = [
      [`${words.shape}[0]`, 1, longest, () => state.shape[0], (n) => { state.shape[0] = n; }, 1],
      [`${words.shape}[1]`, 1, longest, () => state.shape[1], (n) => { state.shape[1] = n; }, 2],
      [`${words.stride} s0`, 0, values.length, () => state.stride[0], (n) => { state.stride[0] = n; }, 1],
      [`${words.stride} s1`, 0, values.length, () => state.stride[1], (n) => { state.stride[1] = n; }, 2],
      [words.offset, 0, values.length - 1, () => state.offset, (n) => { state.offset = n; }, 0],
    ].map(([name, low, high, get, set, hue]) => {
      const label = document.createElement('label');
      label.className = `o${hue}`;
      const input = Object.assign(document.createElement('input'), { type: 'range', min: low, max: high, step: 1 });
      input.dataset.lmSuppressShortcuts = 'true'; // or JupyterLab takes the arrow keys
      const output = document.createElement('output');
      label.append(name, input, output);
      input.addEventListener('input', () => { set(Number(input.value)); draw(); });
      sliders.append(label);
      return () => { input.value = get(); output.textContent = get(); };
    });
    const stage = root.querySelector('.stage');
    const formula = Object.assign(document.createElement('div'), { className: 'say formula' });
    const code = Object.assign(document.createElement('div'), { className: 'say code' });
    formula.setAttribute('aria-live', 'polite');
    stage.before(names, sliders, formula, code);

    const same = (preset) => ['shape', 'stride', 'offset'].every((k) => String(preset[k]) === String(state[k]));
    const tuple = (pair) => `(${pair.join(', ')})`;

    function draw() {
      bound.forEach((show) => show());
      buttons.forEach((button, k) => button.setAttribute('aria-pressed', same(presets[k])));
      at.i = Math.min(at.i, state.shape[0] - 1);
      at.j = Math.min(at.j, state.shape[1] - 1);
      const marks = [];
      const read = new Set();
      for (let i = 0; i < state.shape[0]; i++) for (let j = 0; j < state.shape[1]; j++) read.add(place(i, j));
      marks.push(`<text x="0" y="${TOP + 21}" class="b">${esc(words.memory)}</text>`);
      marks.push(`<text x="0" y="${TOP + TALL + 14}" class="q s">${esc(words.place)}</text>`);
      values.forEach((value, cell) => {
        const x = left + cell * CELL;
        marks.push(box(x, TOP, read.has(cell) ? 'c t0' : 'c'));
        marks.push(`<text x="${x + CELL / 2}" y="${TOP + 21}" class="m">${esc(value)}</text>`);
        marks.push(`<text x="${x + CELL / 2}" y="${TOP + TALL + 14}" class="m q s">${cell}</text>`);
      });
      const grid = TOP + TALL + 78;
      marks.push(`<text x="${left - 10}" y="${grid + TALL / 2 + 4}" class="e w1 s">i = 0</text>`);
      marks.push(`<text x="${left + CELL / 2}" y="${grid - 7}" class="m w2 s">j = 0</text>`);
      for (let i = 0; i < state.shape[0]; i++) {
        if (i) marks.push(`<text x="${left - 10}" y="${grid + (i + 0.5) * TALL + 4}" class="e w1 s">${i}</text>`);
        for (let j = 0; j < state.shape[1]; j++) {
          const x = left + j * CELL, y = grid + i * TALL, cell = place(i, j), inside = cell < values.length;
          if (j && !i) marks.push(`<text x="${x + CELL / 2}" y="${grid - 7}" class="m w2 s">${j}</text>`);
          marks.push(
            `<g class="cell" tabindex="0" role="button" data-lm-suppress-shortcuts="true" data-i="${i}" data-j="${j}" ` +
            `aria-label="(${i}, ${j}): ${cell}">${box(x, y, inside ? 'c t0' : 'c d', 'pointer-events="all"')}` +
            `<text x="${x + CELL / 2}" y="${y + 16}" class="m">${inside ? esc(values[cell]) : '?'}</text>` +
            `<text x="${x + CELL - 3}" y="${y + TALL - 3}" class="e q xs">${cell}</text></g>`);
        }
      }
      const width = left + Math.max(values.length, longest) * CELL + 12;
      const height = grid + Math.max(state.shape[0], 4) * TALL + 8;
      stage.innerHTML = `<svg class="tidu-svg" role="group" aria-label="${esc(words.memory)}" width="${width}" ` +
        `height="${height}" viewBox="-6 0 ${width} ${height}">${marks.join('')}<g class="over"></g></svg>`;
      code.textContent = `x.as_strided(${tuple(state.shape)}, ${tuple(state.stride)}, ${state.offset})`;
      point();
    }

    // From the offset, i steps along dimension 0 over the strip, then j steps along dimension 1 under it.
    function point() {
      const marks = [], target = place(at.i, at.j), inside = target < values.length;
      const step = (from, by, over, hue) => {
        const y = over ? TOP - 2 : TOP + TALL + 20, sign = over ? -1 : 1;
        let a = middle(from), b = middle(from + by);
        if (!by) { a -= 7; b += 7; }
        const far = y + sign * Math.min(44, 14 + Math.abs(b - a) / 5);
        marks.push(`<path d="M${a} ${y}C${a} ${far} ${b} ${far} ${b} ${y + sign * 5}" class="a l${hue}"/>`);
        marks.push(`<path d="M${b} ${y}l-4 ${sign * 7}h8z" class="f${hue}"/>`);
      };
      const lit = (x, y) => marks.push(box(x, y, 'a l3', 'style="stroke-width:3" rx="2"'));
      for (let k = 0; k < at.i; k++) step(place(k, 0), state.stride[0], true, 1);
      for (let k = 0; k < at.j; k++) step(place(at.i, k), state.stride[1], false, 2);
      if (state.offset < values.length) {
        marks.push(`<circle cx="${middle(state.offset)}" cy="${TOP + TALL}" r="3.5" class="f0"/>`);
      }
      if (inside) lit(left + target * CELL, TOP);
      lit(left + at.j * CELL, TOP + TALL + 78 + at.i * TALL);
      stage.querySelector('.over').innerHTML = marks.join('');
      const [s0, s1] = state.stride;
      const three = (a, b, c) =>
        `<span class="o0">${a}</span> + <span class="o1">${b}</span> + <span class="o2">${c}</span>`;
      formula.innerHTML = `(${at.i}, ${at.j}):  ${three('offset', 'i·s0', 'j·s1')} = ` +
        `${three(state.offset, `${at.i}·${s0}`, `${at.j}·${s1}`)} = <b>${target}</b>   ` +
        esc(inside ? `${words.place_is} ${target}: ${values[target]}` : words.outside);
    }

    const aim = (event) => {
      const cell = event.target.closest?.('.cell');
      if (!cell) return;
      at.i = Number(cell.dataset.i);
      at.j = Number(cell.dataset.j);
      point();
    };
    stage.addEventListener('pointerover', aim);
    stage.addEventListener('focusin', aim);
    stage.addEventListener('keydown', (event) => {
      const [di, dj] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [];
      if (di === undefined) return;
      stage.querySelector(`.cell[data-i="${at.i + di}"][data-j="${at.j + dj}"]`)?.focus();
      event.preventDefault();
    });
    draw();
  }

  for (const root of document.querySelectorAll('.tidu-strides:not([data-live])')) {
    root.dataset.live = '';
    start(root);
  }
})();
