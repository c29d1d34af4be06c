import {cleanText, shorten} from '../../domain/text.ts';
import type {ToolReport} from '../../engine/ports.ts';
import {probeTool} from '../../system/run-tool.ts';

export type ToolCheck = {
	readonly name: string;
	readonly command: string;
	/** Arguments that make it print its version. */
	readonly args: readonly string[];
	/** What to do when it is not there, such as `apt install aria2`. */
	readonly install: string;
};

/** Asks a tool for its version, and says what to do where it does not answer. */
export const checkTool = async ({name, command, args, install}: ToolCheck): Promise<ToolReport> => {
	const answer = await probeTool(command, args);
	const broken = (problem: string, fix: string): ToolReport => ({name, ok: false, version: undefined, problem, fix});
	if (answer.type === 'missing') return broken(`${name} is not installed (${answer.message})`, install);
	if (answer.type === 'timed-out')
		return broken(`${name} did not tell its version in time`, `run: ${command} ${args.join(' ')}`);
	const first = cleanText(answer.lines.find(line => line.trim() !== '') ?? '');
	if (answer.exitCode !== 0) {
		return broken(
			`${name} does not work: ${shorten(first, 200) || `exit code ${answer.exitCode ?? 'unknown'}`}`,
			install,
		);
	}

	return {name, ok: true, version: versionIn(first), problem: undefined, fix: undefined};
};

/** The version in a line such as `aria2 version 1.36.0`; the whole line where none is recognised. */
export const versionIn = (line: string): string => /\bv?(\d+(?:\.\d+)+\S*)/.exec(line)?.[1] ?? shorten(line, 40);
