import {spawn} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {constants} from 'node:os';
import {fileURLToPath} from 'node:url';

/*
 * Which Node runs the program. This file has to work on Node 20, and it may import nothing of ours: it is loaded before
 * anything else. It starts a process by itself, because what normally does (execa) needs the newer Node.
 */

/** The oldest Node that the program runs on: undici 8 asks for 22.19. */
export const oldestNode = '22.19.0';

const numbers = (version: string): readonly number[] =>
	version
		.replace(/^v/, '')
		.split('.')
		.map(part => Number.parseInt(part, 10) || 0);

/** Whether a version such as `v22.20.1` is at least another one; pre-releases count as their release. */
export const isAtLeast = (version: string, least: string): boolean => {
	const have = numbers(version);
	for (const [index, wanted] of numbers(least).entries()) {
		const present = have[index] ?? 0;
		if (present !== wanted) return present > wanted;
	}

	return true;
};

/** Baked in by the build; read from package.json where the sources themselves run. */
export const programVersion = (): string =>
	process.env.TIDEGATE_VERSION ??
	(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {version: string}).version;

/** The Node that a clone brings as its development dependency, where it is there. */
export const bundledNode = (programUrl: string): string | undefined => {
	const path = fileURLToPath(new URL('../node_modules/node/bin/node', programUrl));
	return existsSync(path) ? path : undefined;
};

/** Marks the second start, so that a clone whose Node is too old as well does not start itself for ever. */
const marker = 'TIDEGATE_RESTARTED';

/** One line for a machine whose Node is too old. */
export const tooOldMessage = (version: string): string =>
	`tidegate: needs Node.js ${oldestNode} or newer, this is ${version}. Install Node.js 24 from https://nodejs.org, or run \`npm ci\` in a clone, which brings one.`;

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Runs the same program on another Node and resolves with its exit code (128 + number where a signal ended it).
 * Signals sent to this process alone reach it; those of a terminal reach both by themselves.
 */
export const runOn = async (node: string, args: readonly string[]): Promise<number> =>
	new Promise((resolve, reject) => {
		const child = spawn(node, args, {stdio: 'inherit', env: {...process.env, [marker]: '1'}});
		for (const signal of forwarded) {
			process.on(signal, () => {
				// Ctrl-C reaches the whole foreground group; sent on once more it would count as a second, impatient one.
				if (signal === 'SIGINT' && process.stdin.isTTY) return;
				child.kill(signal);
			});
		}

		child.once('error', reject);
		child.once('exit', (code, signal) => {
			resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
		});
	});

/**
 * Makes sure that the program runs on a Node that is new enough. Resolves with undefined when it does; with an exit code
 * when the work was done by another process, or could not be done at all.
 */
export const ensureRuntime = async (programUrl: string): Promise<number | undefined> => {
	if (isAtLeast(process.version, oldestNode)) return undefined;
	const node = process.env[marker] === undefined ? bundledNode(programUrl) : undefined;
	if (node === undefined) {
		process.stderr.write(`${tooOldMessage(process.version)}\n`);
		return 2;
	}

	return runOn(node, [fileURLToPath(programUrl), ...process.argv.slice(2)]);
};

/**
 * Starts the program once more as a process of its own that outlives this one and its terminal, and returns its id.
 *
 * @param log an open file for what it writes
 */
export const startDetached = (programPath: string, args: readonly string[], log: number): number | undefined => {
	const child = spawn(process.execPath, [programPath, ...args], {detached: true, stdio: ['ignore', log, log]});
	child.unref();
	return child.pid;
};
