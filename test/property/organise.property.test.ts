import {resolve, sep} from 'node:path';
import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {numberedPath, parseTemplate, pathFor} from '../../source/domain/organise.ts';

/*
 * The oracle is the system's own idea of paths (node:path), which the code under test does not use.
 * Mutations that kill these, each tried: taking `/` out of the characters that `safeName` replaces (a title of `../..`
 * leaves the root); leaving leading dots (a hidden `.tidegate`); `mostBytes` of 300.
 */

const hostilePart = fc.oneof(
	fc.constantFrom(
		'..',
		'.',
		'/',
		'\\',
		'../',
		'..\\',
		'.tidegate',
		'.TIDEGATE',
		'\u0000',
		'\u001B[2J',
		'\u202E',
		'\u200B',
		'~',
		'-',
		' ',
		'\n',
		'CON',
		'nul.',
		'C:',
		'x'.repeat(300),
		'日'.repeat(120),
		'e\u0301'.repeat(150),
		'.mkv',
		'tar.gz',
		'%2e%2e%2f',
		'$HOME',
		'`id`',
	),
	fc.string({unit: 'binary', maxLength: 12}),
	fc.string({unit: 'grapheme', maxLength: 12}),
);
const hostileText = fc.array(hostilePart, {maxLength: 6}).map(parts => parts.join(''));

const fieldNames = ['title', 'batch', 'ext', 'name', 'episode', 'artist'] as const;
const fields = fc.record(
	Object.fromEntries(fieldNames.map(name => [name, fc.oneof(hostileText, fc.integer(), fc.constant(undefined))])),
);

/** Templates that mix fields, separators and hostile text; many are refused, which is an answer too. */
const templates = fc
	.array(
		fc.oneof(
			{weight: 4, arbitrary: fc.constantFrom(...fieldNames.map(name => `{${name}}`), '{episode:03}', '{unknown}')},
			{weight: 3, arbitrary: fc.constantFrom('/', '.', ' - ', '(', ')', '..')},
			{weight: 1, arbitrary: hostileText},
		),
		{minLength: 1, maxLength: 10},
	)
	.map(parts => parts.join(''));

const root = '/srv/storage';

const checkPath = (path: string): void => {
	expect(path).not.toBe('');
	const absolute = resolve(root, path);
	expect(absolute.startsWith(root + sep)).toBe(true);
	// What it says is where it is: nothing in it is resolved away.
	expect(absolute).toBe(`${root}/${path}`);
	expect(path.toLowerCase().startsWith('.tidegate')).toBe(false);
	for (const component of path.split('/')) {
		expect(component).not.toBe('');
		expect(Buffer.byteLength(component)).toBeLessThanOrEqual(255);
		expect(component).not.toMatch(/[\u0000-\u001F\u007F-\u009F\\]/);
		expect(component.isWellFormed()).toBe(true);
		expect(component.startsWith('-')).toBe(false);
		expect(component.trim()).toBe(component);
	}
};

test('whatever a template and its values hold, the path is a plain one inside the storage folder', () => {
	let accepted = 0;
	fc.assert(
		fc.property(templates, fields, fc.integer({min: 2, max: 9999}), (text, values, number) => {
			const parsed = parseTemplate(text);
			if ('problem' in parsed) {
				expect(parsed.problem.length).toBeGreaterThan(10);
				return;
			}

			accepted++;
			const path = pathFor(parsed.template, values);
			checkPath(path);
			checkPath(numberedPath(path, number));
			expect(numberedPath(path, number)).not.toBe(path);
		}),
		{numRuns: 3000},
	);
	expect(accepted).toBeGreaterThan(500);
});

test('a template of sound parts is always accepted', () => {
	const sound = fc
		.array(fc.array(fc.constantFrom('{title}', '{batch}', 'x', ' ', '{episode:03}'), {minLength: 1, maxLength: 4}), {
			minLength: 1,
			maxLength: 4,
		})
		.map(segments => `a${segments.map(parts => parts.join('')).join('/')}`);
	fc.assert(
		fc.property(sound, fields, (text, values) => {
			const parsed = parseTemplate(text);
			if ('problem' in parsed) throw new Error(parsed.problem);
			checkPath(pathFor(parsed.template, values));
		}),
	);
});

test('the same values give the same path, and different numbers different ones', () => {
	fc.assert(
		fc.property(fields, fc.integer({min: 2, max: 9999}), fc.integer({min: 2, max: 9999}), (values, first, second) => {
			const parsed = parseTemplate('{batch}/{episode:03} {title}.{ext}');
			if ('problem' in parsed) throw new Error(parsed.problem);
			const path = pathFor(parsed.template, values);
			expect(pathFor(parsed.template, {...values})).toBe(path);
			expect(numberedPath(path, first) === numberedPath(path, second)).toBe(first === second);
		}),
	);
});
