import type { ReactNode } from 'react';

export function Document({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <title>A page that is streamed</title>
      </head>
      <body>{children}</body>
    </html>
  );
}
