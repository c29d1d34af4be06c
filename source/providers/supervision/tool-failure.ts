import {failureFromText, type Failure, type FailureCode} from '../../domain/failure.ts';
import {cleanText, maskSecrets, shorten} from '../../domain/text.ts';
import type {ToolExit} from '../../system/run-tool.ts';

/** A failure in a tool's own words: the message names the tool, the detail is its whole line. Safe to show and to keep. */
export const toolFailure = (tool: string, code: FailureCode, words: string, line?: string): Failure => {
	const message = `${tool}: ${shorten(harmless(words), 300)}`;
	return line === undefined ? {code, message} : {code, message, detail: shorten(harmless(line), 500)};
};

/** Why a tool could not be started. */
export const startFailure = (
	tool: string,
	exit: Extract<ToolExit, {type: 'not-started'}>,
	install: string,
): Failure => {
	switch (exit.problem) {
		case 'missing':
			return {code: 'tool-missing', message: `${tool} is not installed; try: ${install}`, detail: exit.message};
		case 'not-executable':
			return {code: 'tool-missing', message: `${tool}: ${exit.message}; check its permissions`};
		case 'no-directory':
			return {code: 'volume-missing', message: `the folder of this job is gone: ${exit.message}`};
		case 'other':
			return toolFailure(tool, 'tool-failed', exit.message);
	}
};

/** What the way a tool ended says, where the tool itself said nothing. */
export const exitInWords = (exit: Extract<ToolExit, {type: 'ended'}>): string =>
	exit.signal === undefined ? `ended with exit code ${exit.exitCode ?? 'unknown'}` : `was ended by ${exit.signal}`;

/** For sources that the provider would not have accepted. */
export const notAnAddress = (tool: string): Failure =>
	toolFailure(tool, 'unsupported', 'the source is no address that it takes');

/** Why the job's directory could not be written (an error of node:fs). */
export const writeFailure = (tool: string, error: unknown): Failure => {
	const words = error instanceof Error ? error.message : String(error);
	const code = failureFromText(words, 'tool-failed', [[/\bENOENT\b|\bENOTDIR\b/, 'volume-missing']]);
	return toolFailure(tool, code, `the folder of this job cannot be written: ${words}`);
};

const harmless = (text: string): string => maskSecrets(cleanText(text));
