//! Enums whose variants have fixed names, in events, in files and in answers.

/// Makes an enum whose variants have fixed names: `ALL`, `NAMES`, `name`, `from_name` and `Display`.
///
/// # Examples
/// ```
/// ledger::named! {
///     /// A side.
///     pub enum Side {
///         /// The left one.
///         Left = "left",
///         /// The right one.
///         Right = "right",
///     }
/// }
/// assert_eq!(Side::from_name("left"), Some(Side::Left));
/// assert_eq!(Side::ALL.iter().map(|side| side.name()).collect::<Vec<_>>(), Side::NAMES);
/// ```
#[macro_export]
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($variants:tt)+ }) => {
        $crate::named! { $(#[$doc])* pub enum $type { $($variants)+ } }
    };
    ($(#[$doc:meta])* $vis:vis enum $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $type {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $type {
            /// Every value, in its order.
            $vis const ALL: &[Self] = &[$(Self::$variant,)+];
            /// The names, in the same order.
            $vis const NAMES: &[&str] = &[$($name,)+];

            /// The fixed name.
            #[must_use]
            $vis const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The value with this name.
            #[must_use]
            $vis fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
