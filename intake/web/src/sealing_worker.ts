// The sealing worker: everything that takes long or holds a key, away from the page's thread.

import { Visit } from "./custody/visit.ts"
import { serveQuestions } from "./worker_answers.ts"

serveQuestions(self, new Visit(() => Date.now() / 1000))
