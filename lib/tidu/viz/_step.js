// Brings every stepped picture on the page to life: a slider, two buttons, and what has happened by the step shown.
(() => {
  const still = window.matchMedia('(prefers-reduced-motion: reduce)');

  function start(root) {
    const told = JSON.parse(root.dataset.told);
    const [back, next] = root.querySelectorAll('button');
    const slider = root.querySelector('input');
    const count = root.querySelector('output');
    const say = root.querySelectorAll('.say [lang]');
    const stage = root.querySelector('.stage');
    const marks = [...stage.querySelectorAll('[data-at]')];
    const last = told.length - 1;

    function show(step) {
      slider.value = step;
      slider.setAttribute('aria-valuetext', told[step].join(' '));
      count.textContent = `${step} / ${last}`;
      back.disabled = step === 0;
      next.disabled = step === last;
      say.forEach((line, i) => { line.textContent = told[step][i]; });
      for (const mark of marks) {
        const { at, until } = mark.dataset;
        mark.classList.toggle('later', step < at || (until !== undefined && step >= until));
        mark.classList.toggle('now', step === Number(at));
      }
      const node = stage.querySelector('.box.now')?.getBoundingClientRect();
      const frame = stage.getBoundingClientRect();
      if (node && (node.top < frame.top || node.bottom > frame.bottom || node.left < frame.left || node.right > frame.right)) {
        stage.scrollBy({
          top: (node.top + node.bottom - frame.top - frame.bottom) / 2,
          left: (node.left + node.right - frame.left - frame.right) / 2,
          behavior: still.matches ? 'instant' : 'smooth',
        });
      }
    }

    const now = () => Number(slider.value);
    slider.addEventListener('input', () => show(now()));
    back.addEventListener('click', () => show(Math.max(now() - 1, 0)));
    next.addEventListener('click', () => show(Math.min(now() + 1, last)));
    root.hidden = false;
    show(0);
  }

  for (const root of document.querySelectorAll('.tidu-step:not([data-live])')) {
    root.dataset.live = '';
    start(root);
  }
})();
