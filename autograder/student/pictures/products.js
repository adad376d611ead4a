// Brings every products picture on the page to life: its weights can be dragged, its results say how they are made.
(() => {
  const show = (x) => String(Math.round(x * 1000) / 1000 || 0).replace('-', '−');
  const factor = (x) => (x < 0 ? `(${show(x)})` : show(x));
  const sum = (terms) => terms.reduce((a, [x, y]) => a + x * y, 0);
  const spelled = (terms) => `${terms.map(([x, y]) => `${factor(x)}·${factor(y)}`).join(' + ')} = ${show(sum(terms))}`;

  function start(root) {
    const state = JSON.parse(root.dataset.state);
    const { J, rows, columns, reach } = state;
    const stage = root.querySelector('.stage'), svg = stage.querySelector('svg');
    const chosen = { vj: 0, jt: 0 };
    // The same terms in both directions: a column of J with v, a row of J with t.
    const terms = {
      vj: (j) => rows.map((_, i) => [state.v[i], J[i][j]]),
      jt: (i) => columns.map((_, j) => [J[i][j], state.t[j]]),
    };
    svg.setAttribute('role', 'group');
    root.querySelector('.lead').hidden = false;

    const line = (hue) => {
      const element = Object.assign(document.createElement('div'), { className: `say o${hue}` });
      element.setAttribute('aria-live', 'polite');
      stage.after(element);
      return element;
    };
    const lines = { jt: line(0), vj: line(1) };

    const form = Object.assign(document.createElement('form'), { method: 'dialog' });
    const unit = (vector, names, k) => {
      const button = Object.assign(document.createElement('button'), { type: 'button' });
      button.textContent = `${vector} = e(${names[k]})`;
      button.addEventListener('click', () => {
        state[vector] = names.map((_, n) => Number(n === k));
        update();
      });
      form.append(button);
    };
    rows.forEach((_, i) => unit('v', rows, i));
    columns.forEach((_, j) => unit('t', columns, j));
    stage.before(form);

    const weights = [...svg.querySelectorAll('[data-weight]')].map((group) => {
      const vector = group.dataset.weight, k = Number(group.dataset.index);
      const box = group.querySelector('rect'), knob = group.querySelector('circle'), text = group.querySelector('text');
      const x = Number(box.getAttribute('x')), half = Number(box.getAttribute('width')) / 2;
      const set = (value) => {
        state[vector][k] = Math.round(Math.min(Math.max(value, -reach), reach) * 10) / 10;
        update();
      };
      const drag = (event) => {
        const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
        set(((at.x - x - half) / (half - 9)) * reach);
      };
      group.addEventListener('pointerdown', (event) => {
        group.setPointerCapture(event.pointerId);
        group.focus();
        drag(event);
        event.preventDefault();
      });
      group.addEventListener('pointermove', (event) => group.hasPointerCapture(event.pointerId) && drag(event));
      group.addEventListener('keydown', (event) => {
        const by = { ArrowLeft: -0.1, ArrowDown: -0.1, ArrowRight: 0.1, ArrowUp: 0.1 }[event.key];
        if (by === undefined) return;
        set(state[vector][k] + by);
        event.preventDefault();
      });
      const told = {
        tabindex: 0, role: 'slider', 'aria-label': `${vector}[${k}]`, 'aria-valuemin': -reach, 'aria-valuemax': reach,
        'data-lm-suppress-shortcuts': 'true', // or JupyterLab takes the arrow keys
      };
      Object.entries(told).forEach(([name, value]) => group.setAttribute(name, value));
      return () => {
        const value = state[vector][k];
        text.textContent = show(value);
        knob.setAttribute('cx', x + half + (value / reach) * (half - 9));
        group.setAttribute('aria-valuenow', value);
      };
    });

    const results = [...svg.querySelectorAll('[data-result]')].map((group) => {
      const kind = group.dataset.result, k = Number(group.dataset.index);
      const choose = () => { chosen[kind] = k; update(); };
      group.addEventListener('pointerenter', choose);
      group.addEventListener('focus', choose);
      group.setAttribute('tabindex', 0);
      return () => {
        group.querySelector('text').textContent = show(sum(terms[kind](k)));
        group.classList.toggle(kind === 'jt' ? 'lit0' : 'lit1', chosen[kind] === k);
        group.setAttribute('aria-label', spelled(terms[kind](k)));
      };
    });

    function update() {
      weights.forEach((put) => put());
      results.forEach((put) => put());
      for (const cell of svg.querySelectorAll('[data-row]')) {
        cell.classList.toggle('lit0', Number(cell.dataset.row) === chosen.jt);
        cell.classList.toggle('lit1', Number(cell.dataset.column) === chosen.vj);
      }
      lines.vj.textContent = `vᵀJ[${columns[chosen.vj]}] = ${spelled(terms.vj(chosen.vj))}`;
      lines.jt.textContent = `J t[${rows[chosen.jt]}] = ${spelled(terms.jt(chosen.jt))}`;
    }
    update();
  }

  for (const root of document.querySelectorAll('.tidu-products:not([data-live])')) {
    root.dataset.live = '';
    start(root);
  }
})();
