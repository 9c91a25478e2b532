// Draws the learning curves from the JSON block "curves-data", and the curves over thresholds from
// the block "measures-data"; either may be missing.
(() => {
  'use strict';
  if (typeof Chart === 'undefined') return;
  const read = (id, none) => {
    const block = document.getElementById(id);
    return block ? JSON.parse(block.textContent) : none;
  };
  const root = document.documentElement;
  root.classList.add('scripted');
  const data = read('curves-data', { epochs: [], best: 0, charts: [] });
  const measures = read('measures-data', { charts: [] });
  const few = data.epochs.length <= 30;
  const bestAt = data.epochs.indexOf(data.best);
  const colour = (name) => getComputedStyle(root).getPropertyValue('--' + name).trim();

  const show = (percent, value) =>
    percent ? (100 * value).toFixed(2) + ' %' : String(Number(value.toPrecision(4)));
  const tick = (percent, value) =>
    percent ? Number((100 * value).toPrecision(4)) + ' %' : String(Number(value.toPrecision(3)));

  // A dashed line through the best epoch.
  const bestLine = {
    id: 'best',
    beforeDatasetsDraw(chart) {
      if (bestAt < 0) return;
      const x = chart.scales.x.getPixelForValue(bestAt);
      const { top, bottom, right } = chart.chartArea;
      const c = chart.ctx;
      c.save();
      c.strokeStyle = c.fillStyle = colour('muted');
      c.setLineDash([4, 4]);
      c.beginPath();
      c.moveTo(x, top);
      c.lineTo(x, bottom);
      c.stroke();
      const leftOf = x > right - 70;
      c.textAlign = leftOf ? 'right' : 'left';
      c.font = '11px ' + Chart.defaults.font.family;
      c.fillText('best: ' + data.best, x + (leftOf ? -5 : 5), chart.options.labelAtBottom ? bottom - 6 : top + 9);
      c.restore();
    },
  };

  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.animation = false;

  const line = (series) => ({
    label: series.name,
    data: series.values,
    borderWidth: 2,
    pointRadius: (p) => (p.dataIndex === bestAt ? 4.5 : few ? 2.5 : 0),
    pointHoverRadius: 6,
    pointHitRadius: 12,
    cubicInterpolationMode: 'monotone',
    spanGaps: true,
    clip: 8,
  });

  // Shares end at 100 %, which automatic limits would pass.
  const limits = (spec) => {
    if (!spec.percent) return { beginAtZero: true, grace: '4%' };
    const values = spec.series.flatMap((s) => s.values).filter((v) => v !== null);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = Math.max(0.002, 0.06 * (high - low));
    return { min: Math.max(0, low - room), max: Math.min(1, high + room) };
  };

  const draw = (spec) =>
    new Chart(document.getElementById('chart-' + spec.id), {
      type: 'line',
      data: { labels: data.epochs, datasets: spec.series.map(line) },
      plugins: [bestLine],
      options: {
        labelAtBottom: spec.percent,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: 'index', intersect: false },
        scales: {
          x: { title: { display: true, text: 'epoch' }, ticks: { maxRotation: 0 } },
          y: {
            ...limits(spec),
            ticks: {
              includeBounds: false,
              maxTicksLimit: 7,
              callback: (v) => tick(spec.percent, v),
            },
          },
        },
        plugins: {
          legend: {
            display: spec.series.length > 1,
            align: 'start',
            labels: { usePointStyle: true, pointStyle: 'line', pointStyleWidth: 22 },
          },
          tooltip: {
            callbacks: {
              title: (items) => 'epoch ' + items[0].label,
              label: (item) => ' ' + item.dataset.label + ' ' + show(spec.percent, item.raw),
            },
          },
        },
      },
    });

  // One colour for each class, told apart by hue; a single line has the accent's.
  const hue = (i, n) => `hsl(${Math.round((360 * i) / n + 215) % 360} 62% 52%)`;

  const points = (spec, series, i) => ({
    label: series.name,
    colour: spec.series.length === 1 ? null : hue(i, spec.series.length),
    data: series.points.map(([x, y, n]) => ({ x, y, n })),
    borderWidth: 1.5,
    pointRadius: spec.series.length === 1 ? 3.5 : 0,
    pointHoverRadius: 5,
    pointHitRadius: 8,
    clip: 8,
  });

  const drawMeasure = (spec) =>
    new Chart(document.getElementById('chart-' + spec.id), {
      type: 'scatter',
      data: {
        datasets: [
          ...spec.series.map((series, i) => ({ showLine: true, ...points(spec, series, i) })),
          ...(spec.diagonal
            ? [
                {
                  label: spec.diagonal,
                  showLine: true,
                  data: [
                    { x: 0, y: 0 },
                    { x: 1, y: 1 },
                  ],
                  borderWidth: 1,
                  borderDash: [4, 4],
                  pointRadius: 0,
                  pointHitRadius: 0,
                },
              ]
            : []),
        ],
      },
      options: {
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: 'nearest', intersect: false },
        scales: {
          x: {
            min: 0,
            max: 1,
            title: { display: true, text: spec.x },
            ticks: { maxTicksLimit: 6, maxRotation: 0, callback: (v) => tick(true, v) },
          },
          y: {
            min: 0,
            max: 1,
            title: { display: true, text: spec.y },
            ticks: { maxTicksLimit: 6, callback: (v) => tick(true, v) },
          },
        },
        plugins: {
          legend: {
            display: true,
            align: 'start',
            labels: { usePointStyle: true, pointStyle: 'line', pointStyleWidth: 18, boxHeight: 7 },
          },
          tooltip: {
            callbacks: {
              label: ({ dataset, raw }) =>
                ` ${dataset.label}: ${spec.x} ${show(true, raw.x)}, ${spec.y} ${show(true, raw.y)}` +
                (raw.n ? `, ${raw.n} images` : ''),
            },
          },
        },
      },
    });

  const charts = [...data.charts.map(draw), ...measures.charts.map(drawMeasure)];

  // The colours come from the style sheet, which knows light, dark and paper.
  const paint = () => {
    for (const chart of charts) {
      for (const set of chart.data.datasets) {
        set.borderColor = set.backgroundColor =
          set.colour ?? (colour(set.borderDash ? 'muted' : set.label) || colour('accent'));
      }
      chart.options.color = colour('text');
      for (const axis of Object.values(chart.options.scales)) {
        axis.grid = { color: colour('line') };
        axis.border = { color: colour('line') };
        axis.ticks.color = axis.title.color = colour('muted');
      }
      chart.update('none');
      chart.resize();
    }
  };
  paint();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);

  const paper = (on) => {
    root.classList.toggle('on-paper', on);
    paint();
  };
  addEventListener('beforeprint', () => paper(true));
  addEventListener('afterprint', () => paper(false));

  // A loss that falls far shows its end only on a logarithmic scale; there the box starts ticked.
  for (const box of document.querySelectorAll('[data-log]')) {
    const chart = Chart.getChart(box.dataset.log);
    const values = chart.data.datasets.flatMap((set) => set.data).filter((v) => v !== null);
    const least = Math.min(...values);
    const apply = () => {
      chart.options.scales.y.type = box.checked ? 'logarithmic' : 'linear';
      paint();
    };
    box.checked = least > 0 && Math.max(...values) > 20 * least;
    box.addEventListener('change', apply);
    if (box.checked) apply();
  }
})();
