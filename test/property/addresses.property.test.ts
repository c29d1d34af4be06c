import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {canonicalAddress, canonicalIdentity, withoutRootDot} from '../../source/domain/address.ts';
import {canonicalUrl, laneOfUrl} from '../../source/providers/http/address.ts';

/*
 * An address as RFC 3986 sees it: parts whose characters either stand for themselves or are data. Two spellings of it are
 * the same address; this is told here by how they are made, without taking any of them apart again.
 */
type Piece =
	/** A character that needs no escape: as itself, or escaped with digits of either case. */
	| {readonly type: 'free'; readonly character: string}
	/** A character that means something else when it is not escaped. */
	| {readonly type: 'data'; readonly code: number};

const free = [...'ABZabz019-_~'];
const piece: fc.Arbitrary<Piece> = fc.oneof(
	fc.constantFrom(...free).map((character): Piece => ({type: 'free', character})),
	// The reserved ones, the per cent sign itself, a blank, and bytes beyond ASCII.
	fc.constantFrom(0x2f, 0x3f, 0x23, 0x26, 0x3d, 0x25, 0x20, 0xc3, 0xff).map((code): Piece => ({type: 'data', code})),
);
const part = fc.array(piece, {minLength: 1, maxLength: 6});

type Address = {
	readonly scheme: string;
	readonly host: string;
	readonly path: ReadonlyArray<readonly Piece[]>;
	readonly query: readonly Piece[];
};

const address: fc.Arbitrary<Address> = fc.record({
	scheme: fc.constantFrom('http', 'https', 'ftp'),
	host: fc.constantFrom('example.org', 'a.b-c.example', 'localhost', '127.0.0.1', '[::1]'),
	path: fc.array(part, {minLength: 1, maxLength: 4}),
	query: fc.array(piece, {maxLength: 5}),
});

const hex = (code: number, isUpper: boolean): string => {
	const digits = code.toString(16).padStart(2, '0');
	return `%${isUpper ? digits.toUpperCase() : digits}`;
};

/** A way of writing: one decision after the other. */
const manner = fc.infiniteStream(fc.boolean());

const write = ({scheme, host, path, query}: Address, choices: Iterator<boolean>): string => {
	const choose = (): boolean => choices.next().value === true;
	const spell = (pieces: readonly Piece[]): string =>
		pieces
			.map(one => {
				if (one.type === 'data') return hex(one.code, choose());
				return choose() ? one.character : hex(one.character.charCodeAt(0), choose());
			})
			.join('');
	const name = choose() ? host.toUpperCase() : host;
	// What is a number or in brackets has no root.
	const dot = /[\d\]]$/.test(host) ? '' : choose() ? '.' : '';
	const port = choose() ? `:${{http: 80, https: 443, ftp: 21}[scheme] ?? ''}` : '';
	const asked = query.length === 0 ? '' : `?${spell(query)}`;
	return `${choose() ? scheme.toUpperCase() : scheme}://${name}${dot}${port}/${path.map(spell).join('/')}${asked}`;
};

const plainly = (one: Address): string => write(one, [].values() as Iterator<boolean>);

describe('addresses', () => {
	// Killed by: decoding %2F; leaving the digits of escapes as they are; leaving the dot.
	test('that RFC 3986 calls the same have one canonical form', () => {
		fc.assert(
			fc.property(address, manner, manner, (one, first, second) => {
				expect(canonicalAddress(write(one, first))).toBe(canonicalAddress(write(one, second)));
			}),
			{numRuns: 3000},
		);
	});

	// Killed by: decoding all escapes; dropping the query.
	test('that differ in what they mean have different ones', () => {
		fc.assert(
			fc.property(address, address, manner, manner, (one, other, first, second) => {
				const isSame = plainly(one) === plainly(other);
				expect(canonicalAddress(write(one, first)) === canonicalAddress(write(other, second))).toBe(isSame);
			}),
			{numRuns: 3000},
		);
	});

	test('that differ in one character differ', () => {
		fc.assert(
			fc.property(address, part, part, manner, (one, some, others, choices) => {
				const [a, b] = [
					{...one, path: [...one.path, some]},
					{...one, path: [...one.path, others]},
				];
				const isSame = JSON.stringify(some) === JSON.stringify(others);
				expect(canonicalAddress(write(a, choices)) === canonicalAddress(plainly(b))).toBe(isSame);
			}),
			{numRuns: 3000},
		);
	});

	test('in canonical form stay as they are, also when they were none', () => {
		fc.assert(
			fc.property(
				fc.oneof(
					address.map(plainly),
					fc.webUrl({withQueryParameters: true, withFragments: true}),
					fc.string({unit: 'binary'}),
					fc
						.array(fc.constantFrom('%', '4', '1', 'e', '.', '/', '~', '?', 'x'), {maxLength: 12})
						.map(pieces => `http://h/${pieces.join('')}`),
				),
				text => {
					const once = canonicalAddress(text);
					expect(canonicalAddress(once)).toBe(once);
				},
			),
			{numRuns: 5000},
		);
	});

	test('are compared as the queue compared them before, and beyond: what was the same stays the same', () => {
		fc.assert(
			fc.property(address, manner, (one, choices) => {
				const text = write(one, choices);
				expect(canonicalAddress(canonicalUrl(text))).toBe(canonicalAddress(text));
				// An identity that stands in a database becomes the one that a new job would get.
				expect(canonicalIdentity(`http\u001F${canonicalUrl(text)}\u001Fde`)).toBe(
					`http\u001F${canonicalAddress(text)}\u001Fde`,
				);
			}),
			{numRuns: 2000},
		);
	});

	test('are asked for as they were written: only comparing changes them', () => {
		expect(canonicalUrl('https://example.org./%7euser')).toBe('https://example.org./%7euser');
	});

	test('of a host with the dot of the root wait in the lane of the host', () => {
		expect(laneOfUrl('https://example.org./a')).toBe(laneOfUrl('https://example.org/b'));
		expect(laneOfUrl('https://example.org.:8443/a')).toBe('http:example.org:8443');
		expect(withoutRootDot('.')).toBe('.');
		expect(withoutRootDot('a..')).toBe('a..');
	});

	test.each([
		['magnet:?xt=urn:btih:%41b', 'magnet:?xt=urn:btih:%41b'],
		['tool:%41', 'tool:%41'],
		['just words %41', 'just words %41'],
		['https://h/%zz%41', 'https://h/%zz%41'],
		['https://h/a%2Fb', 'https://h/a%2Fb'],
		['https://h/a%2fb%7Ec', 'https://h/a%2Fb~c'],
		['https://user:p%40ss@H.:443/x', 'https://user:p%40ss@h/x'],
	])('%s is compared as %s', (text, canonical) => {
		expect(canonicalAddress(text)).toBe(canonical);
	});
});
