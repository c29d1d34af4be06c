// Loaded into the built program (`node --import`): writes the longest delay of its event loop, in milliseconds, twice a
// second as a line of JSON into the file that LOOP_PROBE names.
import {appendFileSync} from 'node:fs';
import {monitorEventLoopDelay} from 'node:perf_hooks';

const file = process.env['LOOP_PROBE'];
const resolution = 10;
if (file !== undefined) {
	const delay = monitorEventLoopDelay({resolution});
	delay.enable();
	setInterval(() => {
		// The histogram holds the whole time between two looks.
		appendFileSync(file, `${JSON.stringify({at: Date.now(), longest: Math.max(0, delay.max / 1e6 - resolution)})}\n`);
		delay.reset();
	}, 500).unref();
}
