import {join} from 'node:path';
import {cleanText} from '../../domain/text.ts';
import type {Duration} from '../../domain/time.ts';
import type {RunContext, RunOutcome} from '../../engine/ports.ts';
import {findProgram} from '../../system/find-program.ts';
import {supervise} from '../supervision/supervise.ts';
import {startFailure, toolFailure} from '../supervision/tool-failure.ts';
import {lookEnvironment, ownFolder} from './arguments.ts';
import {readVersion, type AniCliVersion} from './version.ts';

export const name = 'ani-cli';
export const install =
	'install ani-cli 4.8 to 5.x with its helpers, see https://github.com/pystardust/ani-cli, or correct its path in config.toml';

/** ani-cli does with ffmpeg alone as well; but that leaves holes where it cannot read, and cannot go on with a part. */
export const needsYtDlp = 'finds no yt-dlp, without which a film may have holes';

/** The ani-cli that is there, and what it will use. */
export type Tool = {
	readonly command: string;
	readonly version: AniCliVersion;
	/** Its menu can be any program: not where 5.0 finds one of its own without a terminal. */
	readonly hasFreeMenu: boolean;
};

export type Ended = {readonly outcome: RunOutcome};

/** Nothing that is only asked takes longer. */
const patience: Duration = 120_000;

/** What a short run of ani-cli said; it fetches nothing and is started in the folder of its own. */
export const ask = async (
	context: RunContext,
	command: string,
	args: readonly string[],
	env: Readonly<Record<string, string>>,
): Promise<Ended | {readonly exitCode: number | undefined; readonly words: readonly string[]}> => {
	const words: string[] = [];
	const hear = (line: string): void => {
		const text = cleanText(line.slice(0, 2000));
		if (text !== '' && words.length < 100) words.push(text);
	};
	const ended = await supervise(
		{...context, directory: join(context.directory, ownFolder)},
		{stallTimeout: patience},
		() => ({
			command,
			args,
			env,
			onStdoutLine: hear,
			onStderrLine: hear,
		}),
	);
	switch (ended.type) {
		case 'stopped':
			return {outcome: {type: 'stopped'}};
		case 'not-started':
			return {outcome: {type: 'failed', failure: startFailure(name, ended, install)}};
		case 'ended':
			return {exitCode: ended.exitCode, words};
		case 'stalled':
		case 'timed-out':
		case 'refused':
			return {outcome: {type: 'failed', failure: toolFailure(name, 'timeout', 'did not answer in time')}};
	}
};

/** Asks ani-cli for its version. It may be another one than before: ani-cli updates itself. */
export const findTool = async (context: RunContext, command: string): Promise<Ended | Tool> => {
	// The history makes a folder and a file, and a player is looked for, before any argument is read (5.0).
	const answer = await ask(context, command, ['-V'], lookEnvironment(join(context.directory, ownFolder)));
	if ('outcome' in answer) return answer;
	const version = readVersion(answer.words[0] ?? '');
	if ('problem' in version) {
		const words = answer.exitCode === 0 ? version.problem : (answer.words[0] ?? version.problem);
		return {outcome: {type: 'failed', failure: toolFailure(name, 'tool-missing', words, answer.words[0])}};
	}

	const [ytDlp, rofi, dmenu] = await Promise.all(['yt-dlp', 'rofi', 'dmenu'].map(program => findProgram(program)));
	if (ytDlp === undefined) return {outcome: {type: 'failed', failure: toolFailure(name, 'tool-missing', needsYtDlp)}};
	return {
		command,
		version,
		hasFreeMenu: version.catalogue === 'anidb' && rofi === undefined && dmenu === undefined,
	};
};
