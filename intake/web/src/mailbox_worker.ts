// The mailbox worker: what the sealing worker does, and opening what lies in a code's slots. It is
// a script of its own so that who reports loads no more than reporting takes.

import { MailboxVisit } from "./custody/mailbox_visit.ts"
import { serveQuestions } from "./worker_answers.ts"

serveQuestions(self, new MailboxVisit(() => Date.now() / 1000))
