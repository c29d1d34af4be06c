import {parseKeyName} from './key-names.ts';
import {keymapTable, scopeNames, scopes, type KeymapRow, type Scope} from './keymap.ts';

/** One key, or several; none at all for an action that shall have none. */
export type GivenKeys = string | readonly string[];

/** What config.toml says in `[keys]`: by action for all places that have it, or by place and action. */
export type KeyOverrides = Readonly<Record<string, GivenKeys | Readonly<Record<string, GivenKeys>>>>;

/** What is wrong with an override: where it stands below `[keys]`, and what. */
export type KeyProblem = {readonly path: readonly string[]; readonly message: string};

/** The table with the keys that were given. Keys that are no keys are left out: `keyProblems` has told of them. */
export const remapped = (overrides: KeyOverrides): readonly KeymapRow[] => {
	if (Object.keys(overrides).length === 0) return keymapTable();
	return keymapTable().map(row => {
		const given = givenFor(overrides, row);
		if (given === undefined) return row;
		const keys = listOf(given.keys).flatMap(text => {
			const parsed = parseKeyName(text);
			return parsed.ok ? [parsed.name] : [];
		});
		return {...row, keys};
	});
};

/** Everything that is wrong with what was given, in the order of the table. `suggest` says which name may have been meant. */
export const keyProblems = (
	overrides: KeyOverrides,
	suggest: (name: string, known: readonly string[]) => string,
): readonly KeyProblem[] => {
	const named = [...unknownNames(overrides, suggest), ...unknownKeys(overrides)];
	// Conflicts among names that mean nothing would only confuse.
	return named.length > 0 ? named : [...conflicts(overrides), ...lostWays(overrides), ...swallowed(overrides)];
};

/** Actions that can have other keys, of a place or of all. The digits of counts stay what they are. */
export const remappable = (scope?: Scope): readonly KeymapRow[] =>
	keymapTable().filter(row => row.action !== 'count' && (scope === undefined || row.scope === scope));

const isScope = (name: string): name is Scope => (scopes as readonly string[]).includes(name);

const listOf = (keys: GivenKeys): readonly string[] => (typeof keys === 'string' ? [keys] : keys);

const isTable = (value: KeyOverrides[string]): value is Readonly<Record<string, GivenKeys>> =>
	typeof value === 'object' && !Array.isArray(value);

type Entry = {
	readonly path: readonly string[];
	readonly scope: Scope | undefined;
	readonly action: string;
	readonly keys: GivenKeys;
};

/** What was given, flat. Names that are no places are kept for the complaint. */
const entriesOf = (overrides: KeyOverrides): readonly Entry[] =>
	Object.entries(overrides).flatMap(([name, value]): readonly Entry[] =>
		isTable(value)
			? isScope(name)
				? Object.entries(value).map(([action, keys]) => ({path: [name, action], scope: name, action, keys}))
				: []
			: [{path: [name], scope: undefined, action: name, keys: value}],
	);

// What is said of one place goes before what is said of all.
const givenFor = (overrides: KeyOverrides, row: KeymapRow): Entry | undefined => {
	const entries = entriesOf(overrides).filter(one => one.action === row.action && row.action !== 'count');
	return entries.find(one => one.scope === row.scope) ?? entries.find(one => one.scope === undefined);
};

const unknownNames = (
	overrides: KeyOverrides,
	suggest: (name: string, known: readonly string[]) => string,
): readonly KeyProblem[] => {
	const actions = [...new Set(remappable().map(row => row.action))];
	return Object.entries(overrides).flatMap(([name, value]): readonly KeyProblem[] => {
		if (!isTable(value))
			return (actions as readonly string[]).includes(name)
				? []
				: [{path: [name], message: `is no action; ${suggest(name, actions)}`}];
		if (!isScope(name)) return [{path: [name], message: `is no place on the screen; ${suggest(name, scopes)}`}];
		const known = remappable(name).map(row => row.action);
		return Object.keys(value)
			.filter(action => !(known as readonly string[]).includes(action))
			.map(action => ({path: [name, action], message: `is no action there; ${suggest(action, known)}`}));
	});
};

const unknownKeys = (overrides: KeyOverrides): readonly KeyProblem[] =>
	entriesOf(overrides).flatMap(({path, keys}) =>
		listOf(keys).flatMap(text => {
			const parsed = parseKeyName(text);
			return parsed.ok ? [] : [{path, message: `"${text}" ${parsed.problem}`}];
		}),
	);

/** Keys that would mean two things in one place; what works everywhere counts as a part of each. */
const conflicts = (overrides: KeyOverrides): readonly KeyProblem[] => {
	const rows = remapped(overrides);
	const told = new Set<string>();
	return rows.flatMap((row, index) =>
		row.keys.flatMap(key => {
			const other = rows
				.slice(0, index)
				.find(one => one.keys.includes(key) && one.action !== row.action && isSamePlace(one.scope, row.scope));
			if (other === undefined) return [];
			const changed = [givenFor(overrides, row), givenFor(overrides, other)].find(one => one !== undefined);
			const name = `${key} ${other.action} ${row.action}`;
			if (changed === undefined || told.has(name)) return [];
			told.add(name);
			const place = scopeNames[other.scope === 'always' ? row.scope : other.scope].toLowerCase();
			const message = `\`${spelled(key)}\` is both ${other.action} and ${row.action} ${place}; give one of them another key`;
			return [{path: changed.path, message}];
		}),
	);
};

const isSamePlace = (first: Scope, second: Scope): boolean =>
	first === second || first === 'always' || second === 'always';

const spelled = (key: string): string => (key === ' ' ? 'space' : key);

const waysBack: ReadonlySet<string> = new Set(['close', 'drop-filter', 'drop-help-filter', 'drop-search']);

/** A place without a way out of it would be a trap. */
const lostWays = (overrides: KeyOverrides): readonly KeyProblem[] => {
	const rows = remapped(overrides);
	return entriesOf(overrides).flatMap(({path, action, keys}) => {
		if (listOf(keys).length > 0) return [];
		const trap = rows.find(row => row.action === action && waysBack.has(action) && row.keys.length === 0);
		if (trap !== undefined)
			return [{path, message: `is the way back ${scopeNames[trap.scope].toLowerCase()}; it needs a key`}];
		const isEnd = action === 'quit' || action === 'interrupt';
		const canLeave = rows.some(row => (row.action === 'quit' || row.action === 'interrupt') && row.keys.length > 0);
		return isEnd && !canLeave
			? [{path, message: 'has no key, nor has another one that leaves; one of them needs one'}]
			: [];
	});
};

/** Places where characters are written into a line. */
const writing: ReadonlySet<Scope> = new Set(['add', 'filter', 'help-filter', 'log-search', 'palette', 'workers']);

const swallowed = (overrides: KeyOverrides): readonly KeyProblem[] =>
	remapped(overrides).flatMap(row => {
		const given = givenFor(overrides, row);
		const key = row.keys.find(one => [...one].length === 1);
		if (given === undefined || key === undefined || !(writing.has(row.scope) || row.scope === 'always')) return [];
		const message = `\`${spelled(key)}\` could not be written any more ${scopeNames[row.scope].toLowerCase()}; take a key with ctrl or alt`;
		return [{path: given.path, message}];
	});
