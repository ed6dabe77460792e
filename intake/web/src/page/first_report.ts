// A first report on its way: what was answered, sealed under a fresh receipt code.

import type { Contents, Language } from "./contents_of_answers.ts"
import type { SealingClient } from "../sealing_client.ts"
import type { Shipment } from "./sending_page.ts"
import type { Sealed, Session } from "./session.ts"

/** The shipment of a session's answers, in the language that they were given in. */
export function firstReport(session: Session, sealer: SealingClient, language: () => Language): Shipment<Sealed> {
    const contents = (): Contents => session.contents(language())
    return {
        kept: () => {
            const before = session.sealed
            return before?.madeOf === JSON.stringify(contents()) ? before : undefined
        },
        seal: async (outdated, onProgress) => {
            const said = contents()
            // An outdated submission was not taken, so its code still has the number 0 to give.
            const code = outdated?.code ?? (await sealer.newCode())
            const bytes = await sealer.seal(said, onProgress)
            const sealed = { madeOf: JSON.stringify(said), bytes, code }
            session.sealed = sealed
            return sealed
        },
        renumber: () => false,
        openAcknowledgement: (sealed) => sealer.openAcknowledgement(sealed),
        code: () => session.sealed?.code,
    }
}
