import {expect, test} from 'vitest';
import {renderToml} from '../../../source/config/describe.ts';
import {parseConfig, type Config} from '../../../source/config/load.ts';

const loaded = (text: string): Config => {
	const result = parseConfig(text, 'config.toml');
	if (!result.ok) throw new Error(result.problems.join('\n'));
	return result.config;
};

const problems = (text: string): readonly string[] => {
	const result = parseConfig(text, 'config.toml');
	return result.ok ? [] : result.problems;
};

const whole = `[notify.hook]
type = "webhook"
url = "https://example.org/hook"
headers = {Authorization = "env:HOOK", X-Room = "downloads"}
events = ["job-failed", "queue-idle"]
[notify.phone]
type = "ntfy"
topic = "env:TOPIC"
token = "file:ntfy.token"
[notify.tool]
type = "command"
command = "tell-me"
args = ["--now"]
[notify.here]
type = "desktop"
popup = "osc777"
`;

test('nobody is told of anything unless config.toml says so', () => {
	expect(loaded('').notify).toEqual({});
});

test('targets of every kind are printed so that they read back as the same', () => {
	const config = loaded(whole);
	expect(Object.keys(config.notify)).toEqual(['hook', 'phone', 'tool', 'here']);
	expect(loaded(renderToml(config, 'printed'))).toEqual(config);
});

test('the target that config.toml shows as a comment can be used as it stands', () => {
	const shown = renderToml(loaded(''), 'x').replaceAll(/^# (?=\[notify\.|type = "desktop|events = \["batch)/gm, '');
	expect(loaded(shown).notify['screen']).toMatchObject({type: 'desktop', events: ['batch-done', 'needs-person']});
});

test.each([
	['[notify.x]\nevents = []', 'type is nothing; it must be "desktop" or "command" or "webhook" or "ntfy"'],
	['[notify.x]\ntype = "mail"', 'type is "mail"; it must be "desktop" or'],
	['[notify.x]\ntype = "ntfy"\ntopic = "a"\ntopc = 1', 'topc is unknown; did you mean topic?'],
	['[notify.x]\ntype = "ntfy"\ntopic = "a b"', 'topic is "a b"; it must have 1 to 64 letters'],
	[
		'[notify.x]\ntype = "ntfy"\ntopic = "a"\ntoken = "tk_hunter2"',
		'token is something else; it must say where the secret is',
	],
	['[notify.x]\ntype = "desktop"\nevents = ["batchdone"]', '"batchdone"; it must be "batch-done" or'],
	['[notify.x]\ntype = "webhook"\nurl = "ftp://x/"', 'it must be an http or https address without a login'],
	['[notify.x]\ntype = "webhook"\nurl = "https://me:hunter2@x/"', 'without a login'],
	[
		'[notify.x]\ntype = "webhook"\nurl = "https://x/"\nheaders = {Authorization = "Bearer hunter2"}',
		'headers holds Authorization itself; write where it is to be found',
	],
	['[notify.x]\ntype = "webhook"\nurl = "https://x/"\nheaders = {"X-Api-Key" = "hunter2"}', 'holds X-Api-Key itself'],
	[
		'[notify.x]\ntype = "webhook"\nurl = "https://x/"\nheaders = {A = "a\\r\\nB: c"}',
		'holds A with a control character',
	],
	['[notify."a b"]\ntype = "desktop"', 'is no name'],
	['[notify.x]\ntype = "command"\ncommand = ""', 'must not be empty'],
])('%j is refused with the place and a remedy, and without a secret', (text, words) => {
	expect(problems(text)).toHaveLength(1);
	expect(problems(text)[0]).toContain(words);
	expect(problems(text)[0]).toMatch(/^config\.toml:\d+: /);
	expect(problems(text)[0]).not.toContain('hunter2');
});
