// Brings every index picture on the page to life: a box for an expression, read here as PyTorch reads it.
(() => {
  const CELL = 36, TALL = 32, BAR = 11, GAP = 40, MOST = 64;
  const esc = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const wide = (text) => [...text].reduce((sum, c) => sum + (c.charCodeAt(0) > 0x2e80 ? 13 : 7.6), 0);
  const tuple = (numbers) => `(${numbers.join(', ')}${numbers.length === 1 ? ',' : ''})`;
  const product = (numbers) => numbers.reduce((a, b) => a * b, 1);

  // What stands between commas that no bracket encloses.
  function split(text) {
    const items = [''];
    let depth = 0;
    for (const c of text) {
      depth += (c === '[' || c === '(') - (c === ']' || c === ')');
      if (c === ',' && !depth) items.push('');
      else items[items.length - 1] += c;
    }
    const found = items.map((item) => item.trim());
    if (found.length > 1 && found[found.length - 1] === '') found.pop();
    return found;
  }

  function tensor(list) {
    if (!Array.isArray(list)) return { shape: [], flat: [list] };
    const inside = list.map(tensor);
    const shape = inside.length ? inside[0].shape : [];
    if (inside.some((one) => String(one.shape) !== String(shape))) throw 'unread';
    return { shape: [list.length, ...shape], flat: inside.flatMap((one) => one.flat) };
  }

  function item(text, x) {
    if (/^-?\d+$/.test(text)) return { kind: 'int', at: Number(text) };
    if (text === 'None') return { kind: 'new' };
    if (text === '...') return { kind: 'rest' };
    const slice = /^(-?\d*)\s*:\s*(-?\d*)\s*(?::\s*(-?\d*))?$/.exec(text);
    if (slice) {
      const [start, stop, step] = slice.slice(1).map((s) => (s ? Number(s) : null));
      if ([start, stop, step].some(Number.isNaN)) throw 'unread';
      if (step !== null && step < 1) throw 'step';
      return { kind: 'slice', start, stop, step: step ?? 1 };
    }
    const test = /^x\s*(?:%\s*(\d+)\s*)?(==|!=|<=|>=|<|>)\s*(-?\d+)$/.exec(text);
    if (test) {
      const [, by, sign, n] = test;
      const compare = { '==': (a) => a === +n, '!=': (a) => a !== +n, '<=': (a) => a <= +n, '>=': (a) => a >= +n,
        '<': (a) => a < +n, '>': (a) => a > +n }[sign];
      return { kind: 'mask', flags: x.values.map((value) => compare(by ? value % by : value)) };
    }
    if (/^\[[-\d\s,[\]]*\]$/.test(text)) {
      try { return { kind: 'tensor', ...tensor(JSON.parse(text)) }; } catch { throw 'unread'; }
    }
    throw 'unread';
  }

  function inside(i, n) {
    if (i < -n || i >= n) throw 'range';
    return i < 0 ? i + n : i;
  }

  // Shape, strides and offset of a view, or shape and places of a copy: {shape, stride, offset, places}.
  function pick(text, x) {
    const body = /^\s*x\s*\[(.*)\]\s*$/s.exec(text);
    let items = split(body ? body[1] : text).map((one) => item(one, x));
    if (items.length === 1 && items[0].kind === 'tensor' && items[0].shape.length > 1) throw 'nested';
    const lengths = x.shape, strides = [x.shape[1], 1];
    if (items.some((one) => one.kind === 'mask')) {
      if (items.length > 1) throw 'mask';
      const places = items[0].flags.flatMap((flag, place) => (flag ? [place] : []));
      return { shape: [places.length], places };
    }
    const rests = items.filter((one) => one.kind === 'rest').length;
    const used = items.filter((one) => one.kind !== 'new' && one.kind !== 'rest').length;
    if (rests > 1) throw 'unread';
    if (used > 2) throw 'many';
    const whole = Array.from({ length: 2 - used }, () => ({ kind: 'slice', start: null, stop: null, step: 1 }));
    items = rests ? items.flatMap((one) => (one.kind === 'rest' ? whole : [one])) : [...items, ...whole];

    let dim = 0, offset = 0;
    const axes = [], tensors = [];
    for (const one of items) {
      const n = lengths[dim], s = strides[dim];
      if (one.kind === 'new') {
        axes.push({ shape: [1], offsets: [0], stride: dim < 2 ? n * s : 1 });
        continue;
      }
      dim += 1;
      if (one.kind === 'int') {
        offset += inside(one.at, n) * s;
      } else if (one.kind === 'slice') {
        const clip = (i) => Math.min(Math.max(i < 0 ? i + n : i, 0), n);
        const start = one.start === null ? 0 : clip(one.start), stop = one.stop === null ? n : clip(one.stop);
        const length = Math.max(Math.ceil((stop - start) / one.step), 0);
        offset += start * s;
        axes.push({ shape: [length], offsets: Array.from({ length }, (_, k) => k * one.step * s), stride: one.step * s });
      } else {
        tensors.push({ shape: one.shape, flat: one.flat.map((i) => inside(i, n) * s), at: axes.length });
      }
    }
    if (tensors.length) {
      const joined = together(tensors);
      axes.splice(tensors.every((one) => one.at === tensors[0].at) ? tensors[0].at : 0, 0, joined);
    }
    let places = [offset];
    for (const axis of axes) places = places.flatMap((place) => axis.offsets.map((by) => place + by));
    const shape = axes.flatMap((axis) => axis.shape);
    return tensors.length ? { shape, places } : { shape, places, stride: axes.map((axis) => axis.stride), offset };
  }

  // Index tensors broadcast, and add up to one distance for each element.
  function together(tensors) {
    const ndim = Math.max(...tensors.map((one) => one.shape.length));
    const padded = tensors.map((one) => [...Array(ndim - one.shape.length).fill(1), ...one.shape]);
    const shape = Array.from({ length: ndim }, (_, d) => {
      const others = new Set(padded.map((one) => one[d]).filter((n) => n !== 1));
      if (others.size > 1) throw 'broadcast';
      return others.size ? [...others][0] : 1;
    });
    const offsets = Array.from({ length: product(shape) }, (_, flat) => tensors.reduce((sum, one, t) => {
      let rest = flat, place = 0, step = 1;
      for (let d = ndim - 1; d >= 0; d--) {
        const i = rest % shape[d];
        rest = Math.floor(rest / shape[d]);
        place += (padded[t][d] === 1 ? 0 : i) * step;
        step *= padded[t][d];
      }
      return sum + one.flat[place];
    }, 0));
    return { shape, offsets };
  }

  function start(root) {
    const x = JSON.parse(root.dataset.state), { words } = x;
    const left = Math.max(...[words.memory, words.place, words.order].map(wide)) * 1.15 + 16;
    root.querySelector('.lead').hidden = false;
    const form = document.createElement('form');
    form.addEventListener('submit', (event) => event.preventDefault());
    const input = Object.assign(document.createElement('input'), { type: 'text', value: x.start, spellcheck: false });
    input.setAttribute('aria-label', 'x[…]');
    input.dataset.lmSuppressShortcuts = 'true';
    const presets = document.createElement('form');
    presets.addEventListener('submit', (event) => event.preventDefault());
    const buttons = x.presets.map((preset) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: preset });
      button.addEventListener('click', () => { input.value = preset; draw(); });
      presets.append(button);
      return button;
    });
    const say = Object.assign(document.createElement('div'), { className: 'say formula' });
    say.setAttribute('aria-live', 'polite');
    form.append(input);
    const stage = root.querySelector('.stage');
    stage.before(presets, form, say);
    input.addEventListener('input', draw);

    function draw() {
      buttons.forEach((button) => button.setAttribute('aria-pressed', button.textContent === input.value.trim()));
      let found;
      try {
        found = pick(input.value, x);
        if (found.places.length > MOST) throw 'large';
      } catch (problem) {
        say.textContent = words[problem] ?? words.unread;
        say.dataset.problem = problem;
        show({ shape: [0], places: [] }, true);
        return;
      }
      delete say.dataset.problem;
      say.textContent = found.stride
        ? `${words.view}: ${words.shape} ${tuple(found.shape)}, ${words.stride} ${tuple(found.stride)}, ` +
          `${words.offset} ${found.offset}`
        : `${words.copy}: ${words.shape} ${tuple(found.shape)}`;
      show(found, false);
    }

    function show(found, failed) {
      const marks = [], taken = new Set(found.places), hue = found.stride ? 0 : 1;
      const cell = (px, py, value, place, cls) => marks.push(
        `<rect x="${px}" y="${py}" width="${CELL}" height="${TALL}" class="${cls}"/>` +
        `<text x="${px + CELL / 2}" y="${py + 16}" class="m">${esc(value)}</text>` +
        `<text x="${px + CELL - 3}" y="${py + TALL - 3}" class="e q xs">${place}</text>`);
      marks.push(`<text x="0" y="21" class="b">${esc(words.memory)}</text>`);
      marks.push(`<text x="0" y="${TALL + 14}" class="q s">${esc(words.place)}</text>`);
      x.values.forEach((value, place) => {
        const px = left + place * CELL;
        marks.push(`<rect x="${px}" y="0" width="${CELL}" height="${TALL}" class="c"/>`);
        marks.push(`<text x="${px + CELL / 2}" y="21" class="m">${value}</text>`);
        marks.push(`<text x="${px + CELL / 2}" y="${TALL + 14}" class="m q s">${place}</text>`);
      });
      const bar = TALL + 26;
      marks.push(`<path d="M${left} ${bar + BAR / 2}h${x.values.length * CELL}" class="c"/>`);
      if (taken.size) marks.push(`<text x="0" y="${bar + BAR + 15}" class="q s">${esc(words.order)}</text>`);
      for (const place of taken) {
        const numbers = found.places.flatMap((read, number) => (read === place ? [number] : []));
        const told = numbers.length > 3 ? `${numbers.slice(0, 2).join(',')}…` : numbers.join(',');
        marks.push(`<rect x="${left + place * CELL + 4}" y="${bar}" width="${CELL - 8}" height="${BAR}" class="f${hue}" rx="3"/>`);
        marks.push(`<text x="${left + (place + 0.5) * CELL}" y="${bar + BAR + 15}" class="m s w${hue}">${told}</text>`);
      }
      const top = bar + BAR + 36, [rows, columns] = x.shape;
      x.values.forEach((value, place) => cell(
        left + (place % columns) * CELL, top + Math.floor(place / columns) * TALL, value, place,
        taken.has(place) ? `c t${hue}` : 'c'));
      const across = found.shape.length ? Math.max(found.shape[found.shape.length - 1], 1) : 1;
      const down = Math.max(Math.ceil(found.places.length / across), 1);
      const from = left + columns * CELL, middle = top + rows * TALL / 2;
      if (!failed) {
        marks.push(`<path d="M${from + 9} ${middle}h${GAP - 20}" class="a l${hue}"/>`);
        marks.push(`<path d="M${from + GAP - 8} ${middle}l-6.5 -3.6v7.2z" class="f${hue}"/>`);
        const first = top + Math.max(rows - down, 0) * TALL / 2;
        if (!found.places.length) {
          marks.push(`<text x="${from + GAP}" y="${middle + 5}" class="q">${esc(words.empty)}</text>`);
        }
        found.places.forEach((place, number) => cell(
          from + GAP + (number % across) * CELL, first + Math.floor(number / across) * TALL, x.values[place], place,
          `c t${hue}${found.stride ? '' : ' d'}`));
      }
      const width = Math.max(left + x.values.length * CELL, from + GAP + across * CELL) + 14;
      const height = top + Math.max(rows, down) * TALL + 8;
      stage.innerHTML = `<svg class="tidu-svg" role="img" aria-label="${esc(input.value)}: ${esc(say.textContent)}" ` +
        `width="${width}" height="${height}" viewBox="-6 -6 ${width} ${height}">${marks.join('')}</svg>`;
    }
    draw();
  }

  for (const root of document.querySelectorAll('.tidu-indexing:not([data-live])')) {
    root.dataset.live = '';
    start(root);
  }
})();
