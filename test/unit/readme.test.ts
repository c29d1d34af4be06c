import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import {verbs} from '../../source/commands/program.ts';
import {parseConfig} from '../../source/config/load.ts';

const root = new URL('../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');

const blocks = (language: string): readonly string[] =>
	[...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(match => match[1] ?? '');

describe('what the README says', () => {
	test('every piece of configuration that it shows is accepted', () => {
		const shown = blocks('toml');
		expect(shown.length).toBeGreaterThan(0);
		for (const text of shown) expect(parseConfig(text, 'README.md')).toMatchObject({ok: true});
	});

	test('every file that it names is there', () => {
		const named = [...readme.matchAll(/`((?:test|source)\/[\w./-]+)`/g)].map(match => match[1] ?? '');
		expect(named.length).toBeGreaterThan(10);
		expect(named.filter(path => !existsSync(fileURLToPath(new URL(path, root))))).toEqual([]);
	});

	test('every command of its tour is one', () => {
		const known = new Set(verbs.map(({name}) => name));
		const typed = blocks('sh').flatMap(block =>
			[...block.matchAll(/\btidegate ([a-z]+)\b/g)].map(match => match[1] ?? ''),
		);
		expect(typed.length).toBeGreaterThan(10);
		expect(typed.filter(name => !known.has(name))).toEqual([]);
	});
});
