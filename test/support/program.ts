import {spawn, type ChildProcess} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {onTestFinished} from 'vitest';
import {compiledCode} from './compiled.ts';
import {temporaryDirectory} from './temp.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The built program: `npm test` builds it first. */
export const programPath = join(root, 'dist/cli.js');

export type Ended = {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
};

export type Running = {
	readonly process: ChildProcess;
	/** What it has written so far. */
	stdout(): string;
	stderr(): string;
	readonly ended: Promise<Ended>;
};

export type Program = {
	/** The working directory and home of everything that is run. */
	readonly directory: string;
	readonly data: string;
	readonly storage: string;
	/** Runs it to its end. */
	run(args: readonly string[], options?: RunOptions): Promise<Ended>;
	/** Starts it; what is still there when the test ends is killed. */
	start(args: readonly string[], options?: RunOptions): Running;
	/** Runs it with `--json` and reads the document; throws where the exit code is another one. */
	json(args: readonly string[], code?: number): Promise<unknown>;
};

export type RunOptions = {
	readonly stdin?: string;
	readonly env?: Readonly<Record<string, string>>;
	/** Compiles its own code, as the first start of a person does. Default: false. */
	readonly compiles?: boolean;
	/** Default: the Node that runs the test. */
	readonly node?: string;
};

/** The built program with a home, a data directory and a storage of its own. */
export const createProgram = async (): Promise<Program> => {
	if (!existsSync(programPath)) throw new Error('dist/cli.js is missing: run `npm run build` first');
	const directory = await temporaryDirectory();
	const [data, storage] = [join(directory, 'data'), join(directory, 'storage')];
	const start = (args: readonly string[], options: RunOptions = {}): Running => {
		const child = spawn(
			options.node ?? process.execPath,
			[programPath, '--data', data, '--storage', storage, ...args],
			{
				cwd: directory,
				env: {
					PATH: process.env['PATH'] ?? '',
					HOME: directory,
					...(options.compiles === true ? {} : compiledCode),
					TERM: 'xterm-256color',
					LANG: 'C.UTF-8',
					...options.env,
				},
			},
		);
		onTestFinished(() => {
			child.kill('SIGKILL');
		});
		return follow(child, options.stdin ?? '');
	};

	const run = async (args: readonly string[], options?: RunOptions): Promise<Ended> => start(args, options).ended;
	return {
		directory,
		data,
		storage,
		start,
		run,
		async json(args, code = 0) {
			const ended = await run(['--json', ...args]);
			if (ended.code !== code) throw new Error(`exit code ${ended.code}: ${ended.stderr}`);
			return JSON.parse(ended.stdout);
		},
	};
};

const follow = (child: ChildProcess, stdin: string): Running => {
	let [stdout, stderr] = ['', ''];
	child.stdout?.setEncoding('utf8').on('data', (text: string) => {
		stdout += text;
	});
	child.stderr?.setEncoding('utf8').on('data', (text: string) => {
		stderr += text;
	});
	child.stdin?.on('error', () => undefined);
	child.stdin?.end(stdin);
	const ended = new Promise<Ended>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', (code, signal) => resolve({code, signal, stdout, stderr}));
	});
	return {process: child, stdout: () => stdout, stderr: () => stderr, ended};
};
