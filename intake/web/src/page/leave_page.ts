// Leaving at once: a button that is always there, and Esc three times.

const PRESSES = 3
const WITHIN_MS = 2000
const INPUT_METHOD_KEY = 229

/**
 * Wipe the page, then put another one in its place in the history too. What was answered goes
 * with the page: it was only ever in memory.
 */
export function leaveNow(leaveUrl: string, forget: () => void): void {
    forget()
    document.title = ""
    document.body.replaceChildren()
    location.replace(leaveUrl)
}

/**
 * Call `leave` after three presses of Esc within two seconds. Presses that belong to an input
 * method are not counted: Esc closes its candidate window, many times a sentence.
 */
export function leaveOnEscape(leave: () => void): void {
    let presses: number[] = []
    document.addEventListener("keydown", (event) => {
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- Safari marks the Esc that ends a composition by nothing else.
        const ofInputMethod = event.isComposing || event.keyCode === INPUT_METHOD_KEY
        if (event.key !== "Escape" || ofInputMethod || event.repeat) return
        presses = [...presses.filter((at) => event.timeStamp - at < WITHIN_MS), event.timeStamp]
        if (presses.length >= PRESSES) leave()
    })
}
