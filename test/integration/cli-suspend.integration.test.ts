import {readFileSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {expect, onTestFinished, test, vi} from 'vitest';
import {createProgram, programPath, type Program} from '../support/program.ts';
import {startInTerminal, type TerminalSession} from '../support/terminal.ts';

const tool = fileURLToPath(new URL('../fixtures/tools/ticks.sh', import.meta.url));
/** For a machine that has much else to do. */
const patience = {timeout: 60_000};

/** Seconds of silence after which the tool is taken for stalled: more than a busy machine keeps it waiting. */
const mayBeSilent = 5;

/** A queue with a tool that works until it is let go. */
const withTool = async (): Promise<Program> => {
	const program = await createProgram();
	await writeFile(
		join(program.directory, 'config.toml'),
		`[disk_management]
pause_below_free_gb = 0.02
resume_above_free_gb = 0.03
stop_below_free_gb = 0.01
[providers.ticks]
type = "command"
command = ${JSON.stringify(tool)}
args = ["{source}", "{directory}"]
accepts = "^ticks:"
stall_timeout_seconds = ${mayBeSilent}
`,
	);
	await program.run(['add', 'ticks:80']);
	return program;
};

const letGo = (program: Program): Promise<void> => writeFile(join(program.directory, 'ticks.end'), '');

const openShell = async (program: Program): Promise<TerminalSession> => {
	const shell = startInTerminal('/bin/bash', ['--norc', '--noprofile', '-i'], {
		cwd: program.directory,
		columns: 120,
		rows: 40,
		env: {HOME: program.directory, PS1: 'SHELL> ', HISTFILE: undefined},
	});
	onTestFinished(() => shell[Symbol.asyncDispose]());
	await shell.until(text => text.includes('SHELL>'), 'the prompt', patience.timeout);
	shell.type(`'${process.execPath}' '${programPath}' --data '${program.data}' --storage '${program.storage}'\r`);
	await shell.until(text => shell.isAlternate() && text.includes('↓'), 'the download is shown', patience.timeout);
	return shell;
};

const stateOf = (pid: number): string | undefined =>
	/^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
const schedulerOf = (program: Program): number =>
	(JSON.parse(readFileSync(join(program.data, 'scheduler.json'), 'utf8')) as {readonly pid: number}).pid;
const toolOf = (program: Program): number => Number(readFileSync(join(program.directory, 'ticks.pid'), 'utf8'));

const endsWithShell = (program: Program): void => {
	onTestFinished(() => {
		for (const pidOf of [schedulerOf, toolOf]) {
			try {
				process.kill(pidOf(program), 'SIGKILL');
			} catch {
				// It has ended.
			}
		}
	});
};

test('Ctrl-Z gives the shell back and stops the tools with the screen; fg goes on where it was', async () => {
	const program = await withTool();
	endsWithShell(program);
	const shell = await openShell(program);
	await vi.waitFor(() => expect(toolOf(program)).toBeGreaterThan(0), patience);
	shell.type('\u001A');
	await shell.until(
		text => text.includes('the queue and its downloads stop') && text.includes('Stopped'),
		'the shell',
		patience.timeout,
	);
	expect(shell.isAlternate()).toBe(false);
	expect(stateOf(schedulerOf(program))).toBe('T');
	expect(stateOf(toolOf(program))).toBe('T');
	shell.type("stty -a | tr ';' '\\n'; echo do''ne\r");
	await shell.until(text => text.includes('done'), 'the answer of the shell', patience.timeout);
	expect(shell.text()).toMatch(/[^-]icanon/);
	expect(shell.text()).toMatch(/[^-]echo/);
	// Longer than the tool may be silent.
	await wait((mayBeSilent + 1) * 1000);
	shell.type('fg\r');
	await shell.until(text => shell.isAlternate() && text.includes('↓'), 'the download is shown again', patience.timeout);
	expect(stateOf(toolOf(program))).not.toBe('T');
	await letGo(program);
	expect(await program.json(['wait', '1'])).toMatchObject({jobs: [{status: 'completed', size: 80, attempts: 1}]});
	shell.type('?');
	await shell.until(text => text.includes('Esc back'), 'the keys are heard', patience.timeout);
	shell.type('\u001Bq');
	await shell.until(text => !shell.isAlternate() && text.includes('SHELL>'), 'the prompt', patience.timeout);
});

test('after bg the downloads go on without the screen, and fg brings it back', async () => {
	const program = await withTool();
	endsWithShell(program);
	const shell = await openShell(program);
	shell.type('\u001A');
	await shell.until(text => text.includes('Stopped'), 'the shell', patience.timeout);
	shell.type('bg\r');
	await letGo(program);
	expect(await program.json(['wait', '1'])).toMatchObject({jobs: [{status: 'completed', size: 80, attempts: 1}]});
	expect(shell.isAlternate()).toBe(false);
	expect(stateOf(schedulerOf(program))).not.toBe('T');
	shell.type('fg\r');
	await shell.until(text => shell.isAlternate() && text.includes('Done 1'), 'the screen', patience.timeout);
	shell.type('q');
	await shell.until(text => !shell.isAlternate() && text.includes('SHELL>'), 'the prompt', patience.timeout);
});
