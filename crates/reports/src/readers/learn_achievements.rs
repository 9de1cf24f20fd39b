//! What people earned on Learn: the data set `Achievements` of its reporting for organisations, as CSV.
//!
//! A row of a certification says that a person holds it, not that the person's account is linked to the partner; the rest
//! are badges of modules and trophies of learning paths. A person is told from others by the id of the work account where
//! the file has it (it stands in the data set `Users`), else by that of the profile on Learn, and enters an event under a
//! pseudonym alone (R6).

use ledger::{Code, Name, PartnerId, PersonId, Refusal};

use super::layout::{ColumnTable as _, layout};
use super::operations::IF_OURS;
use super::reader::{Reader, Report};
use crate::changes::earned::{Earned, EarnedRow};
use crate::context::{Context, Person};
use crate::error::ReportError;
use crate::formats::{DateColumns, Form, Format};
use crate::kind::Kind;
use crate::output::Output;
use crate::output::origin::Origin;
use crate::provenance::as_of::NewestPeriod;
use crate::rows::columns::{Column, Columns};
use crate::rows::row::Row;
use crate::rows::table::Table;
use crate::rows::{cells, identifier, members};
use crate::summary::{Skip, UnmappedText};

/// The reader of achievements.
pub(super) static READER: Reader = Reader {
    help: "Achievements of Learn's reporting for organisations",
    format: Format {
        columns: include_str!("../../columns/learn-achievements.txt"),
        days: &["AwardedOn", "ExpiresOn"],
        names_persons: true,
        ..Format::of(Kind::LearnAchievements, FORMS)
    },
    read,
};

/// What tells such files from others.
const FORMS: &[Form] = &[Form::of(
    &[&["awardUid", "SourceUid", "certificationName"], &["awardType", "SourceType"], &["AwardedOn"]],
    DateColumns::Day(&["AwardedOn"]),
)];

/// Types of awards and of what they are given for that are no certification.
const OTHER_AWARDS: &[&str] = &[
    "badge",
    "trophy",
    "module",
    "learningpath",
    "learning path",
    "exam",
    "assessment",
    "appliedskill",
    "applied skill",
];

layout! {
    /// Where the columns stand that are read.
    Layout {
        tenant: optional ["tenantId"],
        profile: needed ["userId"],
        work_account: optional ["AADObjectId"],
        award_type: optional ["awardType"],
        source_type: optional ["SourceType"],
        name: optional ["certificationName"],
        source: optional ["SourceUid"],
        award: optional ["awardUid"],
        awarded: needed ["AwardedOn"],
        expires: optional ["ExpiresOn"],
    }
}

impl Layout {
    /// The pseudonym of the person of a row, or that of which a mapping says that it is the same person's.
    fn person(&self, row: &Row<'_>, context: &Context<'_>) -> Result<Option<PersonId>, Refusal> {
        let id = |place| row.id_of_person(place, identifier::guid_or_text);
        let work_account = id(self.work_account)?.filter(|id| cells::present(id).is_some());
        let identity = match (work_account, id(Some(self.profile))?) {
            (Some(id), _) => format!("aad:{}", id.to_ascii_lowercase()),
            (None, Some(id)) => format!("learn:{}", id.to_ascii_lowercase()),
            (None, None) => return Ok(None),
        };
        let directory_id = identity.strip_prefix("aad:").map(str::to_owned);
        let person =
            Person { identity, directory_id, first_name: None, last_name: None, email: None, work_email: None };
        let pseudonym = (context.pseudonym)(&person);
        Ok(pseudonym.map(|pseudonym| context.maps.person(&pseudonym).cloned().unwrap_or(pseudonym)))
    }

    /// The partner of a row: the account of its tenant by the mappings, else that of the command.
    fn partner(&self, row: &Row<'_>, context: &Context<'_>, output: &mut Output<'_>) -> Result<PartnerId, Refusal> {
        let tenant = row.optional_text(self.tenant)?;
        let tenant = tenant.map(|text| identifier::guid(text).map_or_else(|| text.to_owned(), |id| id.to_string()));
        let account = tenant.as_deref().and_then(|tenant| context.account_of(tenant));
        if let Some(partner) = account.or_else(|| context.partner.clone()) {
            return Ok(partner);
        }
        let refusal = match &tenant {
            Some(tenant) => {
                output.summary.unmapped(UnmappedText::Account, tenant);
                members::refused("tenantId", tenant, "belongs to no account that is known")
            }
            None => Refusal::new(Code::MissingField, "`tenantId` is blank"),
        };
        Err(refusal.with_hint(IF_OURS))
    }
}

/// Reads a report of achievements.
fn read(report: &mut Report<'_, '_>) -> Result<(), ReportError> {
    let Report { kind, formats, input, context, output } = report;
    let (kind, context) = (*kind, *context);
    let mut table = Table::open(kind, *formats, input, context)?;
    let places = Layout::find(&mut table.columns, context);
    output.summary.unknown_columns = table.columns.finish()?;
    table.columns.check_partner(context)?;
    let mut earned = Earned::default();
    let mut newest = None;
    while let Some(row) = table.next_row(output)? {
        match certification_of(&row, &places, context, output) {
            Ok(Some(listed)) => {
                newest = newest.max(Some(NewestPeriod::Day(listed.earned_on)));
                earned.add(listed);
            }
            Ok(None) => {}
            Err(refusal) => row.refuse(refusal, output),
        }
    }
    let origin = Origin::of_persons(kind, context, &table.sha256(), context.as_of(newest));
    earned.hand_over(context, &origin, output);
    Ok(())
}

/// The certification that a row tells, if it tells one of somebody.
fn certification_of(
    row: &Row<'_>,
    places: &Layout,
    context: &Context<'_>,
    output: &mut Output<'_>,
) -> Result<Option<EarnedRow>, Refusal> {
    let types = [row.optional_text(places.award_type)?, row.optional_text(places.source_type)?];
    if !types.iter().flatten().any(|text| text.eq_ignore_ascii_case("certification")) {
        output.summary.skip(Skip::NotACertification);
        let is_other = |text: &&&str| !OTHER_AWARDS.iter().any(|known| text.eq_ignore_ascii_case(known));
        for text in types.iter().flatten().filter(is_other) {
            output.summary.remark("as its type: no certification that is known", text);
        }
        return Ok(None);
    }
    let texts = [places.name, places.source, places.award].map(|place| row.optional_text(place));
    let texts = texts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let Some(certification) = texts.iter().flatten().find_map(|text| code(context, text)) else {
        let text = texts.into_iter().flatten().next().unwrap_or("no name");
        output.summary.unmapped(UnmappedText::Certification, text);
        return Ok(None);
    };
    let earned_on = row.needed(places.awarded, row.day(places.awarded)?)?;
    let expires_on = places.expires.map_or(Ok(None), |place| row.last_day(place))?;
    let partner = places.partner(row, context, output)?;
    // Last, so that nothing is noted of a person whose row is refused.
    let Some(person) = places.person(row, context)? else {
        output.summary.skip(Skip::NoPerson);
        return Ok(None);
    };
    Ok(Some(EarnedRow { line: row.line, partner, person, certification, earned_on, expires_on }))
}

/// The code of a certification by its code, its name or an old name, which may be a part of an id such as
/// `certification.azure-administrator-associate`.
fn code(context: &Context<'_>, text: &str) -> Option<Name> {
    std::iter::once(text).chain(text.rsplit('.')).find_map(|part| context.maps.certification(part)).cloned()
}

#[cfg(test)]
mod tests;
