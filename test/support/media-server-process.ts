import {startMediaServer, type MediaServerOptions} from '../../source/demo/media-server.ts';

/*
 * A media server in a process of its own, for tests that measure the process that downloads. Its options stand in the first
 * argument as JSON; it writes its address on one line and ends when its standard input ends.
 */
const server = await startMediaServer(JSON.parse(process.argv[2] ?? '{"routes":{}}') as MediaServerOptions);
process.stdout.write(`${server.url}\n`);
process.stdin.resume();
process.stdin.on('end', () => void server.close());
