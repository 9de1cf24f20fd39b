//! Seats and users of the workloads that the partner has claimed: the `CPORM365Usage` data set and download.
//!
//! A row gives the figures `paid_seats` and `active_users` of a customer's workload in a month. They are the tenant's,
//! not the claim's: a row of a second claim or location repeats them. Its claim proves an association since the day of
//! association. The report names locations, whose global account the mappings, other reports or the command tell.

use ledger::{Date, Mechanism, Name, Refusal, Role, UsageMetric};

use super::layout::layout;
use super::months::{self, MonthlyFile};
use super::product::Product;
use super::reader::Reader;
use crate::changes::sightings::Sighting;
use crate::changes::subject::Subject;
use crate::context::Context;
use crate::formats::{DateColumns, Form, Format, LOCATION, PARTNER};
use crate::kind::Kind;
use crate::maps::{Attribution, Domain};
use crate::rows::columns::{Column, Columns};
use crate::rows::row::{Row, check};
use crate::summary::{Skip, UnmappedText};

/// The reader of claimed usage.
pub(super) static READER: Reader = Reader {
    help: "A report of the usage of claimed workloads",
    format: Format {
        columns: include_str!("../../columns/cpor-m365-usage.txt"),
        months: &["Date", "Month"],
        days: &["DateAssociated"],
        amounts: &["PaidAvailableUnits", "MonthlyActiveUsers"],
        ..Format::of(Kind::CporM365Usage, FORMS)
    },
    read: months::read::<Layout>,
};

/// What tells such files from others.
const FORMS: &[Form] = &[Form::of(
    &[
        &["Date", "Month"],
        &["WorkloadName"],
        &["PaidAvailableUnits", "MonthlyActiveUsers"],
        &["ClaimId", "DateAssociated"],
    ],
    DateColumns::Month(&["Date", "Month"]),
)];

layout! {
    /// Where the columns stand that are read.
    Layout told_apart_by claim {
        partner: optional PARTNER,
        location: optional LOCATION,
        customer: needed ["CustomerTenantId"],
        customer_name: found (Option<Column>, customer_name),
        workload: needed ["WorkloadName"],
        active_users: needed ["MonthlyActiveUsers"],
        paid_seats: needed ["PaidAvailableUnits"],
        claim: optional ["ClaimId"],
        since: optional ["DateAssociated"],
        attribution: optional ["PartnerAttributionType"],
        month: needed ["Date", "Month"],
    }
}

fn customer_name(columns: &mut Columns, _: &Context<'_>) -> Option<Column> {
    columns.customer_name()
}

impl months::Layout for Layout {
    fn most_in_memory(&self) -> usize {
        usize::MAX
    }

    fn take(&self, row: &Row<'_>, file: &mut MonthlyFile<'_, '_>) -> Result<(), Refusal> {
        let Some(customer) = row.customer(self.customer)? else {
            file.output.summary.skip(Skip::NoCustomer);
            return Ok(());
        };
        let partner = row.partner(self.partner, self.location, file.context)?;
        let location = row.location(self.location)?;
        let workload = Product::read(row, Some(self.workload), &[Domain::M365], file.context)?;
        let workload = row.needed(self.workload, workload)?;
        let month = row.needed(self.month, row.month(self.month)?)?;
        let since = self.since.map_or(Ok(None), |place| row.date(place))?;
        file.sightings.cover(&partner, month);
        row.tell_name(customer, self.customer_name, file.context);
        let subject = Subject { partner, location, customer, month };
        file.note_product(&workload, Domain::M365);
        self.see(row, &subject, &workload.name, since, file)?;
        let seats = Self::state(row, &subject, &workload, (UsageMetric::PaidSeats, self.paid_seats), file);
        let users = Self::state(row, &subject, &workload, (UsageMetric::ActiveUsers, self.active_users), file);
        seats.and(users)
    }
}

impl Layout {
    /// Notes the association that the claim proves.
    fn see(
        &self,
        row: &Row<'_>,
        subject: &Subject,
        workload: &Name,
        since: Option<Date>,
        file: &mut MonthlyFile<'_, '_>,
    ) -> Result<(), Refusal> {
        let text = row.optional_text(self.attribution)?;
        file.sightings.tell();
        // A claim without a type is a claim.
        let attribution = text.map_or(Attribution::By(Mechanism::Cpor, Some(Role::Osu)), |text| {
            file.context.maps.attribution(Domain::M365, text, None, None)
        });
        let (mechanism, role) = match attribution {
            Attribution::By(mechanism @ Mechanism::Cpor, role) => (mechanism, role),
            Attribution::NoMechanism => {
                file.output.summary.skip(Skip::NoMechanism);
                return Ok(());
            }
            Attribution::By(..) | Attribution::ReaderLink | Attribution::Unknown => {
                let text = text.expect("a claim without a type is a claim");
                file.output.summary.unmapped(UnmappedText::Attribution, text);
                file.sightings.spare(&subject.partner, subject.customer);
                return Ok(());
            }
        };
        let claim = row.claim(self.claim)?;
        file.sightings.add(&Sighting {
            line: row.line,
            subject,
            mechanism,
            role,
            workload: Some(workload),
            subscription: None,
            claim: claim.as_ref().map(Name::as_str),
            since,
        });
        Ok(())
    }

    /// Adds one of the row's two figures.
    fn state(
        row: &Row<'_>,
        subject: &Subject,
        workload: &Product,
        (metric, place): (UsageMetric, Column),
        file: &mut MonthlyFile<'_, '_>,
    ) -> Result<(), Refusal> {
        let value = row.count(place);
        if matches!(value, Ok(None)) {
            file.output.summary.skip(Skip::NoFigure);
            return Ok(());
        }
        if !file.figures.state(&subject.figure(row, metric, workload, None, &value), row.column(place))? {
            file.output.summary.skip(Skip::RepeatedFigure);
        }
        check(&value)
    }
}

#[cfg(test)]
mod tests {
    use ledger::Timestamp;

    use crate::testing::{Book, File, ImportedFiles};
    use crate::{Domain, Kind, ReportError, Skip, UnmappedText};

    const HEADER: &str = "CustomerTenantId,CustomerName,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,ClaimId,\
        MpnId,DateAssociated,PartnerAttributionType,Date";
    const FABRIKAM: &str = "4fdbff88-9d6b-42e0-9713-45c922ba8001";

    fn row(workload: &str, users: &str, seats: &str, claim: &str, since: &str, month: &str) -> String {
        format!("{FABRIKAM},Fabrikam,{workload},{users},{seats},{claim},6034454,{since},CPOR,{month}\n")
    }

    fn file(rows: &[String]) -> String {
        format!("{HEADER}\n{}", rows.concat())
    }

    fn named(text: &str) -> File<'_> {
        File { partner: Some("6034453"), ..File::new(Kind::CporM365Usage, "c.csv", text) }
    }

    fn import(book: &Book, text: &str) -> ImportedFiles {
        book.import(&named(text)).expect("the columns are there")
    }

    #[test]
    fn a_row_gives_two_figures_and_its_claim_an_association() {
        let text = file(&[
            row("Exchange", "260", "420", "C-1001", "2022-10-14", "2023-07-01"),
            row("Teams", "300", "420", "C-1002", "1/20/2023", "JUL-2023"),
        ]);
        let imported = import(&Book::default(), &text);
        assert_eq!(
            imported.new,
            [
                "association_accepted 6034453/6034454 2022-10-14 cpor osu 8001 Exchange - - (claim C-1001; first shown in 2023-07)",
                "association_accepted 6034453/6034454 2023-01-20 cpor osu 8001 Teams - - (claim C-1002; first shown in 2023-07)",
                "usage_reported 6034453/6034454 2023-07 8001 Exchange paid_seats = 420 of -",
                "usage_reported 6034453/6034454 2023-07 8001 Exchange active_users = 260 of -",
                "usage_reported 6034453/6034454 2023-07 8001 Teams paid_seats = 420 of -",
                "usage_reported 6034453/6034454 2023-07 8001 Teams active_users = 300 of -",
            ]
        );
        assert!(imported.summary.unknown_columns.is_empty());
    }

    #[test]
    fn a_claim_is_accepted_once() {
        let book = Book::default();
        let rows = |month: &str| file(&[row("Teams", "1", "2", "C-1", "2023-01-20", month)]);
        let both = file(&["2023-01-01", "2023-02-01"].map(|month| row("Teams", "1", "2", "C-1", "2023-01-20", month)));
        assert_eq!(import(&book, &both).new.len(), 5);
        assert_eq!(import(&book, &rows("2023-03-01")).new.len(), 2);
        assert_eq!(import(&book, &rows("2023-03-01")).new.len(), 0);
        let earlier = file(&[row("Teams", "1", "2", "C-1", "2023-01-10", "2023-03-01")]);
        let new = import(&book, &earlier).new;
        assert_eq!(
            new,
            [
                "association_accepted 6034453/6034454 2023-01-10 cpor osu 8001 Teams - - (claim C-1; first shown in 2023-03)"
            ]
        );
        assert_eq!(book.associations().len(), 1);
        let again = file(&[row("Teams", "1", "2", "C-2", "2023-03-10", "2023-03-01")]);
        assert_eq!(import(&book, &again).new.len(), 1, "another claim is another association");
    }

    #[test]
    fn an_ended_claim_that_a_later_month_shows_is_a_new_association() {
        let book = Book::default();
        import(&book, &file(&[row("Teams", "1", "2", "C-1", "2023-01-20", "2023-02-01")]));
        book.end(*book.associations().first().expect("one"), Timestamp::parse("2023-03-15").expect("a date"));
        assert!(import(&book, &file(&[row("Teams", "1", "2", "C-1", "2023-01-20", "2023-02-01")])).new.is_empty());
        let new = import(&book, &file(&[row("Teams", "1", "2", "C-1", "2023-01-20", "2023-04-01")])).new;
        assert!(new.concat().contains("2023-04-01 cpor osu 8001 Teams"), "{new:?}");
        assert_eq!(book.associations().len(), 2);
    }

    #[test]
    fn a_snapshot_ends_the_claims_that_are_gone() {
        let book = Book::default();
        let teams = |month: &str| row("Teams", "1", "2", "C-1", "2023-01-20", month);
        let exchange = |month: &str| row("Exchange", "1", "2", "C-2", "2023-01-20", month);
        import(&book, &file(&[teams("2023-02-01"), exchange("2023-02-01")]));
        let text = file(&[teams("2023-03-01")]);
        let imported = book.import(&File { snapshot: true, ..named(&text) }).expect("it is read");
        let gone = "association_revoked 6034453/- 2023-03-01 no longer in the report of 2023-03";
        assert_eq!(imported.new.first().map(String::as_str), Some(gone));
        assert_eq!(imported.new.len(), 3);
    }

    #[test]
    fn figures_are_the_tenants_and_count_once() {
        let text = file(&[
            row("Teams", "1", "20", "C-1", "2023-01-20", "2023-02-01"),
            row("Teams", "1", "20", "C-2", "2023-01-25", "2023-02-01"),
            row("Yammer", "1", "20", "C-1", "2023-01-20", "2023-02-01"),
            row("Yammer", "1", "30", "C-2", "2023-01-20", "2023-02-01"),
            row("Viva Topics", "NULL", "30", "C-2", "2023-01-20", "2023-02-01"),
        ]);
        let imported = import(&Book::default(), &text);
        let usages: Vec<_> = imported.new.iter().filter(|text| text.starts_with("usage")).collect();
        assert_eq!(
            usages,
            [
                "usage_reported 6034453/6034454 2023-02 8001 Teams paid_seats = 20 of -",
                "usage_reported 6034453/6034454 2023-02 8001 Teams active_users = 1 of -",
                "usage_reported 6034453/6034454 2023-02 8001 Yammer active_users = 1 of -",
                "usage_reported 6034453/6034454 2023-02 8001 Viva Topics paid_seats = 30 of -",
            ]
        );
        assert_eq!(imported.summary.skipped.get(&Skip::RepeatedFigure), Some(&3));
        assert_eq!(imported.summary.skipped.get(&Skip::NoFigure), Some(&1));
        assert_eq!(imported.summary.broken_figures, 1);
        let refusals: Vec<String> = imported.refused.iter().map(ToString::to_string).collect();
        assert_eq!(refusals, ["line 5: bad_value: `PaidAvailableUnits` is not what line 4 says of the same month"]);
    }

    #[test]
    fn another_attribution_proves_no_claim() {
        let text = file(&[row("Teams", "1", "20", "C-1", "2023-01-20", "2023-02-01").replace("CPOR", "CSP Tier 1")]);
        let imported = import(&Book::default(), &text);
        assert_eq!(imported.new.len(), 2);
        assert_eq!(imported.summary.unmapped.get(&(UnmappedText::Attribution, "CSP Tier 1".to_owned())), Some(&1));
    }

    #[test]
    fn a_claim_that_the_note_cannot_keep_is_refused() {
        let claim = "C".repeat(1_000);
        let imported = import(&Book::default(), &file(&[row("Teams", "1", "20", &claim, "2023-01-20", "2023-02-01")]));
        let refusals: Vec<String> = imported.refused.iter().map(ToString::to_string).collect();
        assert!(refusals.concat().ends_with("which must be 1 to 256 characters"), "{refusals:?}");
    }

    #[test]
    fn a_row_of_an_unknown_workload_is_counted_once() {
        let imported = import(&Book::default(), &file(&[row("Fax", "1", "20", "C-1", "2023-01-20", "2023-02-01")]));
        let unknown = (UnmappedText::Product(Domain::M365), "Fax".to_owned());
        assert_eq!(imported.summary.unmapped.get(&unknown), Some(&1));
    }

    #[test]
    fn a_claim_without_a_day_begins_with_its_first_month() {
        let imported = import(&Book::default(), &file(&[row("Teams", "1", "20", "", "", "2023-02-01")]));
        let association = "association_accepted 6034453/6034454 2023-02-01 cpor osu 8001 Teams - -";
        assert_eq!(imported.new.first().map(String::as_str), Some(association));
    }

    #[test]
    fn the_command_names_the_partner() {
        let text = file(&[]);
        let file = File::new(Kind::CporM365Usage, "c.csv", &text);
        let error = Book::default().import(&file).err().expect("nothing names the partner");
        assert!(matches!(error, ReportError::PartnerNeeded { kind: Kind::CporM365Usage }));
        assert_eq!(error.hint().as_deref(), Some("name the global account with --partner"));
        let other = File::new(Kind::CporM365Usage, "c.csv", "MpnId,Date\n");
        let error = Book::default().import(&other).err().expect("columns are missing");
        assert!(matches!(error, ReportError::MissingColumns { .. }), "{error}");
    }
}
