// Keeping something outside the page: the clipboard, a text file, paper.

/** Hand a text to the person as a file. Its name says nothing about what it is. */
export function saveAsFile(name: string, text: string): void {
    const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }))
    const link = document.createElement("a")
    link.href = address
    link.download = name
    link.click()
    setTimeout(() => {
        URL.revokeObjectURL(address)
    }, 1000)
}

/** Put a text on the clipboard; false when the browser does not allow it. */
export async function copyText(text: string): Promise<boolean> {
    try {
        await navigator.clipboard.writeText(text)
        return true
    } catch {
        return false
    }
}

/** Print with a title that says nothing: browsers put it on the paper. */
export function printNeutral(): void {
    const title = document.title
    document.title = " "
    window.print()
    document.title = title
}
