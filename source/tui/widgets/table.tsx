import inkTable, {type InkTableProps} from '#ink-table';
import type {ComponentType, ReactElement} from 'react';

type Loaded = ComponentType<InkTableProps> | {readonly default: ComponentType<InkTableProps>};

// In the bundle the import is ink-table itself, whose component is the `default` of a CommonJS module.
const loaded = inkTable as Loaded;
const InkTable: ComponentType<InkTableProps> = 'default' in loaded ? loaded.default : loaded;

/** A small still table. ink-table measures by length and cuts nothing: the cells must be short and plain. */
export const Table = ({rows}: {readonly rows: InkTableProps['data']}): ReactElement | null =>
	rows.length === 0 ? null : <InkTable data={rows} padding={1} />;
