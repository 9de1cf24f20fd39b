//! What the built-in rulebook answers.

use ledger::{Amount, Area, Date, Mechanism, Role, parse_date};

use super::BUILTIN;
use crate::rulebook::{
    Bounds, Choice, ClassRule, Family, FromBasis, Level, Metric, OpenWindow, Part, RenewalWindow, Rule, Rulebook,
    Table, Track, TrackMode, TrackScope, Window,
};

fn day(text: &str) -> Date {
    parse_date(text).expect("a date")
}

fn amount(text: &str) -> Option<Amount> {
    Amount::parse(text).ok()
}

/// The line of a chosen row, whether it is assumed, whether it is bounded.
fn outline<T>(chosen: Option<Choice<'_, T>>) -> (usize, bool, bool) {
    let chosen = chosen.expect("a row");
    (chosen.row.line, chosen.assumed, chosen.bounded)
}

#[test]
fn the_built_in_rulebook_is_valid_and_knows_its_text() {
    let rulebook = Rulebook::builtin();
    assert_eq!((rulebook.name(), rulebook.total_max()), ("builtin-2026-11", 100));
    assert_eq!(rulebook.program_start(), day("2022-10-03"));
    assert_eq!(rulebook.latest_evidence(), Some(day("2026-10-10")));
    assert_eq!(rulebook.text(), BUILTIN);
    assert_eq!(rulebook.sha256(), "91f2f1b02be02bd9c0bfb95228bb7c6cf12b601f17068558e577fd92eb50e5d9");
    assert_eq!(rulebook.certifications().len(), 72);
    assert_eq!(rulebook.rows().len(), BUILTIN.lines().filter(|line| line.starts_with("from = ")).count());
}

#[test]
fn the_newest_row_that_covers_the_day_applies_else_the_earliest() {
    let rulebook = Rulebook::builtin();
    let certifications = |text| outline(rulebook.skill(Area::Security, Metric::Intermediate, Track::Single, day(text)));
    assert_eq!(certifications("2022-10-03"), (976, true, false), "before all rows the earliest is assumed");
    assert_eq!(certifications("2023-06-12"), (976, true, false));
    assert_eq!(certifications("2023-06-13"), (976, false, false), "from its first day");
    assert_eq!(certifications("2023-11-30"), (976, false, false), "to its last");
    assert_eq!(certifications("2023-12-01"), (992, false, false));
    assert_eq!(certifications("2030-01-01"), (992, false, false), "without an end");
}

#[test]
fn a_bounded_row_may_have_held_from_not_before_to_the_day_before_from() {
    let rulebook = Rulebook::builtin();
    let mode = |text| outline(rulebook.track(Area::DataAi, day(text)));
    assert_eq!(mode("2023-10-23"), (99, false, false));
    assert_eq!(mode("2023-10-24"), (99, false, true));
    assert_eq!(mode("2025-03-25"), (99, false, true));
    assert_eq!(mode("2025-03-26"), (108, false, false));
    assert_eq!(mode("2026-07-01"), (122, false, false));
    let assumed = |text| outline(rulebook.rule(Area::Security, Metric::NetCustomerAdds, Track::Smb, day(text)));
    assert_eq!(assumed("2023-10-23"), (847, true, false));
    assert_eq!(assumed("2023-10-24"), (847, true, true), "the earliest row is assumed and may have held");
    assert_eq!(assumed("2026-05-08"), (847, false, false));
}

#[test]
fn rows_for_all_tracks_serve_each_and_the_three_azure_areas_share_their_rules() {
    let rulebook = Rulebook::builtin();
    for area in Family::Azure.areas() {
        for &track in Track::ALL {
            let chosen = rulebook.rule(area, Metric::UsageGrowth, track, day("2026-08-01")).expect("a row");
            let Rule::AzureUsageGrowth(rule) = &chosen.row.value else { panic!("{:?}", chosen.row) };
            assert_eq!((rule.max, rule.threshold, chosen.row.line), (20, 20, 219));
            assert_eq!(rule.total_usd, Bounds { min: amount("1000"), ..Bounds::default() });
            assert!(rule.associations.contains("pal") && !rule.associations.contains("cpor"));
        }
    }
}

#[test]
fn rules_hold_what_is_written() {
    let rulebook = Rulebook::builtin();
    let today = day("2026-08-01");
    let chosen = rulebook.rule(Area::Security, Metric::NetCustomerAdds, Track::Smb, today).expect("a row");
    assert_eq!(chosen.row.basis, FromBasis::Bounds { not_before: day("2023-10-24"), not_after: day("2026-05-08") });
    let Rule::SecurityNetCustomerAdds(rule) = &chosen.row.value else { panic!("{:?}", chosen.row) };
    assert_eq!((rule.max, rule.threshold, rule.parts.m365.promoted_tenant_stays), (20, 5, true));
    assert_eq!(rule.parts.m365.seats, Bounds { min: amount("5"), max: amount("300"), ..Bounds::default() });
    assert_eq!(rule.parts.associations_azure.names(), ["pal", "csp_t1", "csp_t2"]);

    let chosen = rulebook.rule(Area::ModernWork, Metric::Deployments, Track::Smb, today).expect("a row");
    let Rule::ModernWorkDeployments(rule) = &chosen.row.value else { panic!("{:?}", chosen.row) };
    assert_eq!(rule.band.active_share_min, amount("0.4"));
    let options: Vec<_> = rule.options.iter().map(|option| (option.association.as_str(), option.threshold)).collect();
    assert_eq!(options, [("cpor", 5), ("csp", 10)]);

    let chosen = rulebook.rule(Area::Security, Metric::UsageGrowth, Track::Single, day("2024-01-01")).expect("a row");
    let Rule::SecurityUsageGrowth(rule) = &chosen.row.value else { panic!("{:?}", chosen.row) };
    assert!(rule.parts.azure_usd.is_unbounded() && rule.parts.m365.seats.is_unbounded());
    assert_eq!((rule.azure_usd_per_point, rule.m365_users_per_point), (1250, 125));
}

#[test]
fn tracks_and_the_programme_are_as_written() {
    let rulebook = Rulebook::builtin();
    let mode = |area, text| &rulebook.track(area, day(text)).expect("a row").row.value;
    let TrackMode::Classified(ClassRule::SmbShare { smb_share, ttm_usd }) = mode(Area::DataAi, "2026-01-01") else {
        panic!("another mode")
    };
    assert_eq!((smb_share.above, ttm_usd.below), (amount("0.8"), amount("1000000")));
    assert!(!smb_share.contains_ratio(4, 5) && smb_share.contains_ratio(5, 6));
    assert_eq!(mode(Area::ModernWork, "2026-01-01").tracks(), [Track::Enterprise, Track::Smb]);
    assert_eq!(mode(Area::Security, "2024-01-01").name(), "single");

    let window = |text| rulebook.window(day(text)).expect("a row").row.value;
    let five_months = RenewalWindow::FullMonths { months_back: 5 };
    for (text, not_enrolled, enrolled) in [
        ("2023-01-01", OpenWindow::Day, RenewalWindow::DaysBefore { days: 30 }),
        ("2024-01-01", OpenWindow::SameDay { months_back: 5 }, five_months),
        ("2025-01-01", OpenWindow::FullMonths { months_back: 5 }, five_months),
    ] {
        assert_eq!(window(text), Window { not_enrolled, enrolled });
    }
    let renewal_days = |text| rulebook.membership(day(text)).map(|row| row.row.value.renewal_days_after_anniversary);
    assert_eq!(renewal_days("2026-01-01"), Some(30));
    assert_eq!(rulebook.refresh(day("2022-10-03")).map(|row| row.row.value.day_of_month), Some(20));
    assert_eq!(rulebook.qualification(day("2026-01-01")).map(|row| row.row.value.total_min), Some(70));
}

#[test]
fn certifications_and_their_ends_are_found_by_code() {
    let rulebook = Rulebook::builtin();
    let today = day("2026-08-01");
    assert_eq!(rulebook.certification("MS-900").map(|entry| entry.level), Some(Level::Fundamentals));
    assert_eq!(rulebook.certification("AZ-800"), None, "two exams are one code");
    assert_eq!((rulebook.code_of("AZ-802"), rulebook.code_of("AZ-801")), ("AZ-800+AZ-801", "AZ-801"));
    let known = |code| rulebook.certification(code).map(|entry| (entry.code.as_str(), entry.valid_years));
    assert_eq!((known("AB-400"), known("GH-300")), (Some(("PL-400", 1)), Some(("GH-300", 2))));
    assert_eq!(known("ab-400"), None, "codes are compared exactly");
    let end = rulebook.cert_end("MS-102").expect("an end");
    assert_eq!((end.retired, end.counts_through), (Some(day("2026-11-30")), Some(day("2027-11-30"))));
    assert_eq!(rulebook.cert_end("AZ-104"), None);

    let chosen = rulebook.skill(Area::DigitalApp, Metric::Advanced, Track::Smb, today).expect("a row");
    let steps: Vec<_> =
        chosen.row.value.steps.iter().map(|step| (step.min_people, step.points, step.per_person)).collect();
    assert_eq!(steps, [(Some(1), 4, None), (None, 0, Some(4))]);
    assert_eq!(rulebook.skill(Area::Security, Metric::Advanced, Track::Smb, today), None);
    let list = rulebook.certification_list(Area::ModernWork, Metric::Intermediate, today).expect("a row");
    assert_eq!(list.row.value, ["MS-900", "MS-700", "SC-300", "MS-721", "MD-102", "AB-900"]);
}

#[test]
fn products_are_filed_by_metric_and_part() {
    let rulebook = Rulebook::builtin();
    let today = day("2026-08-01");
    let products = |area, metric, part| rulebook.products(area, metric, part, today).map(|chosen| &chosen.row.value);
    assert_eq!(products(Area::DataAi, Metric::Deployments, None), None, "Azure reads every product");
    assert_eq!(products(Area::Security, Metric::Deployments, None), None, "only its parts have products");
    let platform = products(Area::BusinessApplications, Metric::UsageGrowth, Some(Part::PowerPlatform)).expect("a row");
    let names = ["Power Apps", "Power Automate", "Power BI", "Customer Insights", "Portals"];
    assert_eq!(platform.list, names, "in the order of the text");
    assert_eq!(platform.rates.get(3), Some(&("Customer Insights".to_owned(), amount("0.2").expect("an amount"))));
    let work = products(Area::ModernWork, Metric::NetCustomerAdds, None).expect("a row");
    assert_eq!(work.find("exchange"), Some("Exchange Online"));
    assert_eq!(work.find("TEAMS"), Some("Teams"));
    assert_eq!(work.find("Word"), None);
    assert!(work.rates.is_empty());
}

#[test]
fn mechanisms_are_listed_in_the_order_of_the_text() {
    let rows = Rulebook::builtin().mechanism_rows();
    let first = &rows.first().expect("a row").value;
    assert_eq!(
        (first.mechanism, first.role, first.names.as_slice()),
        (Mechanism::Cpor, Some(Role::Osu), ["cpor".to_owned(), "cpor_osu".to_owned()].as_slice(),)
    );
    assert!(first.holds_for(Area::Security) && !first.holds_for(Area::DataAi));
    let last = &rows.last().expect("a row").value;
    assert!(last.exclusive_per.is_empty() && last.holds_for(Area::DataAi));
}

#[test]
fn the_rows_of_a_day_are_those_that_are_scored_by() {
    let rulebook = Rulebook::builtin();
    for (text, scopes) in
        [("2024-06-01", [TrackScope::Single].as_slice()), ("2026-06-01", &[TrackScope::Enterprise, TrackScope::Smb])]
    {
        let rows = rulebook.rows_on(day(text));
        assert!(rows.is_sorted_by_key(|chosen| chosen.row.line));
        let adds = rows.iter().filter(|chosen| chosen.row.value.keys == ["azure.net_customer_adds"]);
        assert_eq!(adds.filter_map(|chosen| chosen.row.value.track).collect::<Vec<_>>(), scopes);
        let mechanisms = rows.iter().filter(|chosen| chosen.row.value.table == Table::Mechanism);
        assert_eq!(mechanisms.count(), rulebook.mechanism_rows().len());
    }
    let refresh = rulebook.rows().iter().find(|row| row.value.table == Table::Refresh).expect("a row");
    assert_eq!(refresh.value.fields, [("day_of_month".to_owned(), "20".to_owned())]);
    let step = rulebook.rows().iter().find(|row| row.line == 976).and_then(|row| row.value.fields.last());
    let (name, value) = step.expect("a field");
    assert_eq!(name, "steps");
    assert!(value.starts_with("[{ step = 1, min_people = 1, points = 0, certifications = [\"AZ-500\"] }, { step = 2"));
}

#[test]
fn a_rule_tells_what_its_maximum_needs() {
    let rulebook = Rulebook::builtin();
    let day = day("2025-02-28");
    let usage = |area, metric, track, option| {
        rulebook.rule(area, metric, track, day).expect("a row").row.value.threshold(option)
    };
    assert_eq!(usage(Area::Infrastructure, Metric::NetCustomerAdds, Track::Single, None), Some(3));
    assert_eq!(usage(Area::Infrastructure, Metric::UsageGrowth, Track::Single, None), Some(20));
    let users = |option| usage(Area::ModernWork, Metric::UsageGrowth, Track::Smb, option);
    assert!(users(Some("cpor")).is_some() && users(Some("nobody")).is_none() && users(None).is_none());
    assert_eq!(usage(Area::Security, Metric::UsageGrowth, Track::Single, None), None, "each unit has its points");
    let skill = |area, track| rulebook.skill(area, Metric::Intermediate, track, day).expect("a row").row.value.needed();
    assert_eq!(skill(Area::DataAi, Track::Single), Some(10), "40 points, 4 for each person");
    let listed = skill(Area::BusinessApplications, Track::Enterprise);
    assert!(listed.is_some_and(|needed| needed > 1), "a list has its threshold");
}
