// Solves a puzzle of ALTCHA with the browser's own PBKDF2, and is ended by the page. No WebAssembly,
// no JIT needed: each try is one native call.

import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2"
import { handler } from "altcha-lib/workers/shared"

handler({ deriveKey })
