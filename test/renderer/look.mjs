// Builds the renderer with the fake workbench, serves it under the page's CSP, and looks at it in Chromium: screenshots in
// both themes, axe, console errors, longest frames. Usage: node test/renderer/look.mjs [OUT_DIR]  (needs Debian's chromium)
import { createServer } from 'node:http';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join, resolve } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { chromium } from 'playwright-core';
import { build } from 'vite';

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'";
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};
const out = resolve(process.argv[2] ?? 'test/output/renderer');
const only = process.argv[3];
const site = join(out, 'site');
mkdirSync(out, { recursive: true });
const root = resolve(import.meta.dirname, '../..');
await build({
  configFile: false,
  root,
  base: '/',
  logLevel: 'warn',
  plugins: [vue()],
  worker: { format: 'es' },
  build: {
    outDir: site,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: 'chrome130',
    modulePreload: { polyfill: false },
    rolldownOptions: { input: join(root, 'test/renderer/fake.html') },
  },
});

const server = createServer((request, response) => {
  const path = new URL(request.url, 'http://x').pathname;
  try {
    const body = readFileSync(join(site, path === '/' ? 'test/renderer/fake.html' : path));
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/html', 'content-security-policy': CSP });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(0, '127.0.0.1');
await new Promise((done) => server.once('listening', done));
const base = `http://127.0.0.1:${server.address().port}/`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function open(query, size = { width: 1440, height: 900 }) {
  const context = await browser.newContext({ viewport: size, colorScheme: 'dark', bypassCSP: false });
  const page = await context.newPage();
  page.on(
    'console',
    (m) =>
      ['error', 'warning'].includes(m.type()) && console.log(`  [${m.type()}] ${query}: ${m.text().slice(0, 300)}`),
  );
  page.on('pageerror', (e) => console.log(`  [pageerror] ${query}: ${e.message}\n${e.stack?.slice(0, 400)}`));
  await page.goto(`${base}?${query}`);
  await page.waitForSelector('.app .main');
  await page.waitForTimeout(900);
  return page;
}
async function check(page, name) {
  const { violations } = await page.evaluate(
    `(() => { const module = undefined; ${axe}; return axe.run(document, { resultTypes: ['violations'] }); })()`,
  );
  for (const v of violations)
    console.log(
      `  axe ${name}: ${v.id} (${v.impact}) ${v.nodes.length}× ${v.nodes[0].target.join(' ')} | ${v.nodes[0].failureSummary?.split('\n')[1]?.slice(0, 160)}`,
    );
  console.log(`${name}: ${violations.length} axe violations`);
}
/** Longest and 99th percentile frame while `work` runs, ms. */
async function frames(page, name, work) {
  await page.evaluate(() => {
    window.deltas = [];
    let last = performance.now();
    const tick = (now) => {
      window.deltas.push(now - last);
      last = now;
      window.ticking = requestAnimationFrame(tick);
    };
    window.ticking = requestAnimationFrame(tick);
  });
  await work();
  const deltas = await page.evaluate(() => {
    cancelAnimationFrame(window.ticking);
    return window.deltas;
  });
  const sorted = deltas.slice(1).sort((a, b) => a - b);
  console.log(
    `frames ${name}: ${sorted.length} frames, median ${sorted[sorted.length >> 1]?.toFixed(1)}, 99 % ${sorted[Math.floor(sorted.length * 0.99)]?.toFixed(1)}, longest ${sorted.at(-1)?.toFixed(1)} ms`,
  );
}
const shot = (page, name) => page.screenshot({ path: join(out, `${name}.png`) });

const SCENES = {
  async start() {
    for (const theme of ['dark', 'light']) {
      const page = await open(`start=empty&theme=${theme}`);
      await shot(page, `start-${theme}`);
      await check(page, `start-${theme}`);
      await page.close();
    }
  },
  async import() {
    for (const theme of ['dark', 'light']) {
      const page = await open(`start=mobilenet&theme=${theme}`);
      await page.click('[data-test=room-import]');
      await page.waitForTimeout(600);
      await page.click('[data-test=operator-row-3]');
      await shot(page, `import-${theme}`);
      await check(page, `import-${theme}`);
      await page.click('[data-test^=tensor-][aria-pressed=false]');
      await page.waitForTimeout(500);
      await shot(page, `import-tensor-${theme}`);
      await check(page, `import-tensor-${theme}`);
      await page.close();
    }
  },
  async golden() {
    for (const theme of ['dark', 'light']) {
      const page = await open(`start=digits&theme=${theme}`);
      await page.click('[data-test=result-row-2]', { position: { x: 60, y: 10 } });
      await page.waitForTimeout(500);
      await shot(page, `golden-${theme}`);
      await check(page, `golden-${theme}`);
      console.log('prediction', await page.textContent('[data-test=prediction]'));
      await page.close();
    }
  },
  async run() {
    const page = await open('start=empty&ms=1500');
    await page.click('[data-test=sample-digits]');
    await page.waitForSelector('[data-test=network-name]');
    await page.keyboard.press('Control+2');
    await page.click('[data-test=sample-input-7_a]');
    await page.keyboard.press('F5');
    await page.waitForTimeout(700);
    await shot(page, 'running-dark');
    await check(page, 'running-dark');
    await page.waitForSelector('[data-test=prediction]');
    await page.click('[data-test=show-accumulator]');
    await page.waitForTimeout(300);
    await page.keyboard.press('Control+Shift+P');
    await page.keyboard.type('them');
    await page.waitForTimeout(200);
    await shot(page, 'palette-dark');
    await check(page, 'palette-dark');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+p');
    await page.keyboard.type('dense');
    await page.waitForTimeout(200);
    await shot(page, 'goto-dark');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Shift+?');
    await page.waitForTimeout(200);
    await shot(page, 'keys-dark');
    await page.keyboard.press('Escape');
    await page.evaluate(() =>
      window.fake.emit('failure', {
        kind: 'user',
        code: 'engine-ended',
        sentence: 'The engine ended while operator 4 (CONV_2D) ran.',
        remedy: 'Run again; it starts by itself.',
        place: { operator: 4 },
      }),
    );
    await page.evaluate(() => document.querySelector('[data-test=tab-problems]').click());
    await page.waitForTimeout(200);
    await shot(page, 'problems-dark');
    await check(page, 'problems-dark');
    await page.close();
  },
  async big() {
    const page = await open('start=residual&boxes=300&theme=light');
    await page.click('[data-test=room-import]');
    await page.waitForSelector('[data-test=graph-op0]');
    const box = await page.locator('[data-test=graph]').boundingBox();
    await page.click('[aria-label="Whole graph"]');
    await frames(page, 'graph 300 boxes, pan and zoom, whole graph in sight', () => wander(page, box));
    await page.click('[data-test=show-graph]');
    await page.click('[aria-label="To the selection"]');
    await frames(page, 'graph 300 boxes, pan and zoom, scale 1', () => wander(page, box));
    await shot(page, 'graph-300-light');
    await page.close();
    const more = await open('start=residual&boxes=1200');
    await more.click('[data-test=room-import]');
    await more.waitForSelector('[data-test=graph-op0]', { timeout: 12_000 });
    await frames(more, 'graph 1200 boxes, culled', () => wander(more, box));
    await shot(more, 'graph-1200-dark');
    await more.close();
  },
  async values() {
    const page = await open('start=huge');
    await page.click('[data-test=result-row-0]', { position: { x: 60, y: 10 } });
    await page.waitForSelector('[data-test=values-view] .line');
    await page.waitForTimeout(1500);
    const box = await page.locator('[data-test=values-view] .lines').boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await frames(page, 'values, 10.5 M elements, wheel', async () => {
      for (let i = 0; i < 120; i++) {
        await page.mouse.wheel(0, 300);
        await page.waitForTimeout(16);
      }
    });
    await frames(page, 'values, 10.5 M elements, scroll bar dragged', () =>
      page.evaluate(async () => {
        const list = document.querySelector('[data-test=values-view] .lines');
        for (let i = 0; i <= 200; i++) {
          list.scrollTop = (i / 200) * (list.scrollHeight - list.clientHeight);
          await new Promise(requestAnimationFrame);
        }
      }),
    );
    await page.waitForTimeout(300);
    console.log('last line:', (await page.locator('[data-test=values-view] .line').last().textContent()).slice(0, 60));
    await page.fill('[data-test=goto-element]', '0, 511, 511, 39');
    await page.keyboard.press('Enter');
    await page.waitForTimeout(300);
    await shot(page, 'values-dark');
    console.log('told:', await page.locator('[data-test=heatmap] .told').textContent());
    await page.close();
  },
};
async function wander(page, box) {
  await page.mouse.move(box.x + 60, box.y + 60);
  await page.mouse.down();
  for (let i = 0; i < 80; i++) {
    await page.mouse.move(box.x + 60 + 100 * Math.sin(i / 8), box.y + 60 + i * 4);
    await page.waitForTimeout(12);
  }
  await page.mouse.up();
  for (let i = 0; i < 40; i++) {
    await page.mouse.wheel(0, i % 2 ? 60 : -70);
    await page.waitForTimeout(12);
  }
}

for (const [name, scene] of Object.entries(SCENES))
  if (!only || only.split(',').includes(name))
    await scene().catch((error) => console.log(`SCENE ${name} FAILED: ${error.message.slice(0, 500)}`));
await browser.close();
server.close();
