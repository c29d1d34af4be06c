import {spawnSync} from 'node:child_process';
import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test, type TestContext} from 'vitest';
import {createProgram, programPath, type Program} from '../support/program.ts';

/** What bash puts on the line for the words; the last one is at the cursor. */
const offeredByBash = async (program: Program, words: readonly string[]): Promise<readonly string[]> => {
	const {stdout: script} = await program.run(['completion', 'bash']);
	const shown = spawnSync(
		'bash',
		[
			'--norc',
			'-c',
			`${script}\nCOMP_WORDS=(tidegate "$@"); COMP_CWORD=$#; _tidegate 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`,
			'bash',
			...words,
		],
		{
			cwd: program.directory,
			env: {PATH: `${program.directory}/bin:${process.env['PATH'] ?? ''}`, HOME: program.directory},
			encoding: 'utf8',
		},
	);
	return shown.stdout.split('\n').filter(Boolean);
};

const hasBash = spawnSync('bash', ['--version']).status === 0;

/** A program that bash finds by its name. */
const createInstalled = async (context: TestContext): Promise<Program> => {
	if (!hasBash) context.skip('needs bash');
	const program = await createProgram();
	const bin = join(program.directory, 'bin');
	await mkdir(bin);
	const paths = `--data '${program.data}' --storage '${program.storage}'`;
	await writeFile(join(bin, 'tidegate'), `#!/bin/sh\nexec '${process.execPath}' '${programPath}' ${paths} "$@"\n`);
	await chmod(join(bin, 'tidegate'), 0o755);
	return program;
};

describe('TAB in bash', () => {
	test('looks for jobs without making a queue, then offers those that the command can act on', async context => {
		const program = await createInstalled(context);
		expect(await offeredByBash(program, ['cancel', ''])).toEqual([]);
		expect(existsSync(program.data)).toBe(false);
		await program.run(['add', 'http://127.0.0.1:9/a', 'http://127.0.0.1:9/b', '--batch', "It's $(one): batch"]);
		await program.run(['cancel', '2']);
		expect(await offeredByBash(program, ['cancel', ''])).toEqual(['1']);
		expect(await offeredByBash(program, ['retry', ''])).toEqual(['2']);
		expect(await offeredByBash(program, ['list', '--batch', 'It'])).toEqual([String.raw`It\'s\ \$\(one\):\ batch`]);
	});

	test('runs nothing of what stands on the line', async context => {
		const program = await createInstalled(context);
		await offeredByBash(program, ['add', '$(touch evil)', '`touch evil`', '; touch evil', '']);
		expect(readdirSync(program.directory)).not.toContain('evil');
	});

	test('names the shells that it knows when asked for another one', async () => {
		const program = await createProgram();
		expect(await program.run(['completion', 'tcsh'])).toMatchObject({
			code: 2,
			stderr: 'tidegate: there is no completion for `tcsh`; there is one for bash, zsh, fish\n',
		});
	});
});
