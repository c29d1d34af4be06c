import type {z} from 'zod';
import {cleanText, maskArguments, maskSecrets, shorten} from '../domain/text.ts';
import {suggestion} from './nearest.ts';
import type {ConfigProblem} from './rules.ts';
import {isSecretName} from './secrets.ts';

/** A value as it is told in an error: short, on one line, without what could be a secret. */
export const shownValue = (value: unknown): string =>
	value === undefined ? 'nothing' : shorten(maskSecrets(cleanText(JSON.stringify(value) ?? String(value))), 60);

/** What zod found wrong, in our words: the value and the remedy. */
export const problemsOfSchema = (
	error: z.ZodError,
	raw: unknown,
	knownKeys: (path: readonly string[]) => readonly string[],
): readonly ConfigProblem[] =>
	error.issues.flatMap(issue => {
		const path = issue.path.map(String);
		if (issue.code === 'unrecognized_keys') {
			return issue.keys.map(name => ({
				path: [...path, name],
				message: `is unknown; ${suggestion(name, knownKeys(path))}`,
			}));
		}

		return [{path, message: `is ${harmlessValue(path, valueAt(raw, path))}; it ${wanted(issue)}`}];
	});

/** Where a person may have put a login, whether it belongs there or not, the value is not repeated. */
const harmlessValue = (path: readonly string[], value: unknown): string => {
	const isOfArguments = path.some(name => name === 'args' || name === 'extra_args');
	if (isOfArguments && Array.isArray(value)) return shownValue(maskArguments(value.map(String)));
	const isOfLogins = path.some(name => name === 'cookies' || name === 'env' || isSecretName(name));
	return value !== undefined && (isOfLogins || isOfArguments) ? 'something else' : shownValue(value);
};

const valueAt = (raw: unknown, path: readonly string[]): unknown => {
	let value = raw;
	for (const name of path) {
		if (typeof value !== 'object' || value === null) return undefined;
		value = (value as Readonly<Record<string, unknown>>)[name];
	}

	return value;
};

const wanted = (issue: z.core.$ZodIssue): string => {
	switch (issue.code) {
		case 'too_small':
			return issue.origin === 'number' || issue.origin === 'int'
				? `must be at least ${String(issue.minimum)}`
				: 'must not be empty';
		case 'too_big':
			return issue.origin === 'number' || issue.origin === 'int'
				? `must be at most ${String(issue.maximum)}`
				: `must have at most ${String(issue.maximum)} characters or items`;
		case 'invalid_type':
			return `must be ${typeNames[issue.expected] ?? issue.expected}`;
		case 'invalid_value':
			return `must be ${issue.values.map(value => JSON.stringify(value)).join(' or ')}`;
		default:
			return issue.message;
	}
};

const typeNames: Readonly<Record<string, string>> = {
	string: 'a text in quotes',
	number: 'a number',
	int: 'a whole number',
	boolean: 'true or false',
	array: 'a list in [ ]',
	object: 'a section',
};
