// What the pages know of the part that deals with files, which is fetched when it is first needed.

import type { Content } from "./contents_of_answers.ts"
import type { Settings } from "./settings_page.ts"
import type { View } from "./view_page.ts"

export interface UploadMoves {
    /** Stop, and go back to where Send was pressed. */
    readonly stop: () => void
    /** The server holds every file that is left. */
    readonly done: () => void
}

export interface KeepMoves {
    /** What to note before closing the page; nothing where the person has it already. */
    readonly code: () => readonly Node[]
    /** Go on: the server keeps the files, or the person knows which it does not. */
    readonly done: () => void
}

export interface FileProblem {
    readonly key: string
    readonly message: string
}

/** The files of one report, as the rest of a page sees them. */
export interface Files {
    readonly isEmpty: boolean
    /** The control that adds files and says what each would give away. */
    readonly field: (onChange: () => void) => HTMLElement
    /** What keeps them from being sent: the key of its place (`fieldId`), and in words. */
    readonly problems: () => readonly FileProblem[]
    /** What is sent, a line for each. */
    readonly lines: () => readonly string[]
    /** Their entries in the report (SPEC 17.3); complete once all are sent. */
    readonly contents: () => readonly Content[]
    /** Seal and send them. Nothing of a file leaves before this. */
    readonly send: (moves: UploadMoves) => void
    /** The report has come: have the server keep them. */
    readonly keep: (moves: KeepMoves) => void
    /** End everything at once, requests included. */
    readonly forget: () => void
}

/** Where a visit finds its files. */
export interface FilesHolder {
    /** Undefined until they are first asked for. */
    readonly files: Files | undefined
    /** The control of the files question, or what stands in its place until it is there. */
    field(onChange: () => void): HTMLElement
}

/** What the script hands over. */
export interface FilesPart {
    readonly open: (view: View, settings: Settings) => Files
}

/** The event in which it does. */
export const FILES_PART_EVENT = "files-part"

