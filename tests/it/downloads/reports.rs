//! The rows of a download.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};

use super::kind::Kind;
use super::row::{Cell, Row};
use super::told::{plain, told};
use super::world::{Attribution, Azure, Business, Customer, World};
use crate::histories::Dice;

/// The rows of a kind in the download of the month `at`.
pub fn rows(world: &World, kind: Kind, at: i32) -> Vec<Row> {
    if kind == Kind::TrainingCompletions {
        return trainings(world, at);
    }
    let mut rows = Vec::new();
    for of in (at - kind.window() + 1).max(0)..=at {
        for customer in &world.customers {
            match kind {
                Kind::AzureUsage => azure(world, customer, of, at, &mut rows),
                Kind::OfficeUsage => office(world, customer, of, at, &mut rows),
                Kind::CporM365Usage => claims(world, customer, of, at, &mut rows),
                Kind::EmsUsage => ems(world, customer, of, at, &mut rows),
                Kind::BizappsRevenue | Kind::BizappsUsage => business(world, customer, kind, of, at, &mut rows),
                Kind::SeatsAndRevenue => seats(world, customer, of, at, &mut rows),
                Kind::CustomersAndTenants => customers(world, customer, of, &mut rows),
                Kind::TrainingCompletions => unreachable!("has no months"),
            }
        }
    }
    Dice::new(world.seed, &format!("rows {kind:?} {at}")).shuffle(&mut rows);
    rows
}

fn row(world: &World, customer: &Customer, of: i32) -> Row {
    Row::default()
        .text("PGAMpnId", &world.account)
        .with("Month", Cell::Month(world.month(of)))
        .text("CustomerTenantId", &customer.tenant)
        .text("CustomerName", &customer.name)
}

fn id(id: Option<&String>) -> Cell {
    id.map_or(Cell::NoId, |id| Cell::Text(id.clone()))
}

fn attributed(row: Row, column: &'static str, attribution: &Attribution) -> Row {
    let channel = match attribution.name {
        "CSP Tier 1" => "Direct/CSP",
        "CSP Tier 2" => "Indirect/CSP",
        _ => "Direct",
    };
    row.text(column, attribution.name).text("MPNId", &attribution.location).text("SalesChannel", channel)
}

fn in_force(attributions: &[Attribution], of: i32) -> Vec<&Attribution> {
    attributions.iter().filter(|attribution| attribution.life.has(of)).collect()
}

fn azure(world: &World, customer: &Customer, of: i32, at: i32, rows: &mut Vec<Row>) {
    for (number, subscription) in customer.azure.iter().enumerate().filter(|(_, azure)| azure.life.has(of)) {
        let Azure { id: subscription_id, services, attributions, .. } = subscription;
        for (service, usual, growth) in services {
            let what = format!("{} {number} {service}", customer.tenant);
            let Some(cents) = told(world.seed, &what, of, at, plain(world.seed, &what, of, *usual, *growth), true)
            else {
                continue;
            };
            let parts = if cents % 3 == 0 { vec![cents / 3, cents - cents / 3] } else { vec![cents] };
            for (place, attribution) in in_force(attributions, of).into_iter().enumerate() {
                for (part, cents) in parts.iter().enumerate() {
                    let row = row(world, customer, of)
                        .with("SubscriptionId", id(subscription_id.as_ref()))
                        .text("SubscriptionState", "Active")
                        .text("ServiceLevel2", service)
                        .text("ServiceLevel3", &format!("{service} {part}"))
                        .with("IsACRDuplicateAtPGALevel", Cell::Flag(place > 0))
                        .with("ACR_USD", Cell::Cents(*cents));
                    let row = match attribution.admin {
                        Some(admin) => row.text("AdminType", admin),
                        None => row,
                    };
                    rows.push(attributed(row, "PartnerAttributionType", attribution));
                }
            }
        }
    }
}

fn office(world: &World, customer: &Customer, of: i32, at: i32, rows: &mut Vec<Row>) {
    for workload in customer.office.iter().filter(|workload| workload.life.has(of)) {
        let what = format!("{} {}", customer.tenant, workload.name);
        let seats = plain(world.seed, &what, of, workload.seats, 5);
        let Some(seats) = told(world.seed, &what, of, at, seats, false).map(i64::abs) else { continue };
        let users = plain(world.seed, &format!("{what} users"), of, workload.seats * workload.share / 100, 30);
        for (place, attribution) in in_force(&customer.office_attributions, of).into_iter().enumerate() {
            let row = row(world, customer, of)
                .text("WorkloadName", workload.name)
                .with("PaidAvailableUnits", Cell::Count(seats))
                .with("MonthlyActiveUsers", Cell::Count(users))
                .with("IsDuplicateRowForPGA", Cell::Flag(place > 0));
            rows.push(attributed(row, "PartnerAttributionType", attribution));
        }
    }
}

fn claims(world: &World, customer: &Customer, of: i32, at: i32, rows: &mut Vec<Row>) {
    for workload in &customer.office {
        let what = format!("{} {} claimed", customer.tenant, workload.name);
        let seats = plain(world.seed, &what, of, workload.seats, 6);
        let Some(seats) = told(world.seed, &what, of, at, seats, false).map(i64::abs) else { continue };
        let users = plain(world.seed, &format!("{what} users"), of, workload.seats * workload.share / 100, 30);
        for claim in workload.claims.iter().filter(|claim| claim.life.has(of)) {
            rows.push(
                Row::default()
                    .text("CustomerTenantId", &customer.tenant)
                    .text("CustomerName", &customer.name)
                    .text("WorkloadName", workload.name)
                    .with("PaidAvailableUnits", Cell::Count(seats))
                    .with("MonthlyActiveUsers", Cell::Count(users))
                    .text("ClaimId", &claim.id)
                    .text("MpnId", &claim.location)
                    .with("DateAssociated", Cell::Day(claim.associated))
                    .text("PartnerAttributionType", "CPOR")
                    .with("Date", Cell::Month(world.month(of))),
            );
        }
    }
}

fn ems(world: &World, customer: &Customer, of: i32, at: i32, rows: &mut Vec<Row>) {
    for subscription in customer.ems.iter().filter(|ems| ems.life.has(of)) {
        for (place, attribution) in in_force(&subscription.attributions, of).into_iter().enumerate() {
            let mut row = row(world, customer, of)
                .text("SubscriptionId", &subscription.id)
                .text("SubscriptionStatus", "Active")
                .text("SKU", "Enterprise Mobility + Security E5")
                .text("FreeVsPaidSKU", "Paid")
                .with("IsDuplicateRowForPGA", Cell::Flag(place > 0));
            for (part, seats, share) in &subscription.parts {
                let what = format!("{} {part}", subscription.id);
                let paid = plain(world.seed, &what, of, *seats, 5);
                let paid = told(world.seed, &what, of, at, paid, false).map_or(0, i64::abs);
                let users = plain(world.seed, &format!("{what} users"), of, seats * share / 100, 30);
                let (paid_column, users_column) = ems_columns(part);
                row = row.with(paid_column, Cell::Count(paid)).with(users_column, Cell::Count(users));
            }
            rows.push(attributed(row, "PartnerAttachType", attribution));
        }
    }
}

/// The two columns of a part.
pub fn ems_columns(part: &str) -> (&'static str, &'static str) {
    match part {
        "AADP" => ("AADPPaidAvailableUnits", "AADPMonthlyActiveUsers"),
        "Intune" => ("IntunePaidAvailableUnits", "IntuneMonthlyActiveUsers"),
        "AATP" => ("AATPPaidAvailableUnits", "AATPMonthlyActiveUsers"),
        "Azip" => ("AzipPaidAvailableUnits", "AzipMonthlyActiveUsers"),
        "MDO" => ("MDOPaidAvailableUnits", "MDOMonthlyActiveUsers"),
        "MDE" => ("MDEPaidAvailableUnits", "MDEMonthlyActiveUsers"),
        other => panic!("no columns of {other}"),
    }
}

fn business(world: &World, customer: &Customer, kind: Kind, of: i32, at: i32, rows: &mut Vec<Row>) {
    for subscription in customer.business.iter().filter(|business| business.life.has(of)) {
        let Business { id, category, workload, attributions, .. } = subscription;
        let is_revenue = kind == Kind::BizappsRevenue;
        let what = format!("{id} {is_revenue}");
        let usual = if is_revenue { subscription.revenue } else { subscription.users };
        let told = told(world.seed, &what, of, at, plain(world.seed, &what, of, usual, 20), is_revenue);
        let Some(amount) = told else { continue };
        let mut names = BTreeSet::new();
        for attribution in in_force(attributions, of).into_iter().filter(|it| names.insert(it.name)) {
            let row = Row::default()
                .with("FiscalMonthName", Cell::Month(world.month(of)))
                .text("GlobalPartnerID", &world.account)
                .text("PartnerAssociationType", attribution.name)
                .text("CustomerName", &customer.name)
                .text("CustomerTenantID", &customer.tenant)
                .text("WorkloadCategory", category);
            if is_revenue {
                let row = row.text("Workloads", workload).text("SubscriptionId", id);
                // Two rows of one attribution that say the same are two amounts; and one may have more than the others.
                let parts = if amount % 4 == 0 { vec![amount / 2; 2] } else { vec![amount] };
                let more = (amount % 7 == 0 && attribution.name == "CSP T1").then_some(amount / 7 + 1);
                for part in parts.into_iter().chain(more) {
                    rows.push(row.clone().with("AdjustedRevenueAmtCD", Cell::Cents(part)));
                }
            } else {
                let row = row.text("Workload", workload).text("SubscriptionID", id);
                let group = format!("{workload} per user");
                let users = amount.abs();
                let has_users = users % 5 != 0;
                let paid = row.clone().text("MetricType", "Paid").text("SkuGroup", &group);
                let paid = paid.with("PAMAU", Cell::Count(if has_users { users + 3 } else { users }));
                rows.push(paid.with("MAU", if has_users { Cell::Count(users) } else { Cell::Blank }));
                if users % 4 == 0 {
                    let trial = row.text("MetricType", "Trial").text("SkuGroup", "Trial");
                    rows.push(trial.with("PAMAU", Cell::Count(50)).with("MAU", Cell::Count(50)));
                }
            }
        }
    }
}

fn seats(world: &World, customer: &Customer, of: i32, at: i32, rows: &mut Vec<Row>) {
    let is_there = |month: i32| customer.seats.iter().any(|seats| seats.life.has(month));
    for seats in &customer.seats {
        let is_active = seats.life.has(of);
        // A churned row stays for two months where it does not say that the whole customer has gone.
        let has_ended = seats.life.end().is_some_and(|end| (end..end + 2).contains(&of));
        if !is_active && !(has_ended && (is_there(of) || !customer.life.has(of))) {
            continue;
        }
        let what = format!("{} seats", seats.id);
        let paid = told(world.seed, &what, of, at, plain(world.seed, &what, of, seats.count, 5), false);
        let (paid, revenue) = if is_active { (paid.map_or(0, i64::abs), seats.count * 1_037) } else { (0, 0) };
        let row = row(world, customer, of)
            .text("SubscriptionId", &seats.id)
            .text("SubscriptionState", if is_active { "Active" } else { "Churned" })
            .text("Product", seats.product)
            .text("SolutionArea", seats.area)
            .with("IsDuplicateRowForPGA", Cell::Flag(false))
            .with("AvailableSeatsEOP", Cell::Count(paid))
            .with("BilledRevenueUSD", Cell::Cents(revenue));
        rows.push(attributed(row, "PartnerAttributionType", &seats.attribution));
    }
    for business in customer.business.iter().filter(|business| business.is_billed_by_seats && business.life.has(of)) {
        for attribution in in_force(&business.attributions, of) {
            let name = match attribution.name {
                "CSP T1" => "CSP Tier 1",
                "CSP T2" => "CSP Tier 2",
                _ => continue,
            };
            let row = row(world, customer, of)
                .text("SubscriptionId", &business.id)
                .text("SubscriptionState", "Active")
                .text("Product", business.workload)
                .text("SolutionArea", "Business Applications")
                .with("IsDuplicateRowForPGA", Cell::Flag(false))
                .with("AvailableSeatsEOP", Cell::Count(business.users))
                .with("BilledRevenueUSD", Cell::Cents(business.revenue + 700));
            rows.push(attributed(row, "PartnerAttributionType", &Attribution { name, ..attribution.clone() }));
            break;
        }
    }
}

/// A row for each attribution that is in force; and for two months after the last of them, one that is not active.
fn customers(world: &World, customer: &Customer, of: i32, rows: &mut Vec<Row>) {
    let (before, from, after) = customer.segments;
    let segment = if of < from { before } else { after };
    let mut shown = attributions_of(customer, of);
    let is_active = !shown.is_empty();
    if !is_active {
        shown =
            (1..3).map(|back| attributions_of(customer, of - back)).find(|shown| !shown.is_empty()).unwrap_or_default();
        shown.truncate(1);
    }
    for (place, (product, attribution)) in shown.iter().enumerate() {
        let row = row(world, customer, of)
            .with("CustomerSegment", if segment.is_empty() { Cell::Blank } else { Cell::Text(segment.to_owned()) })
            .text("CustomerStatus", if is_active { "Active" } else { "Inactive" })
            .text("Product", product)
            .with("IsDuplicateRowForPGA", Cell::Flag(place > 0));
        rows.push(attributed(row, "PartnerAttributionType", attribution));
    }
}

/// Products of a customer with their attributions in a month. Attributions that only read cannot be told apart there,
/// and are left out.
fn attributions_of(customer: &Customer, of: i32) -> Vec<(&'static str, Attribution)> {
    let azure = customer.azure.iter().filter(|azure| azure.life.has(of));
    let azure = azure.flat_map(|azure| in_force(&azure.attributions, of)).map(|it| ("Microsoft Azure", it.clone()));
    let has_office = customer.office.iter().any(|workload| workload.life.has(of));
    let office = in_force(&customer.office_attributions, of).into_iter().filter(|_| has_office);
    let ems = customer.ems.iter().filter(|ems| ems.life.has(of)).flat_map(|ems| in_force(&ems.attributions, of));
    let claims = customer.office.iter().flat_map(|workload| &workload.claims).filter(|claim| claim.life.has(of));
    let claims = claims.map(|claim| {
        let (location, life) = (claim.location.clone(), claim.life.clone());
        ("Microsoft 365", Attribution { name: "CPOR", admin: None, location, life })
    });
    let seats = customer.seats.iter().filter(|seats| seats.life.has(of)).map(|seats| &seats.attribution);
    let business = customer.business.iter().filter(|business| business.life.has(of));
    let business = business.flat_map(|business| in_force(&business.attributions, of)).map(|attribution| {
        let name = match attribution.name {
            "CSP T1" => "CSP Tier 1",
            "CSP T2" => "CSP Tier 2",
            "PAL" => "Partner Admin Link",
            other => other,
        };
        ("Dynamics 365", Attribution { name, ..attribution.clone() })
    });
    let office = office.chain(ems).chain(seats).map(|attribution| ("Microsoft 365", attribution.clone()));
    let all = azure.chain(office).chain(claims).chain(business);
    all.filter(|(_, attribution)| attribution.admin != Some("Reader")).collect()
}

fn trainings(world: &World, at: i32) -> Vec<Row> {
    let known_until = world.month(at).last_day();
    let mut rows = Vec::new();
    for person in world.people.iter().filter(|person| at < person.left) {
        for (title, _, days) in &person.certifications {
            for (place, earned) in days.iter().enumerate().filter(|(_, day)| **day <= known_until) {
                let renewed = days.get(place + 1).filter(|day| **day <= known_until);
                let row = training(world, &person.location, title, *earned)
                    .text("MCPID", &person.mcp)
                    .text("AADUserId", &person.directory)
                    .text("TrainingType", "certification")
                    .with("ExpirationDate", Cell::Day(expiry(*earned, renewed.copied())));
                rows.push(row);
            }
        }
        rows.push(
            training(world, &person.location, "Implementing an old thing", world.month(3).first_day())
                .text("MCPID", &person.mcp)
                .text("AADUserId", &person.directory)
                .text("TrainingType", "exam"),
        );
    }
    Dice::new(world.seed, &format!("rows trainings {at}")).shuffle(&mut rows);
    rows
}

/// A year, and longer once it is known to be renewed soon enough.
fn expiry(earned: NaiveDate, renewed: Option<NaiveDate>) -> NaiveDate {
    let usual = earned + Duration::days(365);
    match renewed {
        Some(day) if day < usual => usual + Duration::days(30),
        _ => usual,
    }
}

fn training(world: &World, location: &str, title: &str, earned: NaiveDate) -> Row {
    Row::default()
        .text("PGAMpnId", &world.account)
        .text("TrainingActivityId", "ACT-1")
        .text("TrainingTitle", title)
        .text("IndividualFirstName", "Ana \"Ann\"")
        .text("IndividualLastName", "López, Jr.")
        .text("Email", "ana@example.com")
        .with("TrainingCompletionDate", Cell::Day(earned))
        .text("ActivationStatus", "Active")
        .with("Month", Cell::Month(crate::naive::Month::of(earned)))
        .with("IcMCP", Cell::Flag(true))
        .text("MPNId", location)
}
