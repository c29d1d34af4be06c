/**
 * What a tool gets of our environment: where programs and the home directory are, language, proxies and certificates.
 * Everything else stays here, because an environment often holds keys of other programs.
 */
const allowed =
	/^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|XDG_[A-Z_]+|(?:https?|ftp|all|no)_proxy|SSL_CERT_(?:FILE|DIR)|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE)$/i;

/** The part of an environment that tools get, made fit for programs without a terminal. */
export const toolEnvironment = (environment: Readonly<Record<string, string | undefined>>): Record<string, string> => {
	const chosen: Record<string, string> = {};
	for (const [name, value] of Object.entries(environment)) {
		if (value !== undefined && allowed.test(name)) chosen[name] = value;
	}

	// Python keeps its output back on a pipe; colours and a cursor have no place in it.
	return {...chosen, PYTHONUNBUFFERED: '1', NO_COLOR: '1', TERM: 'dumb'};
};
