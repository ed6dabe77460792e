import js from "@eslint/js"
import tseslint from "typescript-eslint"

// The page's files may touch the document; what seals and parses may not, so that it runs
// unchanged in the page, in a worker and under the tests.
const DOM_GLOBALS = ["document", "window", "location", "history", "navigator"]

// Nothing is kept in the browser: a seized device must not say that somebody reported.
const STORAGE_GLOBALS = ["localStorage", "sessionStorage", "indexedDB", "caches"]

const banned = (names, message) => names.map((name) => ({ name, message }))

const storageRules = banned(STORAGE_GLOBALS, "Nothing is stored in the browser.")
const domRules = banned(DOM_GLOBALS, "The DOM belongs in *_page.ts.")

export default tseslint.config(
    { ignores: ["dist/", "coverage/"] },
    { linterOptions: { reportUnusedDisableDirectives: "error" } },
    js.configs.recommended,
    {
        files: ["**/*.ts"],
        extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
        languageOptions: {
            parserOptions: {
                project: ["./tsconfig.json", "./tsconfig.worker.json", "./tsconfig.tests.json"],
                tsconfigRootDir: import.meta.dirname,
            },
        },
        rules: {
            "@typescript-eslint/explicit-module-boundary-types": "error",
            "@typescript-eslint/prefer-readonly": "error",
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/strict-boolean-expressions": "error",
            "@typescript-eslint/switch-exhaustiveness-check": "error",
            eqeqeq: "error",
            "no-console": "error",
            "no-eval": "error",
            "no-restricted-globals": ["error", ...storageRules, ...domRules],
            "no-restricted-properties": [
                "error",
                { object: "Math", property: "random", message: "Use crypto.getRandomValues." },
                { property: "innerHTML", message: "Use textContent: what people wrote is never markup." },
                { property: "outerHTML", message: "Use textContent: what people wrote is never markup." },
                { property: "insertAdjacentHTML", message: "Use textContent: what people wrote is never markup." },
                { property: "cookie", message: "No cookie, ever." },
            ],
        },
    },
    {
        files: ["src/**/*_page.ts"],
        rules: { "no-restricted-globals": ["error", ...storageRules] },
    },
    {
        // Build scripts run under Node and report to the terminal.
        files: ["*.mjs", "*.js"],
        languageOptions: {
            globals: { Buffer: "readonly", URL: "readonly", console: "readonly", process: "readonly" },
        },
    },
)
