/*
 * A double of slskd as a process of its own: `node double-process.ts SCENARIO.json DIRECTORY PORT`. It can be killed and
 * started again with the same directory. Says its address when it answers, and ends when it is told to.
 */
import {readFileSync} from 'node:fs';
import {startSlskdDouble} from './double.ts';
import type {Scenario} from './scenario.ts';

const [scenario, directory, port] = process.argv.slice(2);
if (scenario === undefined || directory === undefined) {
	console.error('usage: double-process.ts SCENARIO.json DIRECTORY [PORT]');
	process.exit(2);
}

const double = await startSlskdDouble(
	JSON.parse(readFileSync(scenario, 'utf8')) as Scenario,
	directory,
	Number(port ?? 0),
);
console.log(double.url);
process.once('SIGTERM', () => {
	void double.stop();
});
