import {rm} from 'node:fs/promises';
import type {EngineEvent} from '../engine/index.ts';
import type {Engine} from '../engine/ports.ts';

/**
 * The program that empties the disk: takes the oldest finished file away, one at a time, at its own pace, as a transcriber
 * or a copy job would. It begins when the gate has closed, so that the gate is seen to close.
 */
export const startReader = (
	engine: Pick<Engine, 'send'> & {onEvent(listener: (event: EngineEvent) => void): () => void},
	pace: number,
): {readonly taken: () => number; stop(): void} => {
	const finished: string[] = [];
	let taken = 0;
	let timer: NodeJS.Timeout | undefined;
	const take = async (): Promise<void> => {
		const path = finished.shift();
		if (path === undefined) return;
		await rm(path, {force: true});
		taken++;
		await engine.send({type: 'measure-disk'});
	};

	const unsubscribe = engine.onEvent(event => {
		if (event.type === 'job' && event.to === 'completed' && event.job.outputPath !== undefined) {
			finished.push(event.job.outputPath);
		}

		if (event.type === 'gate' && event.gate.state !== 'open') {
			timer ??= setInterval(() => {
				void take();
			}, pace);
		}
	});
	return {
		taken: () => taken,
		stop() {
			unsubscribe();
			clearInterval(timer);
		},
	};
};
