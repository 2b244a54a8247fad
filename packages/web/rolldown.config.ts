import { defineConfig } from 'rolldown'
import { webPage } from '../../build/web-page.ts'

export default defineConfig(webPage('dist'))
