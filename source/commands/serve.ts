import {isIP} from 'node:net';
import {listenForApi, type Offered} from './api.ts';
import {textOf} from './arguments.ts';
import {foretell, runQueue} from './run.ts';
import type {CommandContext, Verb} from './verb.ts';

export const serve: Verb = {
	name: 'serve',
	summary: 'The same, and answer the API over TCP to who has the token',
	options: [['--listen <addr:port>', 'instead of [server] listen, such as 127.0.0.1:7300; port 0 takes a free one']],
	help: `Every request brings the token, as \`Authorization: Bearer TOKEN\` or
\`X-API-Key: TOKEN\`. Without [server] token in config.toml one is made at the first
start and kept as api-token in the data folder. The same API answers without a
token on the scheduler's socket, which only you can open. /api/openapi.json
describes it.

  curl -H "X-API-Key: $(cat ~/.local/share/tidegate/api-token)" \\
    http://127.0.0.1:7300/api/downloads/manager/active
  curl --unix-socket ~/.local/share/tidegate/tidegate.sock \\
    http://localhost/api/downloads`,
	run: async (context, _args, options) => {
		if (context.globals.isDryRun) return foretell(context);
		const listen = textOf(options, 'listen');
		const setup = await context.setup();
		return runQueue(context, {
			isUntilIdle: false,
			async beside(engine) {
				const offered = await listenForApi(engine, setup, context, listen);
				announce(context, offered);
				return () => offered.server.close();
			},
		});
	},
};

const announce = ({io}: CommandContext, {server: {address}, tokenPlace, newToken}: Offered): void => {
	io.err(`the API answers on ${address}; its token is in ${tokenPlace}\n`);
	// A journal would keep it for everybody who reads the journal.
	if (newToken !== undefined && io.errColumns !== undefined) {
		io.err(`it was made just now and is not shown again: ${newToken}\n`);
	}

	const host = new URL(address).hostname.replace(/^\[|\]$/g, '');
	const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
	if (!isLoopback) {
		io.err(
			'this address can be reached from elsewhere, and the token travels in the clear: put a proxy with TLS before it\n',
		);
	}
};
