import {build} from 'esbuild';
import {fileURLToPath} from 'node:url';

const fixtures = fileURLToPath(new URL('../fixtures/apps/', import.meta.url));

/**
 * Bundles a fixture app (Node strips types, but knows no JSX) as the program is bundled: one ES module, React in production,
 * ink-table itself in the place of `#ink-table`.
 */
export const bundleApp = async (name: string, outfile: string): Promise<void> => {
	await build({
		entryPoints: [fixtures + name],
		outfile,
		bundle: true,
		platform: 'node',
		format: 'esm',
		target: 'node22',
		logLevel: 'error',
		alias: {'#ink-table': 'ink-table'},
		define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"'},
		banner: {js: "import {createRequire} from 'node:module';const require = createRequire(import.meta.url);"},
		plugins: [
			{
				name: 'no-devtools',
				setup(builder) {
					builder.onResolve({filter: /^react-devtools-core$/}, () => ({path: 'none', namespace: 'none'}));
					builder.onLoad({filter: /.*/, namespace: 'none'}, () => ({contents: 'export default {}'}));
				},
			},
		],
	});
};
