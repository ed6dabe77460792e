// A receipt code as a QR code in SVG, built element by element.

import { svgElement } from "./element_page.ts"
import type { QrDrawing } from "./qr.ts"

/** Modules along each side of a receipt code's symbol with its quiet zone: version 2. */
const USUAL_SIZE = 33

function fill(image: SVGElement, { size, path }: QrDrawing): void {
    image.setAttribute("viewBox", `0 0 ${size} ${size}`)
    image.append(
        svgElement("rect", { width: String(size), height: String(size), class: "light" }),
        svgElement("path", { d: path, class: "dark" }),
    )
}

/**
 * A receipt code as a QR code, as soon as it is drawn; where that fails the picture goes away, and
 * the code still stands beside it. `label` is what a screen reader says instead.
 */
export function qrImage(drawing: Promise<QrDrawing>, label: string): SVGElement {
    const image = svgElement("svg", {
        viewBox: `0 0 ${USUAL_SIZE} ${USUAL_SIZE}`,
        role: "img",
        "aria-label": label,
        class: "qr",
        "shape-rendering": "crispEdges",
    })
    drawing.then(
        (drawn) => {
            fill(image, drawn)
        },
        () => {
            image.remove()
        },
    )
    return image
}
