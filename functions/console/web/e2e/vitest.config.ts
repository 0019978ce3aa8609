import { defineConfig } from "vitest/config";

/** End-to-end tests: a real browser against a running local cloud, one file after the other. */
export default defineConfig({
	test: {
		include: ["e2e/**/*.e2e.ts"],
		fileParallelism: false,
		testTimeout: 240_000,
		hookTimeout: 60_000,
	},
});
