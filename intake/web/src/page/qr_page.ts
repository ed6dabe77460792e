// A QR code as SVG, built element by element: no canvas, no picture, no markup.

import { svgElement } from "./element_page.ts"
import { encodeQrModules } from "./qr.ts"

/** Light modules round the symbol, without which scanners fail. Source: ISO/IEC 18004 §6.3.8. */
const QUIET_ZONE = 4

/** A receipt code as a QR code; `label` is what a screen reader says instead. */
export function qrImage(code: string, label: string): SVGElement {
    const rows = encodeQrModules(code)
    const size = rows.length + 2 * QUIET_ZONE
    const dark = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + QUIET_ZONE} ${y + QUIET_ZONE}h1v1h-1z` : ""))).join("")
    return svgElement(
        "svg",
        { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, class: "qr", "shape-rendering": "crispEdges" },
        svgElement("rect", { width: String(size), height: String(size), class: "light" }),
        svgElement("path", { d: dark, class: "dark" }),
    )
}
