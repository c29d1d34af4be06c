import {describe, expect, test} from 'vitest';
import {
	numberedPath,
	parseTemplate,
	pathFor,
	safeName,
	splitName,
	type TemplateFields,
} from '../../../source/domain/organise.ts';

const fill = (text: string, fields: TemplateFields): string => {
	const parsed = parseTemplate(text);
	if ('problem' in parsed) throw new Error(parsed.problem);
	return pathFor(parsed.template, fields);
};

describe('a template says where a file goes', () => {
	test.each([
		['fields are filled in', '{batch}/{episode:03} {title}.{ext}', 'Show/007 Pilot.mkv'],
		['a folder without a value vanishes', '{quality}/{title}.{ext}', 'Pilot.mkv'],
		['a missing extension leaves no dot', '{title}.{none}', 'Pilot'],
		['empty and dot components are passed over', './a//{title}.{ext}', 'a/Pilot.mkv'],
	])('%s', (_claim, template, path) => {
		expect(fill(template, {batch: 'Show', episode: 7, title: 'Pilot', ext: 'mkv'})).toBe(path);
	});

	test.each([
		['a title with separators stays one component', '../../etc/passwd', '_.._etc_passwd.mkv'],
		['a hidden name is shown', '.bashrc', 'bashrc.mkv'],
		['a name that looks like an option is none', '--rf', 'rf.mkv'],
		['a device name of Windows is changed', 'CON', '_CON.mkv'],
		['control characters go', 'a\u0000b\u001B[2Jc\nd', 'a bc d.mkv'],
		['nothing at all gets a name', ' . ', '_.mkv'],
	])('%s', (_claim, title, path) => {
		expect(fill('{title}.{ext}', {title, ext: 'mkv'})).toBe(path);
	});

	test('a long title keeps its extension, and whole characters, within 255 bytes', () => {
		for (const title of ['x'.repeat(1000), '日'.repeat(500), `two\nlines ${'é'.repeat(400)}`]) {
			const path = fill('{title}.{ext}', {title, ext: 'mkv'});
			expect(path).toMatch(/\.mkv$/);
			expect(path).not.toContain('\uFFFD');
			expect(Buffer.byteLength(path)).toBeLessThanOrEqual(255);
			expect(Buffer.byteLength(path)).toBeGreaterThan(200);
		}
	});

	test('a title of a million characters is cut in no time', () => {
		expect(Buffer.byteLength(safeName('日'.repeat(1_000_000)))).toBeLessThanOrEqual(240);
	});

	test.each([
		['', /empty/],
		['/etc/{title}', /relative/],
		['C:\\x', /relative/],
		['{title}/', /folder/],
		['a/../{title}', /leave/],
		['.tidegate/{title}', /belongs to running jobs/],
		['{Title', /brace/],
	])('%j is refused', (template, problem) => {
		expect(parseTemplate(template)).toMatchObject({problem: expect.stringMatching(problem) as unknown});
	});
});

test('a name that is taken gets a number before its extension', () => {
	expect(numberedPath('a/b.mkv', 2)).toBe('a/b (2).mkv');
	expect(numberedPath('a.d/b', 3)).toBe('a.d/b (3)');
	expect(numberedPath('x.tar.gz', 2)).toBe('x (2).tar.gz');
});

test('an extension is what follows the last dot, unless it is too long for one', () => {
	expect(splitName('a.b.mkv')).toEqual({name: 'a.b', ext: 'mkv'});
	expect(splitName('Mr. Smith goes to Washington')).toEqual({name: 'Mr. Smith goes to Washington', ext: ''});
	expect(splitName('.hidden')).toEqual({name: '.hidden', ext: ''});
});
