import type {FailureCode} from './failure.ts';

/** The failure that an HTTP status means (RFC 9110), or undefined for a success or a redirect. */
export const failureFromHttpStatus = (status: number): FailureCode | undefined => {
	if (status < 400) return undefined;
	switch (status) {
		case 401:
		case 407:
		// 511 (RFC 6585): a captive portal wants its login first.
		case 511:
			return 'login-required';
		case 402:
		case 403:
			return 'forbidden';
		case 404:
			return 'not-found';
		case 410:
			return 'gone';
		// A condition or a range that no longer fits: the file is another one than before.
		case 412:
		case 416:
			return 'source-changed';
		case 425:
		case 429:
			return 'rate-limited';
		case 451:
			return 'region-blocked';
		// 522 and 524 are Cloudflare's words for an origin that does not answer.
		case 408:
		case 504:
		case 522:
		case 524:
			return 'timeout';
		case 503:
		case 529:
			return 'service-unavailable';
		default:
			return status >= 500 ? 'server-error' : 'bad-request';
	}
};

export type TextRule = readonly [pattern: RegExp, code: FailureCode];

/** What the machine lacks or the command line got wrong. First, because it is said in words that nothing else uses. */
const machineRules: readonly TextRule[] = [
	[
		/no space left on device|not enough (free )?(disk )?space|disk quota exceeded|errno 28\b|\benospc\b|\bedquot\b/i,
		'disk-full',
	],
	[/stale (nfs )?file handle|transport endpoint is not connected|\bestale\b|errno 11[67]\b/i, 'volume-missing'],
	[
		/read-only file system|errno (1|13|30)\]|\b(eacces|eperm|erofs)\b|access to the path .*is denied/i,
		'permission-denied',
	],
	[/\beexist\b|not overwriting|control file\(\*\.aria2\) does not exist/i, 'destination-exists'],
	[/file ?name too long|\benametoolong\b/i, 'bad-arguments'],
	[/spawn \S+ enoent|command not found|^\S*sh: .*: not found$|is not installed|please install\b/im, 'tool-missing'],
	[/no player found|neither \S+ nor \S+ found|\bff(mpeg|probe) not found|^\S*env: .*no such file/im, 'tool-missing'],
	[
		/(no such|unrecognized|unknown|invalid) option|option \S+ is unknown|missing argument|invalid choice|must provide at least one/i,
		'bad-arguments',
	],
	[/requested format is not available|invalid anime selection|please update settings\.json/i, 'bad-arguments'],
];

/** What a site says in words. Before the statuses, because a 403 that names its reason is understood by the reason. */
const siteRules: readonly TextRule[] = [
	[/\bdrm\b|widevine|playready/i, 'drm-protected'],
	[/captcha|confirm you.re not a bot|turnstile/i, 'captcha'],
	[/cloudflare|anti-bot|http error 412\b/i, 'blocked'],
	[
		/unsupported (url|protocol)|no suitable extractor|unknown url type|not a valid url|protocol \S+ not supported/i,
		'unsupported',
	],
	[/language '.{1,60}' with provider .{1,60} is not available|no provider found for language/i, 'unavailable'],
	[/or login required/i, 'login-required'],
	[/too many requests|\brate.?limit|quota limit|banned for \d+|rejected: too many/i, 'rate-limited'],
	[/resource not found|file not shared|"detail": ?"not found/i, 'not-found'],
	[
		/not available (in|from) your (country|region|location)|available in your country|blocked (it )?in your country/i,
		'region-blocked',
	],
	[/\bgeo.?(restrict|block)|(region|territory).?(locked|restricted|blocked)/i, 'region-blocked'],
	[
		/premieres? (in|will begin)|will begin in|not (yet )?(released|aired)|not yet available|not currently live/i,
		'not-yet-available',
	],
	[/invalid episode|invalid range!/i, 'not-yet-available'],
	[/private video|has been removed|members-only|no longer available|requires payment/i, 'unavailable'],
	[/video (is )?(unavailable|not available)/i, 'unavailable'],
	[/(video|track|album|episode|playlist) \S* ?does not exist/i, 'not-found'],
	[
		/login (details|required)|log(ged)? in to (access|get)|please log in|sign in to|use --cookies|only available for registered/i,
		'login-required',
	],
	[
		/authentication (is )?required|authorization failed|account is needed|does not have a .*subscription/i,
		'login-required',
	],
	[/token has expired|invalid_client/i, 'login-required'],
	[/rejected: banned/i, 'forbidden'],
	[
		/no .{0,20}sources?\b.{0,10}found|no valid sources|no results found|no direct link|failed for all providers|no providers available/i,
		'no-sources',
	],
	[/(appears to be|is) offline|reported as failed by remote client/i, 'no-sources'],
	[/service busy|must be connected and logged in/i, 'service-unavailable'],
	[
		/unable to extract .*please report|extract any player response|signature extraction failed|javascript runtime/i,
		'tool-too-old',
	],
];

/** What happened on the wire. What is nearest to the cause first: `Max retries exceeded` wraps all of them. */
const wireRules: readonly TextRule[] = [
	[/temporary failure in name resolution|could not contact dns|\beai_again\b/i, 'no-network'],
	[/network is (unreachable|down)|no route to host|host is down|\be(net|host)(unreach|down)\b/i, 'no-network'],
	[
		/name or service not known|getaddrinfo|\benotfound\b|(could not|unable to|failed to) resolve|name resolution/i,
		'name-not-resolved',
	],
	[/name does not resolve|nodename nor servname|no such host/i, 'name-not-resolved'],
	[/connection refused|actively refused|couldn't connect to server|\beconnrefused\b/i, 'connection-refused'],
	[/does not match expected size|invalid range header|seem to support byte ranges|cannot resume\b/i, 'source-changed'],
	[/too slow|body timeout|stall detected/i, 'stalled'],
	[
		/connection (was )?(reset|aborted|broken|closed|lost)|closed connection|other side closed|socket hang up/i,
		'connection-lost',
	],
	[
		/\beconnreset\b|\bepipe\b|incompleteread|got eof|^(typeerror: )?terminated$|empty reply|not closed cleanly|transfer closed with/i,
		'connection-lost',
	],
	[/bytes read|more expected|downloaded \d+ bytes, expected/i, 'connection-lost'],
	[/timed? ?out|\betimedout\b|did not properly respond/i, 'timeout'],
	[/(?<![a-z])(certificate|ssl|tls)(?![a-z])|self.signed|altnames/i, 'tls'],
	[/too many ?redirects|redirects followed|exceeded \d+ redirects|redirect count|infinite loop/i, 'too-many-redirects'],
	[/bad status-line|http\/0\.9|does not match the http/i, 'server-error'],
	[/service unavailable|temporarily unavailable/i, 'service-unavailable'],
	[/internal server error|bad gateway/i, 'server-error'],
	[/checksum (validation failed|error|mismatch)/i, 'wrong-checksum'],
	[/size mismatch/i, 'wrong-size'],
	[/invalid data found when processing input/i, 'not-media'],
	[/any data blocks|downloaded file is empty/i, 'no-artefact'],
	[/permission denied/i, 'permission-denied'],
];

/** The failure that a tool's error text means; `fallback` where the text says nothing that is known. */
export const failureFromText = (
	text: string,
	fallback: FailureCode = 'tool-failed',
	first: readonly TextRule[] = [],
): FailureCode => {
	const said = whatIsSaid(text);
	return (
		firstMatch(said, first) ??
		firstMatch(said, machineRules) ??
		firstMatch(said, siteRules) ??
		statusIn(said) ??
		firstMatch(said, wireRules) ??
		fallback
	);
};

const firstMatch = (text: string, rules: readonly TextRule[]): FailureCode | undefined =>
	rules.find(([pattern]) => pattern.test(text))?.[1];

/** Longer texts are cut: an error stands at the end, and matching stays fast whatever a tool prints. */
const longestText = 16_384;

/**
 * The text without what only looks like a failure: addresses and names of files (a title may hold any word), and
 * warnings where there is anything else (yt-dlp warns on its way to success).
 */
const whatIsSaid = (text: string): string => {
	const cleaned = text
		.slice(-longestText)
		.replaceAll(/\bhttps?:\/\/[^\s'"<>]+/gi, ' ')
		.replaceAll(/'[^'\n]*\.\w{1,5}(\.part)?'|"[^"\n]*\.\w{1,5}(\.part)?"/g, ' ');
	const lines = cleaned.split('\n').filter(line => !/^\s*(warning|\[?debug)\b/i.test(line));
	return lines.some(line => line.trim() !== '') ? lines.join('\n') : cleaned;
};

/** An HTTP status as tools put it: `HTTP Error 404`, `status=404`, `returned error: 404`, `404 Client Error`. */
const statusIn = (text: string): FailureCode | undefined => {
	const found =
		/\b(?:http error|http|error|status(?: code)?|server returned)[\s:="/]{1,3}([45](?:\d\d|xx))\b/i.exec(text) ??
		/\b([45]\d\d):? (?:(?:client|server) error|not found|forbidden|gone|unauthorized|bad gateway)/i.exec(text);
	const status = found?.[1];
	return status === undefined ? undefined : failureFromHttpStatus(Number(status.replaceAll(/x/gi, '0')));
};
