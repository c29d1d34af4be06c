#!/usr/bin/env node
import {ensureRuntime, programVersion} from './system/runtime.ts';

/*
 * The first lines of the program. They run on Node 20 as well, leave for a newer Node where there is one, and load
 * nothing before that is settled.
 */

/** Compiled code is kept between starts: 15 ms of 105 on the measured machine. Not worth an error where it cannot be. */
const enableCompileCache = async (): Promise<void> => {
	if (process.env.NODE_COMPILE_CACHE !== undefined) return;
	const [{default: module}, {accessSync, constants, existsSync, mkdirSync}, {homedir}, {dirname, isAbsolute, join}] =
		await Promise.all([import('node:module'), import('node:fs'), import('node:os'), import('node:path')]);
	try {
		const given = process.env.XDG_CACHE_HOME ?? '';
		const base = isAbsolute(given) ? given : join(homedir(), '.cache');
		const directory = join(base, 'tidegate', 'compiled');
		// One by one, because a recursive mkdir never returns for a home below /proc (Node 24.21).
		for (const folder of [base, dirname(directory), directory]) {
			if (!existsSync(folder)) mkdirSync(folder, {mode: 0o700});
		}

		accessSync(directory, constants.W_OK);
		module.enableCompileCache(directory);
	} catch {
		// A home that cannot be written only costs the time.
	}
};

const start = async (): Promise<number> => {
	const done = await ensureRuntime(import.meta.url);
	if (done !== undefined) return done;
	const args = process.argv.slice(2);
	if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
		process.stdout.write(`${programVersion()}\n`);
		return 0;
	}

	// chalk 5.6 (inside Ink) knows FORCE_COLOR but not NO_COLOR, and reads it when it is loaded.
	if ((process.env.NO_COLOR ?? '') !== '') process.env.FORCE_COLOR = '0';
	await enableCompileCache();
	const {main} = await import('./cli.ts');
	return main(args);
};

/** A defect: its stack, without the line of code that Node would print, which is the whole program in one. */
const tellDefect = (error: unknown): number => {
	const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
	process.stderr.write(`tidegate: unexpected error, please report it: ${words}\n`);
	return 1;
};

process.exitCode = await start().catch(tellDefect);
