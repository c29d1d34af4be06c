import {failureFromText, type Failure, type FailureCode, type TextRule} from '../../domain/failure.ts';
import {exitInWords, toolFailure} from '../supervision/tool-failure.ts';
import type {Supervised} from '../supervision/supervise.ts';
import {name} from './names.ts';
import {exceptionsIn, type How, type Refusal} from './parse.ts';

/** What a run has said, as far as it tells why there is no file. */
export type Said = {
	/** The last word on the track. */
	readonly ended: How | undefined;
	readonly refusal: {readonly why: Refusal; readonly text: string} | undefined;
	readonly warning: string | undefined;
	/** The line before `=== Track … failed ===`: there stands what the service says. */
	readonly reason: string | undefined;
	/** It was interrupted, and not by us. */
	readonly isInterrupted: boolean;
	readonly stderr: readonly string[];
	/** Its last words of any kind. */
	readonly last: string | undefined;
};

/** The failure that a run of the tool means, whatever it ended with: 0 says nothing. */
export const failureOf = (said: Said, exit: Extract<Supervised, {type: 'ended'}>, directory: string): Failure => {
	const raised = exceptionsIn(said.stderr);
	if (said.refusal !== undefined) return ofRefusal(said.refusal, directory);
	if (said.warning !== undefined) return quoted(said.warning);
	if (said.ended === 'too-poor') {
		return toolFailure(name, 'unavailable', said.reason ?? 'not to be had in the quality that settings.json demands');
	}

	if (said.ended === 'skipped') {
		return toolFailure(name, 'no-artefact', 'skipped the track, as if its file were there already');
	}

	const [first] = raised;
	if (first !== undefined) {
		const understood = raised.find(({exception}) => codeOf(exception) !== undefined) ?? first;
		const where = understood.where === undefined ? '' : ` (${understood.where})`;
		return toolFailure(
			name,
			codeOf(understood.exception) ?? 'tool-failed',
			withoutPackage(understood.exception),
			`${first.exception}${where}`,
		);
	}

	if (said.ended === 'failed') return quoted(said.reason ?? 'says that the track failed, and not why');
	if (said.isInterrupted) return toolFailure(name, 'tool-failed', 'was interrupted by somebody else');
	if (said.ended === 'downloaded') return toolFailure(name, 'no-artefact', 'reported success but left no file');
	const words = said.last === undefined ? 'it said nothing' : `its last words: ${said.last}`;
	return toolFailure(name, 'tool-failed', `${exitInWords(exit)} and no track; ${words}`);
};

const quoted = (text: string): Failure =>
	// A module that looks for the address of the file in an answer that has none, as the one of Qobuz does.
	text === "'url'"
		? toolFailure(name, 'unavailable', 'the service offers no file of this track', text)
		: toolFailure(name, codeOf(text) ?? 'tool-failed', text);

/** `RetryError: …` for `requests.exceptions.RetryError: …`. */
const withoutPackage = (exception: string): string => exception.replace(/^(?:[\w<>]+\.)+(?=\w+(?::|$))/, '');

const ofRefusal = ({why, text}: {readonly why: Refusal; readonly text: string}, directory: string): Failure => {
	switch (why) {
		case 'settings':
			return toolFailure(
				name,
				'bad-arguments',
				`it has new settings, and has written them down: look through ${directory}/config/settings.json, then retry`,
				text,
			);
		case 'no-modules':
			return toolFailure(name, 'tool-missing', `no module is installed in ${directory}/modules`, text);
		case 'bad-address':
			return toolFailure(name, 'unsupported', text);
		case 'usage':
			return toolFailure(name, 'bad-arguments', text);
	}
};

/** What the tool, its modules and the libraries below them say, as far as no other tool says it so. */
const rules: readonly TextRule[] = [
	// urllib3 gives up after ten times; the statuses are named in the cause.
	[/too many 429 error responses/i, 'rate-limited'],
	[/too many 50[34] error responses/i, 'service-unavailable'],
	[/too many 5\d\d error responses/i, 'server-error'],
	[/no module named|modulenotfounderror|no such file or directory: '(?:ffmpeg|ffprobe)'/i, 'tool-missing'],
	[/location .*is not found in modules|does not exist in modules|^\S*:? ?unknown module name/i, 'unsupported'],
	[/does not support track downloading|requires hls|unknown media type/i, 'unsupported'],
	[/no search results for/i, 'no-sources'],
	[
		/region.?lock|not (?:available|streamable|licen[sc]ed) (?:in|for) (?:your|this) (?:country|region|territory)/i,
		'region-blocked',
	],
	[/territory|country of registration|isn.t available in your country/i, 'region-blocked'],
	[/strict quality|requested quality .* unavailable/i, 'unavailable'],
	[
		/keyerror: '?(?:email|username|password|user|arl|app_id|app_secret|client_id|client_secret|token)'?|module does not use temporary settings/i,
		'login-required',
	],
	[
		/(?:invalid|wrong|incorrect|bad|expired|missing|no) (?:user|e-?mail|credential|password|login|arl|token|session|account)/i,
		'login-required',
	],
	[
		/(?:arl|token|session|subscription|credentials?) (?:is |are |has |have )*(?:invalid|expired|missing|wrong|not valid)/i,
		'login-required',
	],
	[
		/authentication is required|login failed|not logged in|unable to log ?in|(?:requires?|needs?|no(?:t a)?) .{0,40}subscri(?:ption|ber)/i,
		'login-required',
	],
	[/free accounts?|not eligible|set .{0,40}in (?:config\/)?settings\.json/i, 'login-required'],
	[/not found\.?['"}]*$|["']?status["']?: ?404\b/i, 'not-found'],
	[
		/not streamable|(?:is|isn.t|not) (?:un)?available|no longer available|no (?:download|stream) info|^(?:keyerror: )?'url'$/i,
		'unavailable',
	],
	// What mutagen says to an empty file, and to one that is no music: the tool saves whatever it is answered.
	[
		/headernotfound|sync to mpeg|not a valid flac|flacnoheader|not a mp4|mp4streaminfo|oggerror|unable to read full header/i,
		'not-media',
	],
	[/ran out of input|unpicklingerror|pickle data was truncated/i, 'bad-arguments'],
	[/jsondecodeerror|expecting value: line/i, 'server-error'],
];

const codeOf = (words: string): FailureCode | undefined => {
	const code = failureFromText(words, 'internal', rules);
	return code === 'internal' ? undefined : code;
};
