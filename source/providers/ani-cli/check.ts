import {cleanText, shorten} from '../../domain/text.ts';
import type {ToolReport} from '../../engine/ports.ts';
import {findProgram} from '../../system/find-program.ts';
import {probeTool} from '../../system/run-tool.ts';
import {withScratch} from '../../system/scratch.ts';
import {lookEnvironment} from './arguments.ts';
import {install, name, needsYtDlp} from './look.ts';
import {readVersion} from './version.ts';

/** Whether ani-cli is there, in a version that can be driven, with the helpers that it downloads with. */
export const checkAniCli = async (command: string): Promise<ToolReport> => {
	// It writes a history whatever it is asked for: not into the home of a person who only wants to know.
	const answer = await withScratch(folder => probeTool(command, ['-V'], undefined, lookEnvironment(folder)));
	if (answer.type === 'missing') return broken(`${name} is not installed (${answer.message})`);
	if (answer.type === 'timed-out') return broken(`${name} did not tell its version in time`, `run: ${command} -V`);
	const first = answer.lines.map(cleanText).find(line => line !== '') ?? '';
	const version = readVersion(first);
	if ('problem' in version) {
		return broken(answer.exitCode === 0 ? version.problem : `${name} does not work: ${shorten(first, 200)}`);
	}

	const [ytDlp, aria2c] = await Promise.all(['yt-dlp', 'aria2c'].map(program => findProgram(program)));
	if (ytDlp === undefined)
		return broken(`${name} ${needsYtDlp}`, 'apt install yt-dlp, or pipx install yt-dlp', version.text);
	return version.catalogue === 'allanime' && aria2c === undefined
		? broken(`${name} ${version.text} finds no aria2c`, 'apt install aria2', version.text)
		: {name, ok: true, version: version.text, problem: undefined, fix: undefined};
};

const broken = (problem: string, fix = install, version?: string): ToolReport => ({
	name,
	ok: false,
	version,
	problem,
	fix,
});
