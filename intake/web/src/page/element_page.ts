// Making elements. Text is only ever text: nothing here, or in any other file, parses markup.

type Child = Node | string
type Attributes = Readonly<Record<string, string>>

/** An element with its attributes and children. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    attributes: Attributes = {},
    ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
    const made = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
    made.append(...children)
    return made
}

const SVG = "http://www.w3.org/2000/svg"

/** An SVG element. */
export function svgElement(tag: string, attributes: Attributes, ...children: readonly Child[]): SVGElement {
    const made = document.createElementNS(SVG, tag)
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
    made.append(...children)
    return made
}

/** One paragraph for each text. */
export function paragraphs(texts: readonly string[], className = ""): readonly HTMLElement[] {
    return texts.map((text) => element("p", className === "" ? {} : { class: className }, text))
}

/** The heading of a screen; it takes the focus when the screen changes. */
export function heading(text: string): HTMLHeadingElement {
    return element("h1", { id: "heading", tabindex: "-1" }, text)
}

/** A button that does one thing. */
export function button(text: string, className: string, onPress: () => void): HTMLButtonElement {
    const made = element("button", { type: "button", class: className }, text)
    made.addEventListener("click", onPress)
    return made
}

/** A box that stands out; its heading is read with it. */
export function notice(kind: "calm" | "warning" | "danger", title: string, ...children: readonly Child[]): HTMLElement {
    const made = element("section", { class: `notice ${kind}` })
    if (title !== "") made.append(element("h2", {}, title))
    made.append(...children)
    return made
}

/** More to read for those who want it. */
export function details(title: string, ...children: readonly Child[]): HTMLDetailsElement {
    return element("details", {}, element("summary", {}, title), element("div", { class: "more" }, ...children))
}
