import type {PeerPast} from '../../domain/ranking.ts';
import type {Instant} from '../../domain/time.ts';
import {isRecord, parseJson} from '../supervision/json.ts';

/*
 * What is remembered of peers: how often their files came, and files that turned out to be something else.
 */

export type Past = PeerPast & {readonly at: Instant};

export type Peers = {
	/** By name, the one that was met longest ago first. */
	readonly pasts: ReadonlyMap<string, Past>;
	/** Why a file is not fetched again, by peer and file, the oldest first. */
	readonly refused: ReadonlyMap<string, string>;
};

export const noPeers: Peers = {pasts: new Map(), refused: new Map()};

/** More are forgotten, the oldest first. */
export const mostPeers = 2000;
export const mostRefused = 5000;

/** What counts of the past: who was good a hundred times is not forgiven forever. */
const mostCounted = 20;

const unknownPeer: PeerPast = {succeeded: 0, failed: 0};

export const pastOf = ({pasts}: Peers, peer: string): PeerPast => pasts.get(peer) ?? unknownPeer;

/** The peers after one of them has sent a file, or has not. */
export const withPast = (peers: Peers, peer: string, change: Partial<PeerPast>, at: Instant): Peers => {
	const {succeeded, failed} = pastOf(peers, peer);
	const sum = {
		succeeded: Math.max(0, succeeded + (change.succeeded ?? 0)),
		failed: Math.max(0, failed + (change.failed ?? 0)),
	};
	const share = Math.min(1, mostCounted / Math.max(1, sum.succeeded + sum.failed));
	const pasts = new Map(peers.pasts);
	pasts.delete(peer);
	pasts.set(peer, {succeeded: rounded(sum.succeeded * share), failed: rounded(sum.failed * share), at});
	return {...peers, pasts: newest(pasts, mostPeers)};
};

export const withRefused = (peers: Peers, key: string, reason: string): Peers => {
	const refused = new Map(peers.refused);
	refused.delete(key);
	refused.set(key, reason);
	return {...peers, refused: newest(refused, mostRefused)};
};

export const formatPeers = ({pasts, refused}: Peers): string =>
	`${JSON.stringify({
		version: 1,
		peers: [...pasts].map(([name, {succeeded, failed, at}]) => [name, succeeded, failed, at]),
		refused: [...refused],
	})}\n`;

/** What stands in the file; undefined where it is damaged. */
export const parsePeers = (text: string): Peers | undefined => {
	const value = parseJson(text);
	if (!isRecord(value) || value['version'] !== 1) return undefined;
	const {peers, refused} = value;
	if (!Array.isArray(peers) || !Array.isArray(refused)) return undefined;
	if (!peers.every(isPastRow) || !refused.every(isRefusedRow)) return undefined;
	return {
		pasts: newest(new Map(peers.map(([name, succeeded, failed, at]) => [name, {succeeded, failed, at}])), mostPeers),
		refused: newest(new Map(refused), mostRefused),
	};
};

type PastRow = readonly [name: string, succeeded: number, failed: number, at: Instant];

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;

const isPastRow = (row: unknown): row is PastRow =>
	Array.isArray(row) && row.length === 4 && typeof row[0] === 'string' && row.slice(1).every(isCount);

const isRefusedRow = (row: unknown): row is readonly [string, string] =>
	Array.isArray(row) && row.length === 2 && row.every(part => typeof part === 'string');

const rounded = (value: number): number => Math.round(value * 100) / 100;

const newest = <Value>(rows: ReadonlyMap<string, Value>, most: number): ReadonlyMap<string, Value> =>
	rows.size <= most ? rows : new Map([...rows].slice(-most));
