import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {usualArranged} from '../../source/tui/arranged.ts';
import {followPreferences, preferencesOf, usable} from '../../source/tui/preferences.ts';
import {themeNames} from '../../source/tui/theme.ts';
import {initialUi} from '../../source/tui/ui-store.ts';
import {mountScreen} from '../support/mounted-screen.tsx';
import {scriptedActive, scriptedEngine, scriptedJob} from '../support/scripted-engine.ts';

const engine = () =>
	scriptedEngine({active: [scriptedActive(1, 1, {title: 'running'})]}, [
		scriptedJob(11, {title: 'first in line'}),
		scriptedJob(12, {title: 'second in line'}),
	]);

test('T goes through all themes and says which, and the choice is kept', async () => {
	using mounted = await mountScreen(engine());
	const kept: Array<Readonly<Record<string, unknown>>> = [];
	const stop = followPreferences(mounted.screen, {kept: {}, keep: values => kept.push(values)});
	const {theme: first} = mounted.screen.ui.getState();
	const seen: string[] = [first];
	for (let index = 1; index < themeNames.length; index++) {
		await mounted.type('T');
		const {theme} = mounted.screen.ui.getState();
		await mounted.see(`theme ${theme}: `);
		seen.push(theme);
	}

	expect(new Set(seen)).toEqual(new Set(themeNames));
	expect(mounted.screen.settings.style.theme).toBe(seen.at(-1));
	expect(kept).toEqual(seen.slice(1).map(theme => ({theme})));
	stop();
	await mounted.type('T');
	expect(kept.length).toBe(seen.length - 1);
});

test('a filter is kept when it is left, and is there again at the next start', async () => {
	const kept: Record<string, unknown> = {};
	{
		using mounted = await mountScreen(engine());
		followPreferences(mounted.screen, {kept: {}, keep: values => void Object.assign(kept, values)});
		await mounted.type('2/seco\r');
		await mounted.see('filter: seco');
	}

	expect(kept).toMatchObject({filters: {queued: 'seco'}});
	using again = await mountScreen(engine());
	followPreferences(again.screen, {kept, keep: () => undefined});
	await again.see('filter: seco');
	await again.see('second in line');
	await again.notSee('first in line');
});

test('sort, grouping and zoom are there again at the next start', async () => {
	const kept: Record<string, unknown> = {};
	{
		using mounted = await mountScreen(engine());
		followPreferences(mounted.screen, {kept: {}, keep: values => void Object.assign(kept, values)});
		await mounted.type('2sb+');
		expect(mounted.screen.ui.getState()).toMatchObject({isZoomed: true, arranged: {queued: {isGrouped: true}}});
	}

	const written = JSON.parse(JSON.stringify(kept)) as Record<string, unknown>;
	expect(written).toMatchObject({zoom: 'queued'});
	using again = await mountScreen(engine());
	followPreferences(again.screen, {kept: written, keep: () => undefined});
	await again.settle();
	expect(preferencesOf(again.screen.ui.getState())).toMatchObject(written);
	await again.notSee('1 Active');
});

test('whatever stands in the file, what is not of the right kind is left out and the rest holds', () => {
	expect(usable({theme: 'neon', filters: {queued: 5, done: 'kept'}, other: 1})).toEqual({
		filters: {active: '', queued: '', failed: '', done: 'kept'},
	});
	const {arranged} = usable({arranged: {queued: {sort: 'size', isDescending: true, open: ['x', 3]}, failed: 7}});
	expect(arranged?.queued).toEqual({...usualArranged('queued'), open: [3]});
	expect(arranged?.failed).toEqual(usualArranged('failed'));
	fc.assert(
		fc.property(fc.dictionary(fc.constantFrom('theme', 'filters', 'zoom', 'arranged', 'x'), fc.anything()), kept => {
			expect(() => usable(kept)).not.toThrow();
		}),
	);
});

test('what is kept of a screen reads back as it was', () => {
	const state = {...initialUi(80, 24), theme: 'light'} as const;
	const chosen = preferencesOf(state);
	expect(usable(JSON.parse(JSON.stringify(chosen)) as Record<string, unknown>)).toEqual(chosen);
});
