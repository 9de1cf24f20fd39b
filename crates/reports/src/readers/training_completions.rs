//! Certifications: the `TrainingCompletions` data set, the report downloaded by hand and the system query.
//!
//! A row of a certification links it to the partner; what follows is in [`crate::changes::links`]. A person is told from others
//! by the id of the certification account, which all three forms of the report have, else by the id of the work account,
//! and enters an event under a pseudonym alone (R6). Each download lists the whole history, and records what is new.

use ledger::{PersonId, Refusal, Remark};

use super::layout::{ColumnTable as _, layout};
use super::reader::{Reader, Report};
use crate::changes::links::{Links, ListRow};
use crate::context::{Context, Person};
use crate::error::ReportError;
use crate::formats::{DateColumns, Form, Format, LOCATION, PARTNER};
use crate::kind::Kind;
use crate::output::Output;
use crate::output::origin::Origin;
use crate::provenance::as_of::NewestPeriod;
use crate::rows::columns::{Column, Columns};
use crate::rows::row::Row;
use crate::rows::table::Table;
use crate::rows::{cells, identifier};
use crate::summary::{Skip, UnmappedText};

/// The reader of certifications.
pub(super) static READER: Reader = Reader {
    help: "A report of certifications",
    format: Format {
        columns: include_str!("../../columns/training-completions.txt"),
        days: &["TrainingCompletionDate", "ExpirationDate"],
        names_persons: true,
        ..Format::of(Kind::TrainingCompletions, FORMS)
    },
    read,
};

/// What tells such files from others.
const FORMS: &[Form] =
    &[Form::of(&[&["TrainingTitle"], &["TrainingCompletionDate"]], DateColumns::Day(&["TrainingCompletionDate"]))];

/// Types of trainings that are no certification.
const OTHER_TRAININGS: &[&str] = &["exam", "assessment", "course", "module", "learning path", "training", "lab"];

/// The words of `ActivationStatus` that are noted. Any other text stays out of the ledger, for columns may be shifted
/// and hold a name or an address.
const STATUSES: &[&str] =
    &["active", "inactive", "expired", "retired", "revoked", "pending", "activated", "deactivated"];

layout! {
    /// Where the columns stand that are read.
    Layout {
        account: optional ["MCPID"],
        work_account: found (Option<Column>, work_account),
        first_name: optional ["IndividualFirstName"],
        last_name: optional ["IndividualLastName"],
        email: optional ["Email"],
        work_email: optional ["CorpEmail"],
        partner: optional PARTNER,
        location: optional LOCATION,
        title: needed ["TrainingTitle"],
        training_type: needed ["TrainingType"],
        completed: needed ["TrainingCompletionDate"],
        expires: optional ["ExpirationDate"],
        status: optional ["ActivationStatus"],
    }
}

/// Finds the id of the work account, which is needed where there is no other.
fn work_account(columns: &mut Columns, _: &Context<'_>) -> Option<Column> {
    let has_account = columns.optional(&["MCPID"]).is_some();
    if has_account { columns.optional(&["AADUserId"]) } else { Some(columns.needed(&["AADUserId", "MCPID"])) }
}

impl Layout {
    /// The person of a row that names one by an id.
    fn person<'a>(&self, row: &Row<'a>) -> Result<Option<Person<'a>>, Refusal> {
        // The profile 0 is nobody's.
        let account = row.id_of_person(self.account, identifier::number)?.filter(|account| account != "0");
        let work_account = row.id_of_person(self.work_account, identifier::guid_or_text)?;
        let work_account = work_account.filter(|id| cells::present(id).is_some());
        let directory_id = work_account.map(|id| id.to_ascii_lowercase());
        let identity = match (account, &directory_id) {
            (Some(account), _) => format!("mcp:{account}"),
            (None, Some(id)) => format!("aad:{id}"),
            (None, None) => return Ok(None),
        };
        // What cannot be read of a name is no reason to refuse the row.
        let text = |place| row.optional_text(place).ok().flatten();
        Ok(Some(Person {
            identity,
            directory_id,
            first_name: text(self.first_name),
            last_name: text(self.last_name),
            email: text(self.email),
            work_email: text(self.work_email),
        }))
    }
}

/// Reads a report of completed trainings.
fn read(report: &mut Report<'_, '_>) -> Result<(), ReportError> {
    let Report { kind, formats, input, context, output } = report;
    let (kind, context) = (*kind, *context);
    let mut table = Table::open(kind, *formats, input, context)?;
    let places = Layout::find(&mut table.columns, context);
    output.summary.unknown_columns = table.columns.finish()?;
    table.columns.check_partner(context)?;
    let mut links = Links::default();
    let mut newest = None;
    while let Some(row) = table.next_row(output)? {
        if let Ok(partner) = &row.partner(places.partner, places.location, context) {
            links.cover(partner);
        }
        match listed(&row, &places, context, &mut links, output) {
            Ok(Some(listed)) => {
                newest = newest.max(Some(NewestPeriod::Day(listed.completed)));
                links.add(listed);
            }
            Ok(None) => {}
            Err(refusal) => row.refuse(refusal, output),
        }
    }
    if context.told_day(newest).is_none() && output.is_whole(context) && links.may_end() {
        return Err(ReportError::DayNeeded);
    }
    let origin = Origin::of_persons(kind, context, &table.sha256(), context.as_of(newest));
    links.refuse_parts(context, &origin, output)?;
    links.hand_over(context, &origin, output);
    Ok(())
}

/// The certification that a row lists, if it lists one of somebody.
fn listed(
    row: &Row<'_>,
    places: &Layout,
    context: &Context<'_>,
    links: &mut Links,
    output: &mut Output<'_>,
) -> Result<Option<ListRow>, Refusal> {
    let training_type = row.needed(places.training_type, row.text(places.training_type)?)?;
    if !training_type.eq_ignore_ascii_case("certification") {
        output.summary.skip(Skip::NotACertification);
        if !OTHER_TRAININGS.iter().any(|known| training_type.eq_ignore_ascii_case(known)) {
            output.summary.remark("as its type: no certification that is known", training_type);
            keep(row, places, context, training_type, links)?;
        }
        return Ok(None);
    }
    let title = row.needed(places.title, row.text(places.title)?)?;
    let Some(certification) = context.maps.certification(title).cloned() else {
        output.summary.unmapped(UnmappedText::Certification, title);
        keep(row, places, context, title, links)?;
        return Ok(None);
    };
    let Some(person) = places.person(row)? else {
        output.summary.skip(Skip::NoPerson);
        keep(row, places, context, title, links)?;
        return Ok(None);
    };
    if places.account.is_none() {
        output.summary.remark("whom a list with MCPID counts as other persons", "AADUserId alone");
    }
    let completed = row.needed(places.completed, row.date(places.completed)?)?;
    let expires_on = places.expires.map_or(Ok(None), |place| row.last_day(place))?;
    let status = row.optional_text(places.status)?;
    let partner = row.partner(places.partner, places.location, context)?;
    let location = row.account(places.location)?;
    // Last, so that nothing is noted of a person whose row is refused.
    let Some(pseudonym) = pseudonym(&person, context) else {
        output.summary.skip(Skip::NoPerson);
        return Ok(None);
    };
    links.twins.meet(&pseudonym, &person);
    Ok(Some(ListRow {
        line: row.line,
        partner,
        location,
        person: pseudonym,
        certification,
        completed,
        expires_on,
        note: status
            .filter(|status| STATUSES.iter().any(|known| status.eq_ignore_ascii_case(known)))
            .and_then(|status| Remark::new(&format!("ActivationStatus: {status}")).ok()),
    }))
}

/// The pseudonym of a person, or that of which a mapping says that it is the same person's.
fn pseudonym(person: &Person<'_>, context: &Context<'_>) -> Option<PersonId> {
    let pseudonym = (context.pseudonym)(person)?;
    Some(context.maps.person(&pseudonym).cloned().unwrap_or(pseudonym))
}

/// Keeps what was completed on the day of a row that does not say what was completed, or by whom: it may be the same.
fn keep(row: &Row<'_>, places: &Layout, context: &Context<'_>, title: &str, links: &mut Links) -> Result<(), Refusal> {
    let Some(completed) = row.date(places.completed)?.filter(|_| context.snapshot) else { return Ok(()) };
    let partner = row.partner(places.partner, places.location, context)?;
    match places.person(row)? {
        None => links.keep(partner, None, completed, title),
        Some(person) => {
            // A person without a pseudonym has nothing that could end.
            if let Some(person) = pseudonym(&person, context) {
                links.keep(partner, Some(person), completed, title);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
