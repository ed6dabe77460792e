import { defineConfig } from "vitest/config"

export default defineConfig({
    test: {
        include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
        environment: "node",
        // A test that leaves its globals changed would lend them to the next one.
        unstubGlobals: true,
        restoreMocks: true,
        testTimeout: 30_000,
    },
})
