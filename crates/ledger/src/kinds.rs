//! The table of the kinds of event: for each its name, its fields in their canonical order, and what follows from them.
//!
//! Reading, the canonical form, the options of `record` and the keys of the index are made from the table. Where a kind
//! has a meaning of its own, an exhaustive match elsewhere asks for it.

mod checks;
mod field_type;
mod terms;

use serde::{Deserialize, Serialize};

use crate::amount::Amount;
use crate::entry::Key;
use crate::event::{Area, By, Mechanism, Role, Segment, ShownMetrics, ShownPoints, UsageMetric};
use crate::fields::Fields;
use crate::ids::{AssociationId, CustomerId, EventId, Name, PartnerId, PersonId, Remark, RulebookText, Source};
use crate::proof::{Rotation, SignedCheckpoint, VerifierKey};
use crate::refusal::{Code, Refusal};
use crate::time::{Date, Month, Timestamp};
pub(crate) use field_type::FieldType;
pub use field_type::{FieldValue, Ids};

/// A field of an event, as it is told to people.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name.
    pub name: &'static str,
    /// A word for its values, such as `UUID`.
    pub sign: &'static str,
    /// Whether an event must have it.
    pub is_needed: bool,
    doc: &'static str,
    form: fn() -> String,
    schema: fn() -> serde_json::Value,
}

impl Field {
    /// A field of a type, by its name and what is said of it.
    const fn of<T: FieldType>(name: &'static str, doc: &'static str) -> Self {
        Self { name, sign: T::SIGN, is_needed: T::IS_NEEDED, doc, form: T::form, schema: T::schema }
    }

    /// What it holds.
    #[must_use]
    pub fn help(&self) -> &'static str {
        sentence(self.doc)
    }

    /// What its values look like in JSON.
    #[must_use]
    pub fn form(&self) -> String {
        (self.form)()
    }

    /// The same, as JSON Schema.
    #[must_use]
    pub fn schema(&self) -> serde_json::Value {
        (self.schema)()
    }
}

/// The text of a comment of one sentence, without its full stop.
fn sentence(doc: &'static str) -> &'static str {
    doc.trim().trim_end_matches('.')
}

/// Fields that an event has together.
pub(crate) trait Record: Sized {
    /// What is told of them, in their canonical order.
    const FIELDS: &'static [Field];
    /// Reads them.
    fn read(fields: &Fields<'_>) -> Result<Self, Refusal>;
    /// Hands them over in their canonical order.
    fn each_field(&self, visitor: &mut impl Visitor);
}

/// What must have come before an event.
#[derive(Clone, Debug)]
pub(crate) enum Prerequisite {
    /// The event that it retracts.
    Event(EventId),
    /// The request of the association that it accepts, for this field is missing.
    Request(AssociationTerms, &'static str),
    /// So many entries, and no more.
    Size(u64),
}

/// Somebody to whom the fields of an event are handed over.
pub(crate) trait Visitor {
    /// Takes a field.
    fn field(&mut self, name: &'static str, value: &impl FieldType);
}

/// Makes a struct whose fields are those of an event, and that is a [`Record`].
macro_rules! record {
    ($(#[$doc:meta])* $record:ident { $($(#[doc = $help:literal])+ $field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $record {
            $($(#[doc = $help])+ pub $field: $type,)+
        }

        impl Record for $record {
            const FIELDS: &'static [Field] =
                &[$(Field::of::<$type>(stringify!($field), concat!($($help),+)),)+];

            fn read(fields: &Fields<'_>) -> Result<Self, Refusal> {
                Ok(Self { $($field: fields.read(stringify!($field))?,)+ })
            }

            fn each_field(&self, visitor: &mut impl Visitor) {
                $(visitor.field(stringify!($field), &self.$field);)+
            }
        }
    };
}

record! {
    /// What a request or an acceptance says about an association.
    AssociationTerms {
        /// The association.
        association: AssociationId,
        /// The customer's tenant.
        customer: Option<CustomerId>,
        /// `cpor`, `dpor`, `pal`, `csp` or `tpor`.
        mechanism: Option<Mechanism>,
        /// cpor: `osu`, `osa`, `revrec`; csp: `direct_bill`, `indirect_provider`, `indirect_reseller`.
        role: Option<Role>,
        /// The workload to which it is limited.
        workload: Option<Name>,
        /// The subscription to which it is limited.
        subscription: Option<Name>,
        /// The linked identity of a partner admin link.
        principal: Option<Name>,
    }
}

record! {
    /// One figure of a usage report.
    Usage {
        /// The customer's tenant.
        customer: CustomerId,
        /// The product as it was reported.
        product: Name,
        /// `acr_usd`, `revenue_usd`, `paid_seats`, `active_users` or `active_units`.
        metric: UsageMetric,
        /// The figure.
        value: Amount,
        /// The subscription of the figure.
        subscription: Option<Name>,
        /// The kind of offer.
        offer: Option<Name>,
    }
}

/// What all events of a type have in common.
struct EventKind {
    about: &'static str,
    /// The fields that the type has of its own.
    fields: &'static [Field],
    /// Those that must be there although their type is optional.
    needs: &'static [&'static str],
    has_claims: bool,
}

/// What a clause of the table gives, or what holds without it.
macro_rules! given_or {
    ($without:expr) => {
        $without
    };
    ($without:expr, $given:expr) => {
        $given
    };
}

/// Makes the types of event and the facts, and all that the table says of them.
///
/// The comment of a kind, and that of a field, is also what `record` says of it. Behind the fields stand, for some:
///
/// - `needs`: the fields that must be there although their type is optional,
/// - `check`: what a fact that was put together by hand must hold to,
/// - `leans_on`: what must have come before,
/// - `claims`: the keys by which others are found that claim the same thing.
macro_rules! kinds {
    ($(
        $(#[doc = $about:literal])+
        $kind:ident = $name:literal
        $(($record:ident: $payload:ty))?
        $({ $($(#[doc = $help:literal])+ $field:ident: $type:ty $(as $sign:literal)?,)+ })?
        $(, needs $needs:expr)?
        $(, check $check:expr)?
        $(, leans_on $leans_on:expr)?
        $(, claims $claims:expr)?;
    )+) => {
        crate::named! {
            /// The type of an event, by its name.
            EventType {
                $(#[doc = concat!("See [`Fact::", stringify!($kind), "`].")] $kind = $name,)+
            }
        }

        /// The kinds of fact, with the fields that each has of its own.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Fact {
            $($(#[doc = $about])+ $kind $(($payload))? $({ $($(#[doc = $help])+ $field: $type,)+ })?,)+
        }

        impl EventType {
            fn kind(self) -> &'static EventKind {
                match self {
                    $(Self::$kind => const { &EventKind {
                        about: concat!($($about),+),
                        $(fields: <$payload as Record>::FIELDS,)?
                        $(fields: &[$(
                            Field { $(sign: $sign,)? ..Field::of::<$type>(stringify!($field), concat!($($help),+)) },
                        )+],)?
                        needs: given_or!(&[] $(, &$needs)?),
                        has_claims: !concat!($(stringify!($claims))?).is_empty(),
                    } },)+
                }
            }
        }

        impl Fact {
            /// The type of the event.
            #[must_use]
            pub fn event_type(&self) -> EventType {
                match self {
                    $(Self::$kind { .. } => EventType::$kind,)+
                }
            }

            /// Reads the fields that a type has of its own.
            pub(crate) fn read(fields: &Fields<'_>, event_type: EventType) -> Result<Self, Refusal> {
                let fact = match event_type {
                    $(EventType::$kind => Self::$kind
                        $((<$payload as Record>::read(fields)?))?
                        $({ $($field: fields.read(stringify!($field))?,)+ })?,)+
                };
                fact.check().map(|()| fact)
            }

            /// Hands the fields over in their canonical order.
            pub(crate) fn each_field(&self, visitor: &mut impl Visitor) {
                match self {
                    $(Self::$kind $(($record))? $({ $($field,)+ })? => {
                        $($record.each_field(visitor);)?
                        $($(visitor.field(stringify!($field), $field);)+)?
                    })+
                }
            }
        }

        #[expect(unused_variables, reason = "a clause of the table reads some of the fields, or none")]
        impl Fact {
            /// Refuses a fact that was put together by hand and that no line could have said.
            pub(crate) fn check(&self) -> Result<(), Refusal> {
                match self {
                    $(Self::$kind $(($record))? $({ $($field,)+ })? => {
                        $($check?;)?
                    })+
                }
                Ok(())
            }

            /// What must have come before; `None` where nothing must.
            pub(crate) fn leans_on(&self) -> Option<Prerequisite> {
                match self {
                    $(Self::$kind $(($record))? $({ $($field,)+ })? => given_or!(None $(, $leans_on)?),)+
                }
            }

            /// The keys of what the partner claims by the fact, and another partner may claim too.
            #[must_use]
            pub fn claims(&self) -> Vec<Key> {
                match self {
                    $(Self::$kind $(($record))? $({ $($field,)+ })? => given_or!(Vec::new() $(, $claims)?),)+
                }
            }
        }
    };
}

kinds! {
    /// The partner asked for an association.
    AssociationRequested = "association_requested" (terms: AssociationTerms),
        needs ["customer", "mechanism"], check terms.check_request(), claims terms.claims();

    /// The association came into force.
    AssociationAccepted = "association_accepted" (terms: AssociationTerms),
        check terms.check_role(), leans_on terms.missing_request(), claims terms.claims();

    /// The association was declined.
    AssociationDeclined = "association_declined" {
        /// The association.
        association: AssociationId,
        /// Who did it: `customer`, `program` or `partner`.
        by: Option<By>,
        /// Why.
        reason: Option<Remark>,
    };

    /// The association was ended.
    AssociationRevoked = "association_revoked" {
        /// The association.
        association: AssociationId,
        /// Who did it: `customer`, `program` or `partner`.
        by: Option<By>,
        /// Why.
        reason: Option<Remark>,
    };

    /// The customer left the partner.
    CustomerChurned = "customer_churned" {
        /// The customer's tenant.
        customer: CustomerId,
        /// Only for these areas; all when it is left out.
        areas: Option<Vec<Area>>,
        /// Why.
        reason: Option<Remark>,
    }, check checks::areas(areas.as_deref());

    /// The customer was put into a segment.
    CustomerClassified = "customer_classified" {
        /// The customer's tenant.
        customer: CustomerId,
        /// `smb` or `enterprise`.
        segment: Segment,
    };

    /// A report gave a figure of usage.
    UsageReported = "usage_reported" (usage: Usage), check checks::value(usage.value);

    /// A person's certification was linked to the partner.
    CertificationLinked = "certification_linked" {
        /// The person, best under a pseudonym.
        person: PersonId,
        /// The certification's code, such as AZ-305.
        certification: Name as "NAME",
        /// The day on which it was earned; that of --effective-at when it is left out.
        earned_on: Option<Date>,
        /// The last day on which it is valid.
        expires_on: Option<Date>,
    }, check checks::days([*earned_on, *expires_on]), claims vec![Key::person(person.as_str())];

    /// A person's certifications were unlinked from the partner.
    CertificationUnlinked = "certification_unlinked" {
        /// The person, best under a pseudonym.
        person: PersonId,
        /// The certification's code; all of the person's when it is left out.
        certification: Option<Name> as "NAME",
        /// Why.
        reason: Option<Remark>,
    };

    /// A person holds a certification and is not linked to the partner.
    CertificationEarned = "certification_earned" {
        /// The person, best under a pseudonym.
        person: PersonId,
        /// The certification's code, such as AZ-305.
        certification: Name as "NAME",
        /// The day on which it was earned.
        earned_on: Date,
        /// The last day on which it is valid.
        expires_on: Option<Date>,
    }, check checks::days([Some(*earned_on), *expires_on]);

    /// The partner bought or renewed the designation of an area.
    DesignationEnrolled = "designation_enrolled" {
        /// The area.
        area: Area,
        /// The last day of the enrolment, after that of --effective-at.
        anniversary: Date,
        /// The track that the enrolment holds: `smb` or `enterprise`.
        track: Option<Segment>,
    }, check checks::days([Some(*anniversary), None]);

    /// The programme itself showed a score.
    ScorePublished = "score_published" {
        /// The area.
        area: Area,
        /// The points of the area, with the digits that were shown.
        points: ShownPoints,
        /// The points of its metrics, such as `net_customer_adds=20,deployments=10`.
        metrics: Option<ShownMetrics>,
    };

    /// An earlier event of the same partner was wrong.
    EventRetracted = "event_retracted" {
        /// The id of the event that was wrong.
        event: EventId,
        /// Why.
        reason: Remark,
    }, leans_on Some(Prerequisite::Event(*event));

    /// From now on scores are computed by this rulebook.
    RulebookAdopted = "rulebook_adopted" {
        /// The rulebook's text, or @FILE.
        rulebook: RulebookText,
        /// The rulebook's name.
        name: Name,
    };

    /// The ledger signs with another key from now on.
    KeyRotated = "key_rotated" (rotation: Box<Rotation>),
        leans_on Some(Prerequisite::Size(rotation.checkpoint().checkpoint().size));
}

const ID: Field = Field::of::<Option<EventId>>("id", "The event's id; a new one when it is left out.");
const PARTNER: Field = Field::of::<PartnerId>("partner", "The partner's global account.");
const LOCATION: Field = Field::of::<Option<Name>>("location", "The partner's location account.");
const MONTH: Field = Field::of::<Month>("month", "The month of the figure.");
const EFFECTIVE_AT: Field =
    Field::of::<Timestamp>("effective_at", "When it became true: an instant with offset, a date, `today` or `now`.");
const NOTE: Field = Field::of::<Option<Remark>>("note", "A remark.");
const SOURCE: Field = Field::of::<Option<Source>>("source", "Where the fact was taken from.");

impl EventType {
    /// What an event of the type says.
    #[must_use]
    pub fn about(self) -> &'static str {
        sentence(self.kind().about)
    }

    /// The fields that an event of the type may have, in their canonical order; all but `type`.
    pub fn fields(self) -> impl Iterator<Item = Field> {
        let partner = (!self.is_shared()).then_some(PARTNER);
        let time = if self.is_monthly() { MONTH } else { EFFECTIVE_AT };
        let before = [Some(ID), partner, Some(LOCATION), Some(time)].into_iter().flatten();
        before.chain(self.own_fields()).chain([NOTE, SOURCE])
    }

    /// The fields that an event of the type has of its own, in their canonical order.
    pub fn own_fields(self) -> impl Iterator<Item = Field> {
        self.kind()
            .fields
            .iter()
            .map(move |own| Field { is_needed: own.is_needed || self.kind().needs.contains(&own.name), ..*own })
    }

    /// Whether its events are of no partner, because they hold for all.
    #[must_use]
    pub fn is_shared(self) -> bool {
        matches!(self, Self::RulebookAdopted | Self::KeyRotated)
    }

    /// Whether its events are true of a month, and not from an instant on.
    #[must_use]
    pub fn is_monthly(self) -> bool {
        self == Self::UsageReported
    }

    /// Whether its events may have keys beside their id.
    pub(crate) fn has_claims(self) -> bool {
        self.kind().has_claims
    }
}

impl Fact {
    /// Hands over the values of the fields that the type has of its own, in their canonical order; an absent one too.
    pub fn each_value(&self, take: &mut dyn FnMut(Option<FieldValue<'_>>)) {
        self.each_field(&mut field_type::Values(take));
    }

    /// The association and the customer that the fact names itself.
    #[must_use]
    pub fn ids(&self) -> Ids {
        let mut ids = Ids::default();
        self.each_field(&mut ids);
        ids
    }
}

/// A change of key is read as a whole: its parts must fit together.
impl Record for Box<Rotation> {
    const FIELDS: &'static [Field] = &[
        Field::of::<VerifierKey>("old_key", "The key that signed until then."),
        Field::of::<VerifierKey>("new_key", "The key that signs from then on."),
        Field::of::<SignedCheckpoint>("checkpoint", "The checkpoint of all entries before it, signed by the old key."),
    ];

    fn read(fields: &Fields<'_>) -> Result<Self, Refusal> {
        let (old_key, new_key) = (fields.read("old_key")?, fields.read("new_key")?);
        let rotation = Rotation::new(old_key, new_key, fields.read("checkpoint")?);
        rotation.map(Box::new).map_err(|error| Refusal::new(Code::BadValue, error.to_string()))
    }

    fn each_field(&self, visitor: &mut impl Visitor) {
        visitor.field("old_key", self.old_key());
        visitor.field("new_key", self.new_key());
        visitor.field("checkpoint", self.checkpoint());
    }
}
