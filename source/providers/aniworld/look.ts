import {join} from 'node:path';
import {readAniworldVersion, type AniworldVersion} from '../../domain/aniworld-choices.ts';
import {cleanText, shorten} from '../../domain/text.ts';
import type {Duration} from '../../domain/time.ts';
import type {ToolReport} from '../../engine/ports.ts';
import {copyPrivateFile, makePrivateDirectory} from '../../system/attempt-files.ts';
import {findProgram} from '../../system/find-program.ts';
import {programStamp} from '../../system/program-stamp.ts';
import {probeTool} from '../../system/run-tool.ts';
import {withScratch} from '../../system/scratch.ts';
import {separateEnvironment, type Person} from './arguments.ts';
import {name} from './failures.ts';

export const install = 'pipx install aniworld, with ffmpeg, or correct its path in config.toml';

/** The aniworld that is there, or what is wrong with it. */
export type Look =
	{readonly version: AniworldVersion} | {readonly problem: string; readonly fix: string; readonly version?: undefined};

export type Looks = {
	/** Looks again only where another one has been installed: its start takes up to half a minute. Never rejects. */
	readonly look: () => Promise<Look>;
	/** What the last look has found. */
	readonly known: () => AniworldVersion | undefined;
};

/** It loads all of itself before it reads an argument, and asks the network whether there is a newer one. */
const patience: Duration = 90_000;

export const createLooks = (command: string, person: Person): Looks => {
	let last: {readonly stamp: string; readonly answer: Promise<Look>} | undefined;
	let known: AniworldVersion | undefined;
	const look = async (): Promise<Look> => {
		const stamp = await programStamp(command);
		if (stamp === undefined) return {problem: `${name} is not installed (${command} was not found)`, fix: install};
		if (last?.stamp !== stamp) last = {stamp, answer: ask(command, person)};
		const {answer} = last;
		const found = await answer;
		known = found.version;
		// What is wrong now may be right in a moment.
		if (found.version === undefined && last.answer === answer) last = undefined;
		return found;
	};

	return {look, known: () => known};
};

const ask = async (command: string, person: Person): Promise<Look> => {
	const answer = await withScratch(async folder => {
		await makeSeparate(folder, person);
		return probeTool(command, ['--version'], patience, separateEnvironment(folder, person));
	});
	if (answer.type === 'missing') return {problem: `${name} is not installed (${answer.message})`, fix: install};
	if (answer.type === 'timed-out')
		return {problem: `${name} did not tell its version in time`, fix: `run: ${command} --version`};
	const version = readAniworldVersion(answer.lines.map(cleanText).join('\n'));
	if (!('problem' in version)) return {version};
	const first = answer.lines.map(cleanText).findLast(line => line !== '') ?? '';
	return {
		problem: answer.exitCode === 0 ? version.problem : `${name} does not work: ${shorten(first, 200)}`,
		fix: install,
	};
};

/** Whether aniworld is there, in a version that can be driven, with what it fetches with. */
export const checkAniworld = async (looks: Looks): Promise<ToolReport> => {
	const found = await looks.look();
	if (found.version === undefined) return {name, ok: false, version: undefined, problem: found.problem, fix: found.fix};
	const {text} = found.version;
	const lack = await lackOf(found.version);
	return lack === undefined
		? {name, ok: true, version: text, problem: undefined, fix: undefined}
		: {name, ok: false, version: text, problem: lack, fix: 'apt install ffmpeg'};
};

/** 4.x tries each hoster three times before it says that there is no ffmpeg. */
export const lackOf = async ({generation, text}: AniworldVersion): Promise<string | undefined> =>
	generation === 4 && (await findProgram('ffmpeg')) === undefined ? `${name} ${text} finds no ffmpeg` : undefined;

/** The folders that keep one run apart from others, with a copy of the person's settings. Rejects where nobody may write. */
export const makeSeparate = async (own: string, {home}: Person): Promise<void> => {
	await makePrivateDirectory(join(own, 'tmp'));
	if (home === undefined) return;
	const folder = join(own, 'home', '.aniworld');
	await makePrivateDirectory(folder);
	await copyPrivateFile(join(home, '.aniworld', '.env'), join(folder, '.env')).catch((error: unknown) => {
		if ((error as {readonly code?: unknown}).code !== 'ENOENT') throw error;
	});
};
