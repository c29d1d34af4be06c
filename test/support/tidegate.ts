import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {compiledCode} from './compiled.ts';

/** The built program. */
export const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export type Ended = {readonly exitCode: number | null; readonly stdout: string; readonly stderr: string};

export type RunOptions = {
	readonly cwd: string;
	/** What stands on stdin; none is an empty stdin. */
	readonly input?: string;
	readonly env?: Readonly<Record<string, string>>;
};

/** Runs the built program to its end, as a script would: no terminal, a home of its own. */
export const runTidegate = (args: readonly string[], {cwd, input = '', env = {}}: RunOptions): Promise<Ended> =>
	new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [program, ...args], {
			cwd,
			env: {PATH: process.env['PATH'] ?? '', HOME: cwd, LANG: 'C.UTF-8', ...compiledCode, ...env},
			stdio: ['pipe', 'pipe', 'pipe'],
		});
		let stdout = '';
		let stderr = '';
		child.stdout.setEncoding('utf8').on('data', (text: string) => {
			stdout += text;
		});
		child.stderr.setEncoding('utf8').on('data', (text: string) => {
			stderr += text;
		});
		child.on('error', reject);
		child.on('close', exitCode => resolve({exitCode, stdout, stderr}));
		child.stdin.on('error', () => undefined);
		child.stdin.end(input);
	});
