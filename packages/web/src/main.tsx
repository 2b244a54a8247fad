import { render } from 'preact'

import { App } from './ui/app.tsx'
import { Guard } from './ui/guard.tsx'

render(
  <Guard>
    <App />
  </Guard>,
  document.body,
)
