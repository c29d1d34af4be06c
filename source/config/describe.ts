import type {z} from 'zod';
import {builtInProfiles} from '../domain/quality-profiles.ts';
import {maskArguments, maskSecrets} from '../domain/text.ts';
import {bindingLines} from './key-bindings.ts';
import {keyNotes} from './keys.ts';
import type {Config} from './load.ts';
import {isReference, isSecretName} from './secrets.ts';
import {commandProviderSchema} from './provider-keys.ts';
import {notifySchemas, type NotifyKeys} from './notify-keys.ts';
import {profileSchema} from './quality.ts';
import {innerSections, providerSections, sectionNotes, sections} from './schema.ts';

/*
 * The configuration told to people: rows for the README, and TOML for config.toml and `tidegate config print`.
 * All of it comes from the schema.
 */

export type KeyRow = {
	readonly section: string;
	readonly key: string;
	readonly unit: string | undefined;
	readonly about: string;
	/** Undefined where the key has no default. */
	readonly default: unknown;
	readonly example: unknown;
};

type Section = {readonly name: string; readonly shape: Readonly<Record<string, z.ZodType>>};

const ownSections: readonly Section[] = [
	...Object.entries(sections).flatMap(([name, schema]): Section[] => [
		{name, shape: schema.shape},
		...Object.entries(innerSections)
			.filter(([inner]) => inner.startsWith(`${name}.`))
			.map(([inner, part]) => ({name: inner, shape: part.shape})),
	]),
	...Object.entries(providerSections).map(([name, schema]) => ({name: `providers.${name}`, shape: schema.shape})),
];

const rowsOf = ({name, shape}: Section): readonly KeyRow[] =>
	Object.entries(shape).flatMap(([key, schema]) => {
		const notes = keyNotes.get(schema);
		if (notes === undefined) throw new Error(`[${name}] ${key} has no notes`);
		if (notes.isForeign === true) return [];
		const parsed = schema.safeParse(undefined);
		return [
			{
				section: name,
				key,
				unit: notes.unit,
				about: notes.about,
				default: parsed.success ? parsed.data : undefined,
				example: notes.example,
			},
		];
	});

/** One row for every key that is ours, in the order of config.toml. */
export const configRows = (): readonly KeyRow[] => ownSections.flatMap(section => rowsOf(section));

/** The keys of a tool of one's own, `[providers.NAME]` with `type = "command"`. */
export const commandRows = (): readonly KeyRow[] =>
	rowsOf({name: 'providers.NAME', shape: commandProviderSchema.shape});

/** The keys of a profile of quality, `[quality.NAME]`. */
export const profileRows = (): readonly KeyRow[] => rowsOf({name: 'quality.NAME', shape: profileSchema.shape});

/** The keys of each kind of target, `[notify.NAME]`. */
export const notifyRows = (): ReadonlyArray<{readonly type: string; readonly rows: readonly KeyRow[]}> =>
	Object.entries(notifySchemas).map(([type, schema]) => ({
		type,
		rows: rowsOf({name: 'notify.NAME', shape: schema.shape}),
	}));

/** A value as TOML writes it. */
export const tomlValue = (value: unknown): string => {
	if (Array.isArray(value)) return `[${value.map(item => tomlValue(item)).join(', ')}]`;
	if (typeof value === 'object' && value !== null) {
		const pairs = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)} = ${tomlValue(item)}`);
		return pairs.length === 0 ? '{}' : `{${pairs.join(', ')}}`;
	}

	return JSON.stringify(value);
};

const isTop = ({name}: Section): boolean => Object.hasOwn(sections, name) || Object.hasOwn(innerSections, name);

const width = 110;

/** Breaks a sentence into comment lines. */
const comment = (text: string): readonly string[] => {
	const lines: string[] = [];
	let line = '#';
	for (const word of text.split(' ')) {
		if (line.length + word.length + 1 > width && line !== '#') {
			lines.push(line);
			line = '#';
		}

		line += ` ${word}`;
	}

	return [...lines, line];
};

const keyLines = (row: KeyRow, value: unknown): readonly string[] => {
	const unit = row.unit === undefined || row.key.endsWith(`_${row.unit}`) ? '' : ` Unit: ${row.unit}.`;
	const shown = value ?? row.example;
	return [
		...comment(`${row.about}${unit}`),
		// A key without a value stands as a comment, with an example.
		...(shown === undefined ? [] : [`${value === undefined ? '# ' : ''}${row.key} = ${tomlValue(shown)}`]),
		'',
	];
};

const quoted = (name: string): string => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name));

/** `[quality.NAME]` of each profile that was given; where none was, one to begin with, as a comment. */
const profileLines = (quality: Config['quality']): readonly string[] => [
	...comment(
		`What --quality may name beside the words of a provider. Built in: ${builtInProfiles.map(({name}) => name).join(', ')}; a section of the same name takes the place of one.`,
	),
	...(Object.keys(quality).length > 0
		? ['']
		: ['# [quality.car]', ...profileRows().map(({key, example}) => `# ${key} = ${tomlValue(example ?? false)}`), '']),
	...Object.entries(quality).flatMap(([name, values]) =>
		sectionLines({name: `quality.${quoted(name)}`, shape: profileSchema.shape}, values),
	),
];

/** `[notify.NAME]` of each target that was given; where none was, one to begin with, as a comment. */
const notifyLines = (notify: NotifyKeys): readonly string[] => [
	...comment(
		`Who is told when a batch is done, the disk is full, a job needs somebody; nobody unless a section says so. Types: ${Object.keys(notifySchemas).join(', ')}.`,
	),
	...(Object.keys(notify).length > 0
		? ['']
		: ['# [notify.screen]', '# type = "desktop"', '# events = ["batch-done", "needs-person"]', '']),
	...Object.entries(notify).flatMap(([name, values]) =>
		sectionLines({name: `notify.${quoted(name)}`, shape: notifySchemas[values.type].shape}, values),
	),
];

const sectionLines = (section: Section, values: Readonly<Record<string, unknown>>): readonly string[] => {
	const note = sectionNotes[section.name];
	return [
		...(note === undefined ? [] : comment(note)),
		`[${section.name}]`,
		'',
		...rowsOf(section).flatMap(row => keyLines(row, values[row.key])),
	];
};

/**
 * A configuration, or a part of it, without what could be a secret: logins in arguments and addresses, and variables whose
 * name says so. References stay, because they only say where the secret is.
 */
export const withoutSecrets = (value: unknown, name = ''): unknown => {
	if (typeof value === 'string') return maskSecrets(value);
	if (Array.isArray(value)) {
		return value.every(item => typeof item === 'string')
			? maskArguments(value)
			: value.map(item => withoutSecrets(item));
	}

	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, item]): [string, unknown] => [
			key,
			name === 'env' && typeof item === 'string' ? maskVariable(key, item) : withoutSecrets(item, key),
		]),
	);
};

const maskVariable = (name: string, value: string): string =>
	!isReference(value) && isSecretName(name) ? '***' : maskSecrets(value);

/**
 * The whole configuration as annotated TOML, which reads back as the same configuration but for what looks like a
 * secret: that is masked.
 */
export const renderToml = (whole: Config, heading: string): string => {
	const config = withoutSecrets(whole) as Config;
	const values: Record<string, Readonly<Record<string, unknown>>> = {...config};
	const {providers} = config;
	for (const [name, keys] of Object.entries(providers)) values[`providers.${name}`] = keys;
	values['disk_management.cleanup'] = config.disk_management.cleanup;
	for (const name of ['deezer', 'musicbrainz', 'spotify'] as const) values[`catalogs.${name}`] = config.catalogs[name];
	const builtIn = Object.keys(providerSections);
	const commands = Object.keys(providers)
		.filter(name => !builtIn.includes(name))
		.map(name => ({name: `providers.${quoted(name)}`, from: name}));
	return [
		...comment(heading),
		'',
		...ownSections
			.filter(section => isTop(section))
			.flatMap(section => sectionLines(section, values[section.name] ?? {})),
		...bindingLines(config.keys, tomlValue),
		...profileLines(config.quality),
		...notifyLines(config.notify),
		...ownSections
			.filter(section => !isTop(section))
			.flatMap(section => sectionLines(section, values[section.name] ?? {})),
		...commands.flatMap(({name, from}) =>
			sectionLines({name, shape: commandProviderSchema.shape}, values[`providers.${from}`] ?? {}),
		),
	]
		.join('\n')
		.replace(/\n+$/, '\n');
};
