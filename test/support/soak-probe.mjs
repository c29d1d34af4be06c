// Loaded into the built program by the soak (`node --expose-gc --import`): tells every few seconds what the process holds,
// one line of JSON in the file that SOAK_PROBE names.
import {appendFileSync} from 'node:fs';
import {monitorEventLoopDelay} from 'node:perf_hooks';

const file = process.env['SOAK_PROBE'];
const interval = Number(process.env['SOAK_INTERVAL'] ?? 5000);
if (file !== undefined) {
	const delay = monitorEventLoopDelay({resolution: 10});
	delay.enable();
	setInterval(() => {
		const held = {};
		for (const kind of process.getActiveResourcesInfo()) held[kind] = (held[kind] ?? 0) + 1;
		const line = {
			at: Date.now(),
			delayP99: delay.percentile(99) / 1e6,
			delayMax: delay.max / 1e6,
			held,
			handles: Object.values(held).reduce((sum, count) => sum + count, 0),
		};
		globalThis.gc?.();
		const {heapUsed, external} = process.memoryUsage();
		appendFileSync(file, `${JSON.stringify({...line, heap: heapUsed, external})}\n`);
		// What the collection took is ours, not the program's.
		delay.reset();
	}, interval).unref();
}
