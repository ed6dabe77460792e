// A QR code as SVG, built element by element: no canvas, no picture, no markup.

import { encodeQR } from "qr"

import { svgElement } from "./element_page.ts"

/** White modules round the symbol, without which scanners fail. Source: ISO/IEC 18004. */
const QUIET_ZONE = 4

/** The text as a QR code; `label` is what a screen reader says instead. */
export function qrImage(text: string, label: string): SVGElement {
    const rows = encodeQR(text, "raw", { ecc: "medium", border: QUIET_ZONE })
    const size = rows.length
    const dark = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ""))).join("")
    return svgElement(
        "svg",
        { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, class: "qr", "shape-rendering": "crispEdges" },
        svgElement("rect", { width: String(size), height: String(size), class: "light" }),
        svgElement("path", { d: dark, class: "dark" }),
    )
}
