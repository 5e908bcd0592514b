// Loaded before each test file. TANDEM_SEED: what every property and fuzzer of the run begins from, so that a run can be
// repeated. `npm test` sets one; `npm run test:long` leaves each to chance, and what fails prints its own.
import fc from 'fast-check'

if (process.env.TANDEM_SEED) fc.configureGlobal({ seed: Number(process.env.TANDEM_SEED) })
