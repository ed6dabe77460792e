// One QR code: version 2, error correction M, alphanumeric, mask 0. That is what a receipt code
// needs, and a twentieth of a general encoder, which every reporter would have to download.
// Source: ISO/IEC 18004:2015, sections cited below.

const SIZE = 25
const DATA_BYTES = 28
const CHECK_BYTES = 16
const ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
/** §7.4.10: what fills the room behind the text. */
const PADDING = [0xec, 0x11] as const
/** §7.9, Annex C: level M and mask 0, with their check bits, masked. */
const FORMAT_BITS = 0x5412
/** §5.2: the polynomial of the field. */
const FIELD_POLYNOMIAL = 0x11d
const ALIGNMENT_CENTRE = 18

/** The longest text that fits (§7.4, Table 7). */
export const MOST_SYMBOLS = 38

class Bits {
    readonly bits: number[] = []

    append(value: number, length: number): void {
        for (let shift = length - 1; shift >= 0; shift -= 1) this.bits.push((value >> shift) & 1)
    }

    bytes(): readonly number[] {
        return Array.from({ length: this.bits.length / 8 }, (_, at) => this.bits.slice(8 * at, 8 * at + 8).reduce((sum, bit) => 2 * sum + bit, 0))
    }
}

/** §7.4.4: mode, length, pairs of symbols; §7.4.9: end and padding. */
function dataBytes(text: string): readonly number[] {
    const values = Array.from(text, (symbol) => ALPHANUMERIC.indexOf(symbol))
    if (values.length > MOST_SYMBOLS || values.includes(-1)) throw new RangeError("ISO/IEC 18004: not a text for version 2")
    const bits = new Bits()
    bits.append(0b0010, 4)
    bits.append(values.length, 9)
    for (let at = 0; at < values.length; at += 2) {
        const [first = 0, second] = values.slice(at, at + 2)
        if (second === undefined) bits.append(first, 6)
        else bits.append(45 * first + second, 11)
    }
    bits.append(0, Math.min(4, 8 * DATA_BYTES - bits.bits.length))
    while (bits.bits.length % 8 !== 0) bits.append(0, 1)
    const used = bits.bytes()
    return [...used, ...Array.from({ length: DATA_BYTES - used.length }, (_, at) => PADDING[at % 2] ?? 0)]
}

function multiply(a: number, b: number): number {
    let product = 0
    for (let shift = 7; shift >= 0; shift -= 1) {
        product = (product << 1) ^ (product >> 7 === 0 ? 0 : FIELD_POLYNOMIAL)
        if (((b >> shift) & 1) === 1) product ^= a
    }
    return product
}

/** Coefficients of (x − α⁰)(x − α¹)…, the leading one left out. */
function generator(): readonly number[] {
    let polynomial: number[] = [1]
    let root = 1
    for (let degree = 0; degree < CHECK_BYTES; degree += 1) {
        const times = polynomial.map((coefficient) => multiply(coefficient, root))
        polynomial = [...polynomial, 0].map((coefficient, at) => coefficient ^ (times[at - 1] ?? 0))
        root = multiply(root, 2)
    }
    return polynomial.slice(1)
}

/** §7.5: the remainder of a Reed–Solomon division. */
function checkBytes(data: readonly number[]): readonly number[] {
    const divisor = generator()
    let remainder: number[] = divisor.map(() => 0)
    for (const byte of data) {
        const factor = byte ^ (remainder[0] ?? 0)
        remainder = [...remainder.slice(1), 0].map((value, at) => value ^ multiply(divisor[at] ?? 0, factor))
    }
    return remainder
}

type Module = boolean | undefined
type Symbol = Module[][]

function set(symbol: Symbol, row: number, column: number, dark: boolean): void {
    const line = symbol[row]
    if (line !== undefined && column >= 0 && column < SIZE) line[column] = dark
}

/** Rings round a centre: a finder (§6.3.3) with its separator, or an alignment pattern (§6.3.6). */
function rings(symbol: Symbol, row: number, column: number, radius: number, light: readonly number[]): void {
    for (let down = -radius; down <= radius; down += 1) {
        for (let right = -radius; right <= radius; right += 1) {
            set(symbol, row + down, column + right, !light.includes(Math.max(Math.abs(down), Math.abs(right))))
        }
    }
}

/** §7.9.1: the format twice, along the finders. */
function formatModules(symbol: Symbol): void {
    for (let at = 0; at < 15; at += 1) {
        const dark = ((FORMAT_BITS >> at) & 1) === 1
        const down = at < 6 ? at : at < 8 ? at + 1 : SIZE - 15 + at
        const right = at < 8 ? SIZE - 1 - at : at < 9 ? 15 - at : 14 - at
        set(symbol, down, 8, dark)
        set(symbol, 8, right, dark)
    }
    set(symbol, SIZE - 8, 8, true)
}

function emptySymbol(): Symbol {
    const symbol: Symbol = Array.from({ length: SIZE }, () => Array.from({ length: SIZE }, () => undefined))
    for (let at = 8; at < SIZE - 8; at += 1) {
        set(symbol, 6, at, at % 2 === 0)
        set(symbol, at, 6, at % 2 === 0)
    }
    for (const [row, column] of [[3, 3], [3, SIZE - 4], [SIZE - 4, 3]] as const) rings(symbol, row, column, 4, [2, 4])
    rings(symbol, ALIGNMENT_CENTRE, ALIGNMENT_CENTRE, 2, [1])
    formatModules(symbol)
    return symbol
}

/** §7.7.3: bits in pairs of columns, from the right, up and down; §7.8.2: mask 0. */
function fill(symbol: Symbol, bits: readonly number[]): void {
    let next = 0
    let upward = true
    for (let right = SIZE - 1; right > 0; right -= 2) {
        // The column of the timing pattern is skipped.
        if (right === 6) right = 5
        for (let step = 0; step < SIZE; step += 1) {
            const row = upward ? SIZE - 1 - step : step
            for (const column of [right, right - 1]) {
                if (symbol[row]?.[column] !== undefined) continue
                const dark = (bits[next] ?? 0) === 1
                set(symbol, row, column, dark !== ((row + column) % 2 === 0))
                next += 1
            }
        }
        upward = !upward
    }
}

/**
 * The modules of the code, dark ones true, without the quiet zone.
 *
 * @throws RangeError longer than 38 symbols, or a symbol outside the alphanumeric set.
 */
export function encodeQrModules(text: string): readonly (readonly boolean[])[] {
    const data = dataBytes(text)
    const bits = new Bits()
    for (const byte of [...data, ...checkBytes(data)]) bits.append(byte, 8)
    const symbol = emptySymbol()
    fill(symbol, bits.bits)
    return symbol.map((row) => row.map((dark) => dark === true))
}
