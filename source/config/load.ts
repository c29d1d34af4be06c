import {existsSync, readFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {isAbsolute, join, resolve} from 'node:path';
import {parse, TomlError} from 'smol-toml';
import {lineOfKey} from './locate.ts';
import {nearest, suggestion} from './nearest.ts';
import {problemsOfSchema} from './problems.ts';
import {problemsBetween, type ConfigProblem} from './rules.ts';
import {configSchema, foreignSections, innerSections, providerSections, sections, type Config} from './schema.ts';
import {commandProviderSchema} from './provider-keys.ts';
import {notifyKeys} from './notify-keys.ts';
import {qualityKeys} from './quality.ts';

export type {Config} from './schema.ts';

/** Where the configuration is looked for. */
export type Surroundings = {
	readonly cwd: string;
	readonly env: Readonly<Record<string, string | undefined>>;
};

export type LoadedConfig =
	| {
			readonly ok: true;
			readonly config: Config;
			/** The file it came from, or undefined where there is none and the defaults hold. */
			readonly file: string | undefined;
			/** Sections that belong to nobody we know; one sentence each. */
			readonly notes: readonly string[];
	  }
	/** One sentence for each thing that is wrong: file, line, key, value, remedy. */
	| {readonly ok: false; readonly file: string | undefined; readonly problems: readonly string[]};

/** The configuration folder of this person, `$XDG_CONFIG_HOME/tidegate`. */
export const configHome = ({env}: Pick<Surroundings, 'env'>): string => {
	const base = env['XDG_CONFIG_HOME'] ?? '';
	return join(isAbsolute(base) ? base : join(env['HOME'] ?? homedir(), '.config'), 'tidegate');
};

/** `-c FILE`, else `./config.toml`, else that of this person, else undefined. */
export const findConfigFile = (given: string | undefined, where: Surroundings): string | undefined =>
	given === undefined
		? [join(where.cwd, 'config.toml'), join(configHome(where), 'config.toml')].find(path => existsSync(path))
		: resolve(where.cwd, given);

/** Reads and checks the configuration; without a file the defaults hold. */
export const loadConfig = (given: string | undefined, where: Surroundings): LoadedConfig => {
	const file = findConfigFile(given, where);
	if (file === undefined) return {ok: true, config: configSchema.parse({}), file, notes: []};
	let text;
	try {
		text = readFileSync(file, 'utf8');
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		const why =
			code === 'ENOENT'
				? 'there is no such file'
				: code === 'EISDIR'
					? 'it is a folder'
					: `it cannot be read (${code})`;
		return {ok: false, file, problems: [`${file}: ${why}; name another with --config`]};
	}

	return parseConfig(text, file);
};

/** Checks the text of a configuration file. */
export const parseConfig = (text: string, file: string): LoadedConfig => {
	let raw: Readonly<Record<string, unknown>>;
	try {
		raw = parse(text.replace(/^\uFEFF/, ''));
	} catch (error) {
		if (!(error instanceof TomlError)) throw error;
		const [what = ''] = error.message.split('\n');
		const plain = what.replace(/^Invalid TOML document: /, '');
		return {ok: false, file, problems: [`${file}:${error.line}:${error.column}: this is no TOML: ${plain}`]};
	}

	const {own, problems: strangers, notes} = sortSections(raw);
	const parsed = configSchema.safeParse(own);
	const problems = [
		...strangers,
		...(parsed.success
			? problemsBetween(parsed.data)
			: problemsOfSchema(parsed.error, raw, path => knownKeys(path, raw))),
	];
	return parsed.success && problems.length === 0
		? {ok: true, config: parsed.data, file, notes: notes.map(note => `${file}: ${note}`)}
		: {ok: false, file, problems: problems.map(problem => sentence(problem, text, file))};
};

const sentence = ({path, message}: ConfigProblem, text: string, file: string): string => {
	const line = lineOfKey(text, path);
	const section = path.slice(0, -1);
	const name = section.length === 0 ? (path.at(-1) ?? '') : `[${section.join('.')}] ${path.at(-1) ?? ''}`;
	return `${file}${line === undefined ? '' : `:${line}`}: ${name} ${message}`;
};

/** Separates our sections from those of the other programs that share the file. */
const sortSections = (
	raw: Readonly<Record<string, unknown>>,
): {readonly own: object; readonly problems: readonly ConfigProblem[]; readonly notes: readonly string[]} => {
	const known = [...Object.keys(sections), 'keys', 'quality', 'notify', 'providers'];
	const own: Record<string, unknown> = {};
	const problems: ConfigProblem[] = [];
	const notes: string[] = [];
	for (const [name, value] of Object.entries(raw)) {
		if (known.includes(name)) own[name] = value;
		else if ((foreignSections as readonly string[]).includes(name)) continue;
		else if (typeof value !== 'object' || nearest(name, known) !== undefined) {
			problems.push({path: [name], message: `is unknown; ${suggestion(name, known)}`});
		} else notes.push(`[${name}] is none of tidegate's sections and is left alone`);
	}

	const strangers = strangeProviders(own['providers']);
	if (strangers.length > 0) {
		const strange = new Set(strangers.map(({path}) => path.at(-1)));
		const sane = Object.entries(own['providers'] as object).filter(([name]) => !strange.has(name));
		own['providers'] = Object.fromEntries(sane);
	}

	return {own, problems: [...problems, ...strangers], notes};
};

/** A section below `providers` is one of the built-in ones, or says that it describes a command. */
const strangeProviders = (providers: unknown): readonly ConfigProblem[] => {
	if (typeof providers !== 'object' || providers === null) return [];
	const known = Object.keys(providerSections);
	return Object.entries(providers)
		.filter(([name, value]) => !known.includes(name) && !isCommand(value))
		.map(([name]) => {
			const near = nearest(name, known);
			return {
				path: ['providers', name],
				message: `is unknown; ${near === undefined ? `known are ${known.join(', ')}.` : `did you mean ${near}?`} A tool of your own needs type = "command"`,
			};
		});
};

const isCommand = (value: unknown): boolean => typeof value === 'object' && value !== null && 'type' in value;

const knownKeys = (path: readonly string[], raw: Readonly<Record<string, unknown>>): readonly string[] => {
	const [section = '', provider = ''] = path;
	if (section === 'providers') {
		const schema = (providerSections as Readonly<Record<string, {readonly shape: object} | undefined>>)[provider];
		return Object.keys((schema ?? commandProviderSchema).shape);
	}

	const inner = (innerSections as Readonly<Record<string, {readonly shape: object} | undefined>>)[
		path.slice(0, 2).join('.')
	];
	if (inner !== undefined) return Object.keys(inner.shape);
	if (section === 'quality') return qualityKeys(path);
	if (section === 'notify') return notifyKeys(raw['notify'], provider);
	const schema = (sections as Readonly<Record<string, {readonly shape: object} | undefined>>)[section];
	return schema === undefined
		? [...Object.keys(sections), 'keys', 'quality', 'notify', 'providers']
		: Object.keys(schema.shape);
};
