import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

type Import = {readonly from: string; readonly isTypeOnly: boolean};
type SourceFile = {readonly path: string; readonly text: string; readonly imports: readonly Import[]};

const filesBelow = (folder: string, pattern: RegExp): readonly string[] =>
	readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'})
		.filter(name => pattern.test(name))
		.map(name => join(folder, name).replaceAll('\\', '/'))
		.toSorted();

/** The text without comments; strings stay, so that a comment sign in one may cut it short, which hides no import. */
const withoutComments = (text: string): string =>
	text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');

const importsIn = (text: string): readonly Import[] => {
	const found: Import[] = [];
	for (const match of text.matchAll(/^(?:import|export)\s(?:(type)\s)?(?:[\s\S]*?\sfrom\s)?['"]([^'"]+)['"]/gm)) {
		found.push({from: match[2] ?? '', isTypeOnly: match[1] !== undefined});
	}

	for (const match of text.matchAll(/(typeof\s+)?\bimport\(\s*['"]([^'"]+)['"]/g)) {
		found.push({from: match[2] ?? '', isTypeOnly: match[1] !== undefined});
	}

	return found;
};

const sources: readonly SourceFile[] = filesBelow('source', /\.tsx?$/).map(path => {
	const text = withoutComments(readFileSync(join(root, path), 'utf8'));
	return {path, text, imports: importsIn(text)};
});

/** `source/domain/job.ts` for an import of ours, the package for one of somebody else. */
const targetOf = (file: SourceFile, {from}: Import): string =>
	from.startsWith('.') ? relative(root, resolve(root, dirname(file.path), from)).replaceAll('\\', '/') : from;

const layerOf = (path: string): string => /^source\/([^/]+)\//.exec(path)?.[1] ?? path;

/**
 * Who may import whom. A file, such as `engine/ports.ts`, stands for itself; `type:` means that types alone may be taken.
 * What a layer imports of itself needs no row.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
	domain: [],
	engine: ['domain'],
	// The machine: knows the ports that it fulfils, and the rules for text and time.
	system: ['domain', 'engine/ports.ts'],
	providers: ['domain', 'engine/ports.ts', 'system'],
	catalogs: ['domain', 'engine/ports.ts', 'system'],
	finish: ['domain', 'engine/ports.ts', 'system'],
	store: ['domain', 'engine/ports.ts', 'system'],
	// The database of others that names what is to be downloaded, and is told what became of it.
	pipeline: ['domain', 'engine/ports.ts', 'system'],
	// Who is told of what happens.
	notify: ['domain', 'engine/ports.ts', 'system'],
	// Its JSON is the one that scripts read from the commands.
	remote: [
		'domain',
		'engine/ports.ts',
		'type:engine/events.ts',
		'commands/json.ts',
		'commands/json-state.ts',
		'commands/pages.ts',
	],
	tui: ['domain', 'engine/ports.ts', 'engine/settings.ts'],
	// The pure half of the command provider says which fields a template may have.
	// Which keys there are is data of the screen's.
	config: [
		'domain',
		'type:engine',
		'engine/settings.ts',
		'engine/ports.ts',
		'providers/command/arguments.ts',
		'tui/remap.ts',
		'type:notify',
	],
	// What a machine lacks: the scheduler and the command ask the same room.
	doctor: ['domain', 'config', 'system'],
	commands: [
		'domain',
		'engine',
		'config',
		'doctor',
		'remote',
		'system',
		// A dry run tells which rows would be taken.
		'pipeline/foresee.ts',
		'tui/alerts.ts',
		'tui/open-screen.ts',
		'tui/reader/open-reader.ts',
		'type:compose.ts',
		'demo',
		'notify',
	],
	// The tour's own media server and reader, and the doubles that tests share with it.
	demo: ['domain', 'engine', 'type:config', 'system', 'type:commands'],
};

/** They put the program together and may know everyone. */
const tops = new Set([
	'source/cli.ts',
	'source/compose.ts',
	'source/compose-catalogs.ts',
	'source/compose-notify.ts',
	'source/compose-pipeline.ts',
	'source/compose-providers.ts',
]);

const isAllowed = (layer: string, target: string, isTypeOnly: boolean): boolean => {
	const inside = target.replace(/^source\//, '');
	return (allowed[layer] ?? []).some(rule => {
		const plain = rule.replace(/^type:/, '');
		const isMatch = inside === plain || inside.startsWith(`${plain}/`);
		return isMatch && (isTypeOnly || !rule.startsWith('type:'));
	});
};

const isSql = (file: SourceFile): boolean => file.imports.some(({from}) => from === 'better-sqlite3');
const starts = (file: SourceFile): boolean =>
	file.imports.some(({from, isTypeOnly}) => !isTypeOnly && /^(execa|(node:)?child_process|node:cluster)$/.test(from));
const asks = ({text}: SourceFile): boolean => /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(/.test(text);
const hears = ({text}: SourceFile): boolean => /\buseInput\(/.test(text);
const shells = ({text}: SourceFile): boolean => /\bshell:\s*(true|['"`])|\bexecSync\(|\bexecaCommand/.test(text);

describe('who imports whom', () => {
	test('every folder below source has a row in the table', () => {
		const layers = new Set(sources.filter(({path}) => path.split('/').length > 2).map(({path}) => layerOf(path)));
		expect([...layers].filter(layer => allowed[layer] === undefined)).toEqual([]);
	});

	test('no layer reaches where it has no business', () => {
		const trespasses = sources
			.filter(({path}) => !tops.has(path) && path !== 'source/entry.ts')
			.flatMap(file =>
				file.imports
					.map(one => ({target: targetOf(file, one), isTypeOnly: one.isTypeOnly}))
					.filter(({target}) => target.startsWith('source/') && layerOf(target) !== layerOf(file.path))
					.filter(({target, isTypeOnly}) => !isAllowed(layerOf(file.path), target, isTypeOnly))
					.map(({target}) => `${file.path} → ${target}`),
			);
		expect(trespasses).toEqual([]);
	});

	test('the domain knows neither Node nor any package', () => {
		const foreign = sources
			.filter(({path}) => path.startsWith('source/domain/'))
			.flatMap(file =>
				file.imports.filter(({from}) => !from.startsWith('./')).map(({from}) => `${file.path} → ${from}`),
			);
		expect(foreign).toEqual([]);
	});

	test('the entry loads nothing that an old Node could not read', () => {
		const entry = sources.find(({path}) => path === 'source/entry.ts');
		const eager = Array.from(entry?.text.matchAll(/^import\s[\s\S]*?from\s'([^']+)'/gm) ?? [], match => match[1]);
		expect(eager).toEqual(['./system/runtime.ts']);
		const runtime = sources.find(({path}) => path === 'source/system/runtime.ts');
		expect(runtime?.imports.filter(({from}) => !from.startsWith('node:'))).toEqual([]);
	});

	test('React and Ink stay on the screen', () => {
		expect(pathsThat(file => file.imports.some(({from}) => /^(react|ink)(\/|$)/.test(from)), /^source\/tui\//)).toEqual(
			[],
		);
	});

	test('SQL stays in the store, the lock and the bridge to the pipeline', () => {
		expect(pathsThat(isSql, /^source\/(store\/|system\/lock\.ts|pipeline\/connection\.ts)/)).toEqual([]);
	});
});

/** Files outside of the allowed places for which something holds. */
const pathsThat = (holds: (file: SourceFile) => boolean, where: RegExp): readonly string[] =>
	sources.filter(file => !where.test(file.path) && holds(file)).map(({path}) => path);

describe('what only one place does', () => {
	test('processes are started by run-tool, and by the restart on another Node', () => {
		expect(pathsThat(starts, /^source\/system\/(run-tool|runtime)\.ts$/)).toEqual([]);
	});

	test('the time and chance come from the clock', () => {
		expect(pathsThat(asks, /^source\/(system\/clock\.ts|demo\/|commands\/demo\.ts)/)).toEqual([]);
	});

	test('keys are heard in one place', () => {
		expect(pathsThat(hears, /^source\/tui\/keyboard(\.tsx|\/)/)).toEqual([]);
	});

	test('no shell is ever started', () => {
		expect(pathsThat(shells, /^$/)).toEqual([]);
	});
});

test('no two tests of a file have the same title', () => {
	const twice = filesBelow('test', /\.(test|contract|property)\.tsx?$/).flatMap(path => {
		const text = readFileSync(join(root, path), 'utf8');
		const seen = new Set<string>();
		// A title is unique below its `describe`; where blocks repeat one, both have to be looked at.
		let block = '';
		return text.split('\n').flatMap(line => {
			const opened = /^\s*describe(?:\.\w+)*\(\s*(['"`])(.*?)\1/.exec(line)?.[2];
			if (opened !== undefined) block = opened;
			const title = /^\s*(?:test|it)(?:\.\w+)*\(\s*(['"`])(.*?)\1/.exec(line)?.[2];
			if (title === undefined) return [];
			const name = `${block} > ${title}`;
			if (seen.has(name)) return [`${path}: ${name}`];
			seen.add(name);
			return [];
		});
	});
	expect(twice).toEqual([]);
});
