import {runTool, type ToolExit} from '../system/run-tool.ts';

/** A look at a media file by ffprobe. */
export type Look = {
	/** Absolute. */
	readonly path: string;
	/** Stands in ffprobe's environment, so that it is found after a crash. */
	readonly token: string;
	readonly signal: AbortSignal;
	/** Default: `ffprobe`, looked up in PATH. */
	readonly command?: string;
};

/** Looking at the headers takes a moment; on a disk that does not answer it may not take for ever. In milliseconds. */
const patience = 30_000;

/** Lines of an answer that are read; it has about ten for each stream. */
const mostLines = 5000;

/** Runs ffprobe for these entries, as JSON. Never rejects. */
export const runFfprobe = async (
	{path, token, signal, command = 'ffprobe'}: Look,
	entries: string,
): Promise<{readonly exit: ToolExit; readonly text: string}> => {
	const lines: string[] = [];
	const exit = await runTool({
		command,
		// A playlist in disguise must not make it ask the network, nor read another file.
		args: ['-v', 'error', '-protocol_whitelist', 'file', '-show_entries', entries, '-of', 'json', '-i', `file:${path}`],
		cwd: '/',
		token,
		signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
		killAfter: 500,
		onStdoutLine: line => lines.length < mostLines && lines.push(line),
	});
	return {exit, text: lines.join('\n')};
};
