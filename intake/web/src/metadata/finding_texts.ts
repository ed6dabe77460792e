/** The catalogue's texts for what an inspection says. */

import type { FileKind, FindingCode, RemainReason } from "./finding.ts"

export const FOUND_TEXTS: Readonly<Record<FindingCode, string>> = {
    place: "files.found.place",
    device: "files.found.device",
    time: "files.found.time",
    author: "files.found.author",
    software: "files.found.software",
    thumbnail: "files.found.thumbnail",
    comment: "files.found.comment",
    serial: "files.found.serial",
    preview: "files.found.preview",
    trailing: "files.found.trailing",
    profile: "files.found.profile",
    other: "files.found.other",
}

export const REMAIN_TEXTS: Readonly<Record<RemainReason, string>> = {
    "document-properties": "files.remain.document-properties",
    "tracked-changes": "files.remain.tracked-changes",
    "embedded-files": "files.remain.embedded-files",
    "author-names": "files.remain.author-names",
    "camera-noise": "files.remain.camera-noise",
    "visible-content": "files.remain.visible-content",
    "container-metadata": "files.remain.container-metadata",
    unreadable: "files.remain.unreadable",
}

export const KIND_TEXTS: Readonly<Record<FileKind, string>> = {
    jpeg: "files.kind.jpeg",
    png: "files.kind.png",
    webp: "files.kind.webp",
    gif: "files.kind.gif",
    heic: "files.kind.heic",
    avif: "files.kind.avif",
    tiff: "files.kind.tiff",
    pdf: "files.kind.pdf",
    office: "files.kind.office",
    opendocument: "files.kind.opendocument",
    zip: "files.kind.zip",
    video: "files.kind.video",
    audio: "files.kind.audio",
    text: "files.kind.text",
    other: "files.kind.other",
}
