//! One event as a line.

use ledger::Month;
use uuid::Uuid;

use super::chance::chance;
use super::layout::{FIRST_MONTH, Partner};

const SERVICES: [&str; 12] = [
    "Virtual Machines",
    "Storage",
    "Azure App Service",
    "Azure SQL Database",
    "Cosmos DB",
    "Azure Kubernetes Service",
    "Key Vault",
    "Load Balancer",
    "Azure Monitor",
    "Microsoft Sentinel",
    "Microsoft Defender for Cloud",
    "Virtual Machines Licenses",
];
const WORKLOADS: [&str; 5] = ["Exchange Online", "Teams", "SharePoint Online", "Intune", "Microsoft 365 Apps"];
const CERTIFICATIONS: [&str; 8] = ["AZ-104", "AZ-305", "AZ-700", "AZ-140", "AZ-500", "MS-102", "DP-203", "PL-200"];

/// What the ids of a partner's things are made of.
#[derive(Clone, Copy)]
enum IdKind {
    Event = 1,
    Customer = 2,
    Association = 3,
    Subscription = 4,
    Principal = 5,
}

/// The nth event of a partner, which it hands in in a month.
pub(crate) fn line(seed: u64, partner: Partner, nth: u64, month: u64) -> String {
    let roll = chance(&[seed, partner.number, nth]);
    let every = every(partner);
    let customers = nth / every + 1;
    let customer = roll % customers;
    let head = head(seed, partner, nth, 0);
    let at = format!(r#""effective_at":"{}-{:02}""#, month_text(month), 1 + roll % 28);
    match nth % every {
        0 => accepted(seed, partner, (&head, &at), nth, customers - 1),
        1 => accepted(seed, partner, (&head, &at), nth, customer),
        2 => format!(
            r#"{head}"type":"certification_linked",{at},"person":"mcp:{}-{}","certification":"{}"}}"#,
            partner.number,
            roll % 60,
            of(&CERTIFICATIONS, roll >> 8),
        ),
        3 if roll.is_multiple_of(8) => format!(
            r#"{head}"type":"association_revoked",{at},"association":"{}","by":"customer"}}"#,
            id(seed, partner, IdKind::Association, customer * every),
        ),
        3 => format!(
            r#"{head}"type":"customer_classified",{at},"customer":"{}","segment":"{}"}}"#,
            id(seed, partner, IdKind::Customer, customer),
            of(&["smb", "enterprise"], roll >> 8),
        ),
        _ => usage(seed, partner, &head, nth, month, 0),
    }
}

/// The nth event of a partner, reported once more with another figure; none where it is no report.
pub(crate) fn restated(seed: u64, partner: Partner, nth: u64, month: u64, time: u64) -> Option<String> {
    let head = head(seed, partner, nth, time);
    (nth % every(partner) > 3).then(|| usage(seed, partner, &head, nth, month, time))
}

/// A partner begins with a new customer as often as once in so many events.
fn every(partner: Partner) -> u64 {
    (partner.events / 10).clamp(20, 500)
}

fn head(seed: u64, partner: Partner, nth: u64, time: u64) -> String {
    format!(r#"{{"id":"{}","partner":"{}","#, id(seed, partner, IdKind::Event, nth | (time << 48)), partner.account())
}

/// An association with a customer, by one of the mechanisms.
fn accepted(seed: u64, partner: Partner, (head, at): (&str, &str), nth: u64, customer: u64) -> String {
    let means = match chance(&[seed, partner.number, nth, 1]) % 8 {
        0..3 => format!(r#""mechanism":"pal","principal":"{}""#, id(seed, partner, IdKind::Principal, customer)),
        3..5 => r#""mechanism":"csp","role":"direct_bill""#.to_owned(),
        5 => r#""mechanism":"csp","role":"indirect_reseller""#.to_owned(),
        6 => {
            format!(r#""mechanism":"dpor","subscription":"{}""#, id(seed, partner, IdKind::Subscription, customer << 8))
        }
        _ => format!(
            r#""mechanism":"cpor","role":"osu","workload":"{}""#,
            of(&WORKLOADS, chance(&[seed, partner.number, nth, 2]))
        ),
    };
    format!(
        r#"{head}"type":"association_accepted",{at},"association":"{}","customer":"{}",{means}}}"#,
        id(seed, partner, IdKind::Association, nth),
        id(seed, partner, IdKind::Customer, customer),
    )
}

/// A figure of a month, which differs each time that it is reported.
fn usage(seed: u64, partner: Partner, head: &str, nth: u64, month: u64, time: u64) -> String {
    let roll = chance(&[seed, partner.number, nth]);
    let customer = roll % (nth / every(partner) + 1);
    let value = chance(&[seed, partner.number, nth, 3, time]);
    let report = format!(
        r#"{head}"type":"usage_reported","month":"{}","customer":"{}""#,
        month_text(month),
        id(seed, partner, IdKind::Customer, customer)
    );
    match (roll >> 8) % 10 {
        0..7 => format!(
            r#"{report},"product":"{}","metric":"acr_usd","value":"{}.{:02}","subscription":"{}"}}"#,
            of(&SERVICES, roll >> 16),
            value % 3_000,
            (value >> 16) % 100,
            id(seed, partner, IdKind::Subscription, (customer << 8) | ((roll >> 24) % 3)),
        ),
        7 => format!(
            r#"{report},"product":"{}","metric":"paid_seats","value":"{}"}}"#,
            of(&WORKLOADS, roll >> 16),
            50 + value % 1_500
        ),
        _ => format!(
            r#"{report},"product":"{}","metric":"active_users","value":"{}"}}"#,
            of(&WORKLOADS, roll >> 16),
            value % 1_500
        ),
    }
}

fn month_text(month: u64) -> String {
    let month = i32::try_from(month).expect("a file has few months");
    Month::from_number(FIRST_MONTH + month).to_string()
}

/// The id of a thing of a partner: as random as those of events in the world.
fn id(seed: u64, partner: Partner, thing: IdKind, number: u64) -> Uuid {
    let of = |half| chance(&[seed, partner.number, thing as u64, number, half]);
    uuid::Builder::from_u128((u128::from(of(0)) << 64) | u128::from(of(1)))
        .with_version(uuid::Version::Random)
        .with_variant(uuid::Variant::RFC4122)
        .into_uuid()
}

fn of<'t>(texts: &[&'t str], roll: u64) -> &'t str {
    let place = usize::try_from(roll % texts.len() as u64).unwrap_or_default();
    texts.get(place).copied().unwrap_or_default()
}
