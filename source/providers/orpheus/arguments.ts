import {join} from 'node:path';
import type {Wish} from './source.ts';

/** The folder below the job's own that the tool writes into, and nothing else does. */
export const outputFolder = 'music';

/**
 * The arguments of a run for one track. `-o` is absolute, because the tool's own folder is where it is started. Behind `--`
 * nothing is an option (argparse).
 */
export const runArguments = (wish: Wish, output: string): readonly string[] => [
	'-o',
	output,
	'--',
	...('url' in wish
		? [wish.url]
		: wish.type === 'track'
			? ['download', wish.module, 'track', wish.id]
			: ['luckysearch', wish.module, 'track', wish.query]),
];

/**
 * The python that runs it: a name is looked up in PATH, a path with a slash starts at the install directory, such as
 * `venv/bin/python`.
 */
export const pythonOf = (python: string, directory: string): string =>
	python.includes('/') && !python.startsWith('/') ? join(directory, python) : python;

/** Python has to write what we can read, whatever the language of the machine, and at once. */
export const environment = {PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'utf-8:replace'} as const;

/** Tiers of OrpheusDL (utils/models.py), the best first. */
export const tiers = ['hifi', 'lossless', 'high', 'medium', 'low', 'minimum'] as const;

/**
 * What is wrong with asking for a quality, in words: the tool knows one, which stands in its settings.json and belongs to
 * the person. Undefined where nobody asked, where it is that one, and where nobody knows which it is.
 */
export const qualityProblem = (wanted: string | undefined, configured: string | undefined): string | undefined => {
	if (wanted === undefined || configured === undefined) return undefined;
	if (wanted.trim().toLowerCase() === configured.trim().toLowerCase()) return undefined;
	const isTier = (tiers as readonly string[]).includes(wanted.trim().toLowerCase());
	return `it cannot be asked for ${isTier ? 'another quality' : `the quality "${wanted}"`}: "download_quality" in its config/settings.json is ${configured}; change that, or leave --quality out`;
};
