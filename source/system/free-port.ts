import {once} from 'node:events';
import {createServer} from 'node:net';

/** A TCP port on loopback that nobody listened on a moment ago. Another program may take it before it is used. */
export const freePort = async (): Promise<number> => {
	const server = createServer();
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	server.close();
	await once(server, 'close');
	if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
	return address.port;
};
