//! A partner and its customers, as they truly were, month by month.

use chrono::{Datelike, Duration, NaiveDate};

use super::life::Life;
use crate::histories::Dice;
use crate::naive::Month;

/// How many downloads there are, one a month.
pub const DOWNLOADS: i32 = 24;

/// How many months lie before the first download's.
pub const BEFORE: i32 = 24;

/// The end of everything.
pub const END: i32 = BEFORE + DOWNLOADS;

/// Services that every rulebook knows under this name, or that no rulebook names.
const SERVICES: [&str; 9] = [
    "Virtual Machines",
    "Key Vault",
    "Bastion",
    "Sentinel",
    "Front Door",
    "Cosmos DB",
    "Storage",
    "SQL Database",
    "Firewall",
];
const WORKLOADS: [&str; 6] = ["Exchange", "Teams", "SharePoint", "Intune", "Teams Meetings", "Viva Learning"];
const NAMES: [&str; 7] = [
    "Fabrikam",
    "Relecloud, Ltd.",
    "Adatum \"North\"",
    "Tailwind\\Traders",
    "Wide World; Importers",
    "Blue Yonder",
    "Größenwahn GmbH",
];

/// A partner.
pub struct World {
    pub seed: u64,
    /// The month 0.
    pub base: Month,
    pub account: String,
    pub customers: Vec<Customer>,
    pub people: Vec<Person>,
}

/// A customer's tenant.
pub struct Customer {
    pub tenant: String,
    pub name: String,
    pub life: Life,
    /// The segment before the month, and from it on.
    pub segments: (&'static str, i32, &'static str),
    pub azure: Vec<Azure>,
    pub office: Vec<Workload>,
    pub office_attributions: Vec<Attribution>,
    pub ems: Vec<Ems>,
    pub seats: Vec<Seats>,
    pub business: Vec<Business>,
}

/// An attribution of a partner, as reports call it.
#[derive(Clone)]
pub struct Attribution {
    pub name: &'static str,
    pub admin: Option<&'static str>,
    pub location: String,
    pub life: Life,
}

/// A subscription of Azure.
pub struct Azure {
    pub id: Option<String>,
    pub life: Life,
    /// Name, cents a month, growth in percent a year.
    pub services: Vec<(&'static str, i64, i64)>,
    pub attributions: Vec<Attribution>,
}

/// A workload of a tenant.
pub struct Workload {
    pub name: &'static str,
    pub life: Life,
    pub seats: i64,
    pub share: i64,
    pub claims: Vec<Claim>,
}

/// A CPOR claim.
pub struct Claim {
    pub id: String,
    pub location: String,
    pub associated: NaiveDate,
    pub life: Life,
}

/// A subscription of Enterprise Mobility.
pub struct Ems {
    pub id: String,
    pub life: Life,
    /// Column prefix, seats, share of them that is active in percent.
    pub parts: Vec<(&'static str, i64, i64)>,
    pub attributions: Vec<Attribution>,
}

/// A subscription that is billed by seats.
pub struct Seats {
    pub id: String,
    pub product: &'static str,
    pub area: &'static str,
    pub life: Life,
    pub count: i64,
    pub attribution: Attribution,
}

/// A subscription of Business Applications.
pub struct Business {
    pub id: String,
    pub life: Life,
    pub category: &'static str,
    pub workload: &'static str,
    pub revenue: i64,
    pub users: i64,
    pub is_billed_by_seats: bool,
    pub attributions: Vec<Attribution>,
}

/// Somebody with certifications.
pub struct Person {
    pub mcp: String,
    pub directory: String,
    pub location: String,
    /// The first month in which nobody lists the person any more.
    pub left: i32,
    /// Title, code, the days on which it was earned and earned again.
    pub certifications: Vec<(&'static str, &'static str, Vec<NaiveDate>)>,
}

const TITLES: [(&str, &str); 16] = [
    ("Azure Administrator Associate", "AZ-104"),
    ("Microsoft Certified: Azure Administrator Associate", "AZ-104"),
    ("Azure Solutions Architect Expert", "AZ-305"),
    ("Azure Developer Associate", "AZ-204"),
    ("Microsoft Certified: DevOps Engineer Expert", "AZ-400"),
    ("Azure AI Engineer Associate", "AI-102"),
    ("Azure Data Engineer Associate", "DP-203"),
    ("Power BI Data Analyst Associate", "PL-300"),
    ("Data Analyst Associate", "PL-300"),
    ("Dynamics 365 Business Central Functional Consultant Associate", "MB-800"),
    ("Endpoint Administrator Associate", "MD-102"),
    ("Modern Desktop Administrator Associate", "MD-102"),
    ("Microsoft 365 Certified: Teams Administrator Associate", "MS-700"),
    ("Microsoft Certified: Security Operations Analyst Associate", "SC-200"),
    ("Identity and Access Administrator Associate", "SC-300"),
    ("Cybersecurity Architect Expert", "SC-100"),
];

impl World {
    /// The world of a seed.
    pub fn new(seed: u64) -> World {
        let mut dice = Dice::new(seed, "world");
        let first = Month::of(NaiveDate::from_ymd_opt(2023, 6, 1).expect("a day")).plus(dice.below(14) as i32);
        let base = first.plus(-BEFORE);
        let account = format!("{}", 6_000_000 + dice.below(90_000) * 10);
        let count = dice.range(1, 3);
        let locations: Vec<String> =
            (1..=count).map(|place| format!("{}", account.parse::<i64>().expect("a number") + place)).collect();
        let customers = if dice.chance(5) { 30 } else { dice.range(5, 12) };
        let customers = (0..customers).map(|number| customer(&mut dice, base, &locations, number)).collect();
        let people = (0..dice.range(3, 12)).map(|number| person(&mut dice, base, &locations, number)).collect();
        World { seed, base, account, customers, people }
    }

    /// A month of the world.
    pub fn month(&self, months: i32) -> Month {
        self.base.plus(months)
    }
}

fn customer(dice: &mut Dice, base: Month, locations: &[String], number: i64) -> Customer {
    let life = if dice.chance(70) { Life::of(0, END) } else { Life::random(dice, END, true) };
    let segment = |dice: &mut Dice| dice.pick(&["Small, Medium & Corporate - SMB", "Enterprise", ""]);
    let segments = (segment(dice), dice.below(END as usize * 2) as i32, segment(dice));
    let (has_azure, has_office) = (dice.chance(75), dice.chance(65));
    let azure = if has_azure { dice.range(1, 3) } else { 0 };
    let azure = (0..azure).map(|_| azure_subscription(dice, &life, locations)).collect();
    let mut office = Vec::new();
    for name in WORKLOADS {
        if has_office && dice.chance(45) {
            office.push(workload(dice, base, &life, locations, name));
        }
    }
    let names = ["CSP Tier 1", "CSP Tier 2", "CPOR", "Partner of record"];
    let office_attributions = attributions(dice, &life, locations, &names);
    let ems = if dice.chance(40) { dice.range(1, 2) } else { 0 };
    let ems = (0..ems).map(|_| ems_subscription(dice, &life, locations)).collect();
    let seats = if dice.chance(40) { dice.range(1, 2) } else { 0 };
    let seats = (0..seats).map(|_| seats_subscription(dice, &life, locations)).collect();
    let business = if dice.chance(45) { dice.range(1, 3) } else { 0 };
    let business = (0..business).map(|_| business_subscription(dice, &life, locations)).collect();
    let name = format!("{} {number}", dice.pick(&NAMES));
    Customer { tenant: dice.uuid(), name, life, segments, azure, office, office_attributions, ems, seats, business }
}

/// Attributions of some of these names: one that begins with the life or later, others beside or after it.
fn attributions(dice: &mut Dice, life: &Life, locations: &[String], names: &[&'static str]) -> Vec<Attribution> {
    let mut made = Vec::new();
    for _ in 0..dice.range(1, 3) {
        let name = dice.pick(names);
        let admin = (name == "Partner Admin Link").then(|| dice.pick(&["Owner", "Owner", "Contributor", "Reader"]));
        let own = if dice.chance(55) { Life::of(0, END) } else { Life::random(dice, END, true) };
        made.push(Attribution { name, admin, location: located(dice, locations), life: own.within(life) });
    }
    made
}

fn located(dice: &mut Dice, locations: &[String]) -> String {
    locations[dice.below(locations.len())].clone()
}

fn azure_subscription(dice: &mut Dice, life: &Life, locations: &[String]) -> Azure {
    let own = Life::random(dice, END, false).within(life);
    let mut services = SERVICES.to_vec();
    dice.shuffle(&mut services);
    services.truncate(dice.below(4) + 1);
    let services = services
        .into_iter()
        .map(|name| {
            let cents = dice.pick(&[1_000, 20_000, 50_000, 100_000, 125_050, 300_000, 1_500_099]);
            (name, cents, dice.range(-10, 40))
        })
        .collect();
    let names = [
        "Partner Admin Link",
        "Partner Admin Link",
        "Partner of record",
        "CSP Tier 1",
        "CSP Tier 2",
        "Transacting partner of record",
    ];
    let id = (!dice.chance(6)).then(|| dice.uuid());
    Azure { id, services, attributions: attributions(dice, &own, locations, &names), life: own }
}

fn workload(dice: &mut Dice, base: Month, life: &Life, locations: &[String], name: &'static str) -> Workload {
    let own = Life::random(dice, END, false).within(life);
    let mut claims = Vec::new();
    if dice.chance(60) {
        let first = Life::random(dice, END, false).within(&own).first_run();
        let after = first.end().map(|end| Life::of(end + dice.range(0, 4) as i32, END).within(&own));
        claims.extend(claim(dice, base, locations, first));
        if let Some(after) = after.filter(|_| dice.chance(60)) {
            claims.extend(claim(dice, base, locations, after.first_run()));
        }
    }
    let seats = dice.pick(&[8, 10, 11, 24, 25, 60, 280, 299, 300, 305, 900]);
    Workload { name, life: own, seats, share: dice.range(5, 90), claims }
}

fn claim(dice: &mut Dice, base: Month, locations: &[String], life: Life) -> Option<Claim> {
    let (start, _) = *life.runs().first()?;
    let associated = base.plus(start).first_day() + Duration::days(dice.range(0, 27));
    let id = format!("C-{}", 10_000 + dice.below(900_000));
    Some(Claim { id, location: located(dice, locations), associated, life })
}

fn ems_subscription(dice: &mut Dice, life: &Life, locations: &[String]) -> Ems {
    let own = Life::random(dice, END, false).within(life);
    let mut parts = vec!["AADP", "Intune", "AATP", "Azip", "MDO", "MDE"];
    dice.shuffle(&mut parts);
    parts.truncate(dice.below(3) + 1);
    let parts = parts
        .into_iter()
        .map(|part| (part, dice.pick(&[4, 10, 24, 25, 40, 299, 301, 800]), dice.range(5, 90)))
        .collect();
    let attributions = attributions(dice, &own, locations, &["CPOR", "CSP Tier 1", "CSP Tier 2"]);
    Ems { id: dice.uuid(), parts, attributions, life: own }
}

fn seats_subscription(dice: &mut Dice, life: &Life, locations: &[String]) -> Seats {
    let own = Life::random(dice, END, false).within(life);
    let (product, area) = dice.pick(&[
        ("Microsoft 365", "Modern Work"),
        ("Office 365 E3", "Modern Work"),
        ("Business Central", "Business Applications"),
    ]);
    let name = dice.pick(&["CSP Tier 1", "CSP Tier 2"]);
    let attribution = Attribution { name, admin: None, location: located(dice, locations), life: own.clone() };
    Seats { id: dice.uuid(), product, area, life: own, count: dice.range(1, 400), attribution }
}

fn business_subscription(dice: &mut Dice, life: &Life, locations: &[String]) -> Business {
    let own = Life::random(dice, END, false).within(life);
    let (category, workload) = dice.pick(&[
        ("Dynamics 365", "Business Central"),
        ("Dynamics 365", "Business Central"),
        ("Power Platform", "Power Apps"),
        ("Power Platform", "Power Automate"),
        ("Power Platform", "Power BI"),
    ]);
    let revenue = dice.pick(&[10_000, 24_999, 25_000, 149_999, 150_000, 500_000, 500_001, 900_000]);
    let attributions = attributions(dice, &own, locations, &["CSP T1", "CSP T2", "Partner of record", "PAL"]);
    Business {
        id: dice.uuid(),
        category,
        workload,
        revenue,
        users: dice.range(3, 120),
        is_billed_by_seats: dice.chance(40),
        attributions,
        life: own,
    }
}

fn person(dice: &mut Dice, base: Month, locations: &[String], number: i64) -> Person {
    let left = if dice.chance(30) { dice.range(i64::from(BEFORE), i64::from(END)) as i32 } else { END + 1 };
    let mut titles = TITLES.to_vec();
    dice.shuffle(&mut titles);
    let mut certifications: Vec<(&str, &str, Vec<NaiveDate>)> = Vec::new();
    for (title, code) in titles.into_iter().take(dice.below(5) + 1) {
        if certifications.iter().any(|(_, known, _)| *known == code) {
            continue;
        }
        let mut earned = base.plus(dice.range(6, i64::from(END) - 1) as i32).first_day();
        earned += Duration::days(dice.range(0, 27));
        let mut days = vec![earned];
        while dice.chance(75) {
            earned += Duration::days(dice.range(190, 400));
            days.push(earned);
        }
        days.retain(|day| day.year() < 2030);
        certifications.push((title, code, days));
    }
    let mcp = format!("99{:04}", number * 13 + 7);
    Person { mcp, directory: dice.uuid(), location: located(dice, locations), left, certifications }
}
