// A QR code as a path of squares: no canvas, no picture, no markup.

import { encodeQR } from "qr"

/** Light modules round the symbol, without which scanners fail. Source: ISO/IEC 18004 §6.3.8. */
const QUIET_ZONE = 4

/** A receipt code drawn on a square grid, the quiet zone included. */
export interface QrDrawing {
    /** Modules along each side. */
    readonly size: number
    /** SVG path over all dark modules, each of them one by one. */
    readonly path: string
}

/** Draw a receipt code. Level M still reads when a seventh of the paper is worn or stained. */
export function drawQr(code: string): QrDrawing {
    const rows = encodeQR(code, "raw", { ecc: "medium", border: QUIET_ZONE })
    const path = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ""))).join("")
    return { size: rows.length, path }
}
