import {describe, expect, test} from 'vitest';
import {searchPath, unitText, type UnitOrder} from '../../../source/commands/service-unit.ts';

const order: UnitOrder = {
	scope: 'system',
	node: '/usr/bin/node',
	program: '/opt/tidegate/dist/cli.js',
	options: ['--data', '/srv/tide'],
	data: '/srv/tide',
	storage: '/srv/media',
	user: 'media',
	path: '/usr/bin:/bin',
};

const lineOf = (text: string, key: string): string | undefined =>
	text.split('\n').find(line => line.startsWith(`${key}=`));

describe('a unit', () => {
	test('writes where the queue and the files are, and nowhere else', () => {
		expect(lineOf(unitText(order), 'ReadWritePaths')).toBe('ReadWritePaths="/srv/tide" "/srv/media"');
		expect(lineOf(unitText(order), 'ProtectSystem')).toBe('ProtectSystem=strict');
	});

	test('takes no private /tmp where the queue or the files lie in it, or the socket has to', () => {
		expect(lineOf(unitText(order), 'PrivateTmp')).toBe('PrivateTmp=yes');
		expect(lineOf(unitText({...order, storage: '/var/tmp/media'}), 'PrivateTmp')).toBeUndefined();
		expect(lineOf(unitText({...order, data: `/srv/${'x'.repeat(120)}`}), 'PrivateTmp')).toBeUndefined();
	});

	test('keeps what systemd would read in a path as it is', () => {
		const text = unitText({...order, options: ['--data', '/srv/100% "a" $HOME\\b'], data: '/srv/100% "a" $HOME\\b'});
		expect(lineOf(text, 'ExecStart')).toBe(
			String.raw`ExecStart=/usr/bin/node /opt/tidegate/dist/cli.js --data "/srv/100%% \"a\" $$HOME\\b" run`,
		);
		expect(lineOf(text, 'ReadWritePaths')).toBe(String.raw`ReadWritePaths="/srv/100%% \"a\" $HOME\\b" "/srv/media"`);
	});

	test.each(['/srv/a\nExecStartPre=/bin/evil', '/srv/\u0000'])('refuses the path %j', data => {
		expect(() => unitText({...order, data})).toThrow(/cannot stand in a unit file/);
	});

	test.each(['', 'a b', 'x\nExecStartPre=y', '%i'])('refuses the user %j', user => {
		expect(() => unitText({...order, user})).toThrow(/no name of a user/);
	});

	test('looks for tools in the absolute folders of PATH, each once', () => {
		expect(searchPath('/usr/bin:.:/bin::bin:/usr/bin')).toBe('/usr/bin:/bin');
	});
});
