import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {createProgram, programPath} from '../support/program.ts';

const page = join(dirname(programPath), 'tidegate.1');
const hasMandoc = spawnSync('mandoc', ['-l', '/dev/null']).error === undefined;
const strip = (text: string): string => text.replaceAll(/.\u0008/g, '').replaceAll(/\s+/g, ' ');

describe('the man page', () => {
	test('is read without a complaint, and says what the program says of itself', async context => {
		if (!hasMandoc) context.skip('needs mandoc');
		// Without a date, because two builds of one version are the same; long lines are fine.
		const lint = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', page], {encoding: 'utf8'});
		expect(lint.stdout.split('\n').filter(line => line !== '' && !line.includes('missing date'))).toEqual([]);
		const shown = strip(spawnSync('mandoc', ['-T', 'utf8', '-O', 'width=400', page], {encoding: 'utf8'}).stdout);
		const program = await createProgram();
		const {stdout: help} = await program.run(['help', 'add']);
		const flags = help.match(/--[a-z-]+/g) ?? [];
		expect(flags.length).toBeGreaterThan(8);
		expect(flags.filter(flag => !shown.includes(flag))).toEqual([]);
		expect(shown.includes('where the file goes below the storage folder, such as {batch}/{episode:03}.{ext}')).toBe(
			true,
		);
	});

	test('names every command and every key of the configuration', () => {
		const text = readFileSync(page, 'utf8').replaceAll(String.raw`\-`, '-');
		const toml = readFileSync(new URL('../../config.toml', import.meta.url), 'utf8');
		const keys = [...toml.matchAll(/^#? ?([a-z_]+) = /gm)].map(match => match[1] ?? '');
		expect(keys.length).toBeGreaterThan(30);
		expect(keys.filter(key => !text.includes(String.raw`\fB${key}\fR`))).toEqual([]);
		const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
		const listed = readme.slice(readme.indexOf('<!-- commands:begin -->'), readme.indexOf('Every command also takes'));
		const commands = [...listed.matchAll(/^\| `([a-z]+)/gm)].map(match => match[1] ?? '');
		expect(commands.length).toBeGreaterThan(20);
		expect(commands.filter(command => !text.includes(`.SS "tidegate ${command}`))).toEqual([]);
	});
});
