import { describeClient } from './client-suite.ts'
import { transmission } from './drivers/transmission.ts'

await describeClient(transmission)
