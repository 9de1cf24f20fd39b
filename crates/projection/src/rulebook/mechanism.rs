//! Mechanisms, and the lists that say which associations count.

use ledger::{Area, Date, Mechanism, Role};

use super::Rulebook;
use super::error::Problem;
use super::fields::Fields;
use super::names::named;
use super::row::{Choice, choose};

/// The associations that count for a rule, by the names that `[[mechanism]]` rows give them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssociationList(Vec<String>);

impl AssociationList {
    /// A list of one name, such as that of an [`AssociationOption`].
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }

    /// The names, in the order of the rulebook.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether the name is in the list.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }

    pub(super) fn read(fields: &mut Fields<'_, '_>, field: &str) -> Self {
        Self(fields.associations(field))
    }
}

/// One of several associations by which a metric can be reached, with its own threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssociationOption {
    /// The name of the association.
    pub association: String,
    /// The figure that gives the maximum.
    pub threshold: u32,
}

impl AssociationOption {
    /// The list of this association alone.
    #[must_use]
    pub fn list(&self) -> AssociationList {
        AssociationList::of(&self.association)
    }

    /// Reads `options`: at least one, each of another association.
    pub(super) fn read_all(fields: &mut Fields<'_, '_>) -> Vec<Self> {
        if !fields.has("options") {
            fields.refuse(Problem::MissingField { place: fields.place.clone(), field: "options".to_owned() });
        }
        let options = fields.optional_tables("options", "an option", |fields| {
            let option =
                Self { association: fields.association("association"), threshold: fields.positive("threshold") };
            (fields.line, option)
        });
        let mut different: Vec<Self> = Vec::new();
        for (line, option) in options.unwrap_or_default() {
            if different.iter().any(|known| known.association == option.association) {
                let problem = Problem::RepeatedName { field: "options".to_owned(), name: option.association.clone() };
                fields.inspection.add(line, problem);
            }
            different.push(option);
        }
        different
    }
}

/// A mechanism, or one role of it: its names in association lists, and what it is exclusive for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MechanismRow {
    /// The mechanism.
    pub mechanism: Mechanism,
    /// The role; none for mechanisms without roles.
    pub role: Option<Role>,
    /// The names under which association lists know it.
    pub names: Vec<String>,
    /// At most one partner for each combination of these; empty if any number may.
    pub exclusive_per: Vec<ExclusiveKey>,
    /// The areas for which the row holds; empty for all.
    pub areas: Vec<Area>,
}

named! {
    /// What an exclusive association is exclusive for.
    ExclusiveKey {
        /// The customer.
        Customer = "customer",
        /// The workload.
        Workload = "workload",
        /// The subscription.
        Subscription = "subscription",
        /// The linked identity.
        Principal = "principal",
    }
}

impl Rulebook {
    /// The row of a mechanism in a role for an area: where and when it is exclusive.
    #[must_use]
    pub fn mechanism(
        &self,
        mechanism: Mechanism,
        role: Option<Role>,
        area: Area,
        day: Date,
    ) -> Option<Choice<'_, MechanismRow>> {
        let rows = self.mechanism_rows().iter();
        choose(rows.filter(move |row| row.value.is_of(mechanism, role) && row.value.holds_for(area)), day)
    }
}

impl MechanismRow {
    /// Whether the row is of a mechanism in a role. The row of a mechanism without roles is of every role.
    #[must_use]
    pub fn is_of(&self, mechanism: Mechanism, role: Option<Role>) -> bool {
        self.mechanism == mechanism && (self.role.is_none() || self.role == role)
    }

    /// Whether the row holds for an area.
    #[must_use]
    pub fn holds_for(&self, area: Area) -> bool {
        self.areas.is_empty() || self.areas.contains(&area)
    }

    /// Reads a row of this mechanism, or of one that is not known.
    pub(super) fn read(fields: &mut Fields<'_, '_>, mechanism: Option<Mechanism>) -> Self {
        let needs_role = mechanism.is_some_and(|mechanism| !mechanism.roles().is_empty());
        let role = if needs_role {
            fields.name("role", "role", Role::NAMES, Role::from_name)
        } else {
            fields.optional_name("role", "role", Role::NAMES, Role::from_name)
        };
        if let Some((mechanism, role)) = mechanism.zip(role).filter(|(known, role)| !known.roles().contains(role)) {
            fields.refuse(Problem::WrongRole { mechanism, role });
        }
        Self {
            mechanism: mechanism.unwrap_or(Mechanism::Cpor),
            role,
            names: fields.names("names"),
            exclusive_per: fields.optional_known("exclusive_per", "key", ExclusiveKey::NAMES, ExclusiveKey::from_name),
            areas: fields.optional_known("areas", "area", Area::NAMES, Area::from_name),
        }
    }
}
