//! Where the columns of a report stand: a table of them, each with its names.

use crate::changes::sightings::ColumnGaps;
use crate::context::Context;
use crate::rows::columns::Columns;

/// The columns that a reader looks for.
pub(super) trait ColumnTable: Sized {
    /// Finds the columns, in the order of the table.
    fn find(columns: &mut Columns, context: &Context<'_>) -> Self;

    /// Which columns the file lacks of those that tell associations apart.
    fn lacks(&self) -> ColumnGaps;
}

/// Defines a table of columns: those that a file needs, those that it may have, those that say of whom a row speaks, and
/// what a function finds. Behind the name of the table may stand `told_apart_by` and the field by which associations are
/// told apart.
macro_rules! layout {
    (
        $(#[$doc:meta])* $layout:ident $(told_apart_by $gap:ident)? {
            $($(#[$field_doc:meta])* $field:ident: $how:ident $names:tt,)+
        }
    ) => {
        $(#[$doc])*
        struct $layout {
            $($(#[$field_doc])* $field: layout!(@type $how $names),)+
        }

        impl $crate::readers::layout::ColumnTable for $layout {
            fn find(columns: &mut Columns, context: &Context<'_>) -> Self {
                let _ = context;
                Self { $($field: layout!(@find $how $names, columns, context),)+ }
            }

            fn lacks(&self) -> $crate::changes::sightings::ColumnGaps {
                $crate::changes::sightings::ColumnGaps { $($gap: self.$gap.is_none(),)? ..Default::default() }
            }
        }
    };
    (@type needed $names:tt) => { Column };
    (@type optional $names:tt) => { Option<Column> };
    (@type subject $months:tt) => { SubjectLayout };
    (@type found ($type:ty, $find:path)) => { $type };
    (@find needed $names:tt, $columns:ident, $context:ident) => { $columns.needed(&$names) };
    (@find optional $names:tt, $columns:ident, $context:ident) => { $columns.optional(&$names) };
    (@find subject $months:tt, $columns:ident, $context:ident) => { SubjectLayout::new($columns, &$months) };
    (@find found ($type:ty, $find:path), $columns:ident, $context:ident) => { $find($columns, $context) };
}
pub(super) use layout;
