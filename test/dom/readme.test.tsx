import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fireEvent, render, screen } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import type { ComponentType } from 'react';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { server } from './setup.js';

const root = join(import.meta.dirname, '../..');
// Within the package's own scope, so that 'cache-aside' is the package itself, as it was built.
const dir = join(root, 'dist/readme-component');
const code = /```tsx\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? '';
/** The React example of the README, as it stands there. */
let App: ComponentType;

beforeAll(async () => {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'app.tsx'), code);
  ({ App } = (await import(/* @vite-ignore */ join(dir, 'app.tsx'))) as { App: ComponentType });
});
afterAll(() => rm(dir, { recursive: true }));

it('the React example of the README shows what was loaded, takes no failed response for data, and renames', async () => {
  let name = 'Ada';
  let failures = 0;
  const down = () => HttpResponse.json({ name: 'No name, but a problem' }, { status: 503 });
  server.use(
    http.get('*/api/users/42', () => (failures++ < 1 ? down() : HttpResponse.json({ name }))),
    http.put('*/api/users/42', async ({ request }) => {
      name = await request.text();
      return HttpResponse.json({ name });
    }),
  );
  render(<App />);
  expect(screen.getByText('…')).toBeDefined();
  // Nothing but what was answered with success is ever shown, and it is tried again.
  const button = await screen.findByRole('button', {}, { timeout: 20_000 });
  expect(button.textContent).toBe('Ada');
  fireEvent.click(button);
  await screen.findByRole('button', { name: 'Grace' });
}, 60_000);
