import { describeClient } from './client-suite.ts'
import { aria2 } from './drivers/aria2.ts'

await describeClient(aria2)
