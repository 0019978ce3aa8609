import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Writes a brotli and a gzip form beside every text file, for the Go handler to serve. */
function packed(): Plugin {
	return {
		name: "packed",
		apply: "build",
		async writeBundle(options, bundle) {
			for (const name of Object.keys(bundle).filter((n) => /\.(js|css|html|svg)$/.test(n))) {
				const path = join(options.dir ?? "dist", name);
				const plain = await readFile(path);
				if (plain.length < 1024) continue;
				const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
				await writeFile(`${path}.br`, await promisify(brotliCompress)(plain, quality));
				await writeFile(`${path}.gz`, await promisify(gzip)(plain, { level: 9 }));
			}
		},
	};
}

export default defineConfig({
	esbuild: { jsx: "automatic", jsxImportSource: "preact" },
	build: {
		target: "es2022",
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		reportCompressedSize: false,
	},
	plugins: [packed()],
	test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"], environment: "node" },
});
