import {join} from 'node:path';
import {removeFile} from '../../system/attempt-files.ts';
import {arrive, type Arrival} from './arrive.ts';
import {remove} from './downloads.ts';
import type {Transfer} from './parse.ts';
import type {Pursued, Pursuit, Target} from './pursuit.ts';
import {soundProblem} from './sound.ts';
import type {PeerFile} from './source.ts';

/** Takes over what has arrived at slskd, and looks whether it is what its name says. */
export const received = async (
	pursuit: Pursuit,
	{candidate, wanted}: Target,
	transfer: Transfer,
	isOurs: boolean,
): Promise<Pursued> => {
	const {kit, context} = pursuit;
	context.report({phase: 'taking it over from slskd', bytes: transfer.size});
	const arrival: Arrival = await arrive(kit, {
		transfer,
		source: candidate.source,
		size: wanted.size,
		directory: context.directory,
		isOurs,
		signal: context.signal,
		log: context.log,
	});
	if (arrival.type === 'failed' || arrival.type === 'stopped') return arrival;
	pursuit.current = undefined;
	const wrong = await wrongIn(pursuit, wanted, arrival);
	// Before anything is taken away: whoever comes after a crash finds either this word or the file that says the same.
	if (wrong !== undefined) await kit.peers.refuse(wanted, wrong);
	// Its record has done its work: without it the list stays short, and nothing is adopted twice.
	if (isOurs && !(kit.isKept && arrival.type === 'arrived')) await remove(kit, transfer, AbortSignal.timeout(5000));
	if (wrong !== undefined) {
		if (arrival.type === 'arrived') await removeFile(join(context.directory, arrival.name));
		if (arrival.type === 'wrong') await arrival.discard();
		return {type: 'next', reason: wrong, isBlamed: false};
	}

	switch (arrival.type) {
		case 'arrived':
			kit.peers.succeeded(wanted.peer);
			return arrival;
		case 'wrong':
			return {type: 'next', reason: arrival.reason, isBlamed: false};
		case 'lost':
			return {type: 'next', reason: arrival.reason, isBlamed: false};
	}
};

/** What speaks against the file that came: this peer is never asked for it again. */
const wrongIn = async (
	{context, seconds}: Pursuit,
	wanted: PeerFile,
	arrival: Arrival,
): Promise<string | undefined> => {
	if (arrival.type === 'wrong') return arrival.reason;
	return arrival.type === 'arrived' ? wrongSound(context.directory, arrival.name, wanted, seconds) : undefined;
};

/** What a file in the job's directory is instead of what its name says. */
export const wrongSound = (
	directory: string,
	name: string,
	wanted: PeerFile,
	seconds: number | undefined,
): Promise<string | undefined> => soundProblem(join(directory, name), wanted.file, seconds ?? wanted.length);
