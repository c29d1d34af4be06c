import {z} from 'zod';
import {keyProblems, remappable} from '../tui/remap.ts';
import {suggestion} from './nearest.ts';
import type {ConfigProblem} from './rules.ts';

const one = z.string().min(1).max(30);
const keyList = z.union([one, z.array(one).max(10)], {error: 'must be a key such as "x", or a list of keys'});

/** `[keys]`: an action with its keys, or a place with actions. Which names there are is a rule of its own. */
export const keyBindings = z.record(
	z.string(),
	z.union([keyList, z.record(z.string(), keyList)], {
		error: 'must be a key such as "x", a list of keys, or a section of actions with their keys',
	}),
);

export type KeyBindings = z.infer<typeof keyBindings>;

/** Names that mean nothing, keys that are none, and keys that mean two things. */
export const problemsOfKeys = (keys: KeyBindings): readonly ConfigProblem[] =>
	keyProblems(keys, suggestion).map(({path, message}) => ({path: ['keys', ...path], message}));

/** The lines of `[keys]` in config.toml: what was given, and every action with the keys that it has by itself. */
export const bindingLines = (keys: KeyBindings, toml: (value: unknown) => string): readonly string[] => {
	const given = Object.entries(keys).flatMap(([name, value]) =>
		typeof value === 'string' || Array.isArray(value)
			? [`${name} = ${toml(value)}`]
			: Object.entries(value).map(([action, list]) => `${name}.${action} = ${toml(list)}`),
	);
	const usual = remappable().map(
		row => `# ${row.scope}.${row.action} = ${toml(row.keys.map(key => (key === ' ' ? 'space' : key)))}`,
	);
	return [
		'# Keys of the screen: an action with its key or its keys wherever it is to be found, or as place.action in one place;',
		'# [] takes its keys away. The names are those of the palette, which `:` opens.',
		'[keys]',
		'',
		...given,
		...(given.length > 0 ? [''] : []),
		'# The keys as they come:',
		...usual,
		'',
	];
};
