//! Reports whose dates, amounts and days follow from all of their rows.

use std::fs;

use super::World;

const TRAININGS: &str = "PGAMpnId,TrainingActivityId,TrainingTitle,TrainingType,TrainingCompletionDate,Month,\
    ExpirationDate,MCPID,MPNId\n";
const CPOR: &str = "CustomerTenantId,CustomerName,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,ClaimId,MpnId,\
    DateAssociated,PartnerAttributionType,Date\n";
const TENANT: &str = "7a1c2f60-5b1e-4c5e-9a57-0c8f3f1b2d01";

fn training(completed: &str, month: &str, expires: &str, person: &str) -> String {
    format!("7000001,1,Azure Administrator Associate,Certification,{completed},{month},{expires},{person},7000002\n")
}

fn claim(users: &str, seats: &str, since: &str, month: &str) -> String {
    format!("{TENANT},Wingtip,Teams,{users},{seats},C-1,7000002,{since},CPOR,{month}\n")
}

/// The days of the facts that a ledger records.
fn days(world: &World) -> Vec<String> {
    let day = |line: &str| Some(line.split_once("\"effective_at\":\"")?.1.get(..10)?.to_owned());
    world.run("export").stdout.lines().filter_map(day).collect()
}

#[test]
fn a_file_of_which_nothing_tells_the_order_is_refused_until_the_command_says_it() {
    let ambiguous = format!("{TRAININGS}{}", training("03/07/2024 20:11", "", "", "990001"));
    for (command, stdin) in [
        ("import --kind training-completions t.csv", ""),
        ("import --kind training-completions --skip-bad t.csv", ""),
        ("import --kind auto t.csv", ""),
        ("import --kind auto --skip-bad t.csv", ""),
        ("import --kind training-completions -", ambiguous.as_str()),
        ("import folder", ""),
    ] {
        let world = World::with_ledger();
        world.write("t.csv", &ambiguous);
        fs::create_dir(world.path("folder")).unwrap();
        world.write("folder/t.csv", &ambiguous);
        let said = world.run_with(&format!("{command} --format json"), stdin.as_bytes());
        let error = said.error();
        assert_eq!((said.code, error["code"].as_str()), (1, Some("bad_report")), "{command}: {said:?}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains("`TrainingCompletionDate` \"03/07/2024 20:11\" on line 2"), "{message}");
        let hint = error["hints"][0].as_str().unwrap_or_default();
        assert!(hint.contains("--day-first or --month-first"), "{hint}");
        assert_eq!(world.run("export").stdout, "", "{command}");
        for (option, day) in [("--day-first", "2024-07-03"), ("--month-first", "2024-03-07")] {
            let world = World::with_ledger();
            world.write("t.csv", &ambiguous);
            fs::create_dir(world.path("folder")).unwrap();
            world.write("folder/t.csv", &ambiguous);
            let said = world.run_with(&format!("{command} {option}"), stdin.as_bytes());
            assert_eq!((said.code, days(&world)), (0, vec![day.to_owned()]), "{command} {option}: {said:?}");
        }
    }
}

#[test]
fn one_day_above_twelve_tells_the_order_of_all_rows_also_with_skip_bad() {
    let rows = [training("25/12/2023 23:07", "", "", "1"), training("10/02/2024 21:02", "", "", "2")];
    let world = World::with_ledger();
    world.write("t.csv", &format!("{TRAININGS}{}", rows.concat()));
    assert_eq!(world.run("import --kind auto t.csv").code, 0);
    assert_eq!(days(&world), ["2023-12-25", "2024-02-10"]);
    // A row that is refused tells the order all the same.
    let refused = rows[0].replace("Certification", "");
    let world = World::with_ledger();
    world.write("t.csv", &format!("{TRAININGS}{refused}{}", rows[1]));
    let said = world.run("import --kind auto --skip-bad t.csv");
    assert!(said.code == 4 && said.stdout.contains("1 new, 0 already, 1 refused"), "{said:?}");
    assert_eq!(days(&world), ["2024-02-10"]);
    // What contradicts is refused as a whole, and left out of a folder by --skip-bad.
    let world = World::with_ledger();
    fs::create_dir(world.path("folder")).unwrap();
    world.write("folder/bad.csv", &format!("{TRAININGS}{}{}", rows[0], training("12/25/2023", "", "", "3")));
    world.write("folder/good.csv", &format!("{TRAININGS}{}", training("2024-05-06", "", "", "4")));
    let said = world.run("import folder");
    assert!(said.stderr.contains("line 2 is day first") && said.stderr.contains("line 3 month first"), "{said:?}");
    let said = world.run("import folder --skip-bad");
    let told = "bad.csv: not read: failed to tell the day from the month: ";
    assert!(said.code == 4 && said.stdout.contains(told), "{said:?}");
    assert_eq!(days(&world), ["2024-05-06"]);
}

#[test]
fn an_order_holds_for_reports_alone_and_is_refused_where_a_file_proves_another() {
    let world = World::with_ledger();
    world.write("t.csv", &format!("{TRAININGS}{}", training("25/12/2023", "", "", "1")));
    let said = world.run("import --kind auto --month-first t.csv");
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("\"25/12/2023\" on line 2 is day first"), "{said:?}");
    assert!(said.stderr.contains("hint: leave --month-first out, or say --day-first for this file"), "{said:?}");
    for command in [
        "import --day-first --month-first t.csv",
        "import --kind events --day-first t.csv",
        "import --entries --month-first t.csv",
    ] {
        assert_eq!(world.run(command).code, 2, "{command}");
    }
}

#[test]
fn months_and_claims_have_the_order_of_their_file() {
    let world = World::with_ledger();
    let rows = [claim("150", "200", "03/07/2023", "01/06/2024"), claim("120", "200", "03/07/2023", "01/05/2024")];
    world.write("c.csv", &format!("{CPOR}{}", rows.concat()));
    let said = world.run("import --kind cpor-m365-usage --partner 7000001 c.csv");
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(days(&world), ["2023-07-03"]);
    let export = world.run("export").stdout;
    assert!(export.contains("\"month\":\"2024-06\"") && export.contains(", as of 2024-07-01 with 2024-05 to 2024-06"));
}

#[test]
fn seats_and_users_are_whole_and_not_negative() {
    for (seats, problem) in [
        ("1.250", "may be thousands or decimals: write a whole number without a separator"),
        ("\"1,250\"", "may be thousands or decimals: write a whole number without a separator"),
        ("12.000", "may be thousands or decimals: write a whole number without a separator"),
        ("12.5", "must be a whole number"),
        ("-3", "must be a whole number"),
        ("(3)", "must be a whole number"),
        ("9.5E-05", "must be a whole number"),
        ("many", "must be a whole number"),
    ] {
        for row in [claim("10", seats, "", "2024-06-01"), claim(seats, "10", "", "2024-06-01")] {
            let world = World::with_ledger();
            world.write("c.csv", &format!("{CPOR}{row}"));
            let said = world.run("import --kind cpor-m365-usage --partner 7000001 c.csv");
            assert_eq!(said.code, 1, "{seats}: {said:?}");
            assert!(said.stderr.contains(&format!("which {problem}")), "{seats}: {said:?}");
            assert_eq!(world.run("export").stdout, "");
        }
    }
    for (seats, value) in [("1250", "1250"), ("12.0", "12"), ("12.00", "12"), ("\"1,250.00\"", "1250"), ("0", "0")] {
        let world = World::with_ledger();
        world.write("c.csv", &format!("{CPOR}{}", claim("0", seats, "", "2024-06-01")));
        assert_eq!(world.run("import --kind cpor-m365-usage --partner 7000001 c.csv").code, 0, "{seats}");
        let export = world.run("export").stdout;
        assert!(export.contains(&format!("\"metric\":\"paid_seats\",\"value\":\"{value}\"")), "{seats}: {export}");
    }
    // What the consumption value is computed from may be a capacity, and so a fraction.
    let units = |units: &str| {
        format!(
            "FiscalMonthName,GlobalPartnerID,CustomerTenantID,SubscriptionID,PartnerAssociationType,MetricType,Workload,\
             MAU\nJUL-2024,7000001,{TENANT},s-1,CSP T1,Paid,Power BI,{units}\n"
        )
    };
    for (text, code) in [("12.5", 0), ("-1", 1)] {
        let world = World::with_ledger();
        world.write("u.csv", &units(text));
        let said = world.run("import --kind bizapps-usage u.csv");
        assert_eq!(said.code, code, "{text}: {said:?}");
    }
}

#[test]
fn decimal_commas_are_read_where_every_amount_of_a_semicolon_file_has_them() {
    let azure = |amounts: [&str; 2]| {
        let row = |service: &str, amount: &str| {
            format!("7000001;7000002;{TENANT};20240601;{service};s-1;CSP Tier 1;0;{amount}\n")
        };
        let columns = "PGAMpnId;MPNId;CustomerTenantId;Month;ServiceLevel2;SubscriptionId;PartnerAttributionType;\
            IsACRDuplicateAtPGALevel;ACR_USD\n";
        format!("{columns}{}{}", row("SQL Database", amounts[0]), row("Storage", amounts[1]))
    };
    let import = |text: &str| {
        let world = World::with_ledger();
        world.write("a.csv", text);
        let said = world.run("import --kind azure-usage a.csv");
        (said.code, said.stderr, world.run("export").stdout)
    };
    let (code, stderr, export) = import(&azure(["1.234,56", "1.250"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(export.contains("\"value\":\"1234.56\"") && export.contains("\"value\":\"1250\""), "{export}");
    for (amounts, refused) in [(["1234,56", "12.5"], "1234,56"), (["1,250", "12"], "1,250")] {
        let (code, stderr, _) = import(&azure(amounts));
        assert!(code == 1 && stderr.contains(&format!("`ACR_USD` is {refused:?}")), "{stderr}");
    }
    let commas = azure(["\"1234,56\"", "\"12,5\""]).replace(';', ",");
    assert_eq!(import(&commas).0, 1, "where commas separate cells they are no decimal ones");
}

#[test]
fn two_byte_order_marks_are_none() {
    let mark = "\u{feff}";
    let text = format!("{mark}{mark}{TRAININGS}{}", training("2024-07-03", "", "", "1"));
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [text.as_bytes(), &utf16] {
        let world = World::with_ledger();
        fs::write(world.path("t.csv"), bytes).unwrap();
        assert_eq!(world.run("import --kind auto t.csv").code, 0);
        assert_eq!(days(&world), ["2024-07-03"]);
    }
}

#[test]
fn the_day_that_the_answer_says_is_that_of_the_events() {
    let pal = "{\"PartnerId\":\"7000002\",\"TenantId\":\"1b1121dd-6900-412a-af73-e8d44f81e1c1\",\
        \"ObjectId\":\"aa67f786-0552-423e-8849-244ed12bf581\",\"State\":\"Active\"}";
    let list = format!("{TRAININGS}{}{}", training("2024-02-10", "", "", "1"), training("2024-08-10", "", "", "2"));
    let claims = format!("{CPOR}{}", claim("1", "2", "2023-07-03", "2024-06-01"));
    let hook = format!(
        "{{\"EventName\":\"reseller-relationship-accepted-by-customer\",\"ResourceUri\":\"https://x/v1/customers/{TENANT}\",\
         \"ResourceChangeUtcDate\":\"2024-05-06T07:08:09Z\",\"AuditUri\":null}}"
    );
    // The clock of the test says 2025-03-02, of which nothing else speaks.
    for (name, text, options, day) in [
        ("t.csv", list.as_str(), "", "2024-08-10"),
        ("t_20240901101112.csv", &list, "", "2024-09-01"),
        ("t_20240701101112.csv", &list, "", "2024-08-10"),
        ("t_1725148800000.csv", &list, "", "2024-08-10"),
        ("t.csv", &list, "--downloaded 2024-10-01", "2024-10-01"),
        ("t.csv", &list, "--snapshot", "2024-08-10"),
        ("c.csv", &claims, "", "2024-07-01"),
        ("c-2024-07-03T10-00-00.csv", &claims, "--snapshot", "2024-07-03"),
        ("p.json", pal, "", "2025-03-02"),
        ("p_20240305T101112Z.json", pal, "--snapshot", "2024-03-05"),
        ("h.json", &hook, "", "2024-05-06"),
    ] {
        for form in ["folder", "zip"] {
            let world = World::with_ledger();
            let asked = if form == "folder" {
                fs::create_dir(world.path("in")).unwrap();
                world.write(&format!("in/{name}"), text);
                "in"
            } else {
                fs::write(world.path("in.zip"), super::folders::zipped(&[(name, text.as_bytes())])).unwrap();
                "in.zip"
            };
            let said = world.run(&format!("import {asked} --partner 7000001 {options} --format json"));
            let answer: serde_json::Value = serde_json::from_str(&said.stdout).expect("an answer");
            assert_eq!(answer["files"][0]["as_of"].as_str(), Some(day), "{name} {options}: {said:?}");
            let export = world.run("export").stdout;
            assert!(!export.is_empty());
            let mark = format!(", as of {day}");
            assert!(export.lines().all(|line| line.contains(&mark)), "{name} {options}, {day}: {export}");
        }
    }
}

#[test]
fn a_location_is_one_of_the_account_of_its_day_and_a_finding_says_that_two_became_one() {
    let profile =
        |account: &str| format!("MPNId,PartnerName,PGAMpnId,HierarchyLevel\n7000002,Contoso,{account},Location\n");
    let claims = |month: &str| format!("{CPOR}{}", claim("1", "2", "", month));
    let files = [
        ("Profile-20240101.csv", profile("7000001")),
        ("Profile-20240701.csv", profile("7000009")),
        ("CPORM365Usage-20240306.csv", claims("2024-02-01")),
        ("CPORM365Usage-20240806.csv", claims("2024-07-01")),
    ];
    let partner_of = |world: &World, month: &str| {
        let export = world.run("export").stdout;
        let line = export.lines().find(|line| line.contains(&format!("\"month\":\"{month}\""))).map(str::to_owned);
        line.and_then(|line| Some(line.split_once("\"partner\":\"")?.1.get(..7)?.to_owned())).unwrap_or_default()
    };
    let world = World::with_ledger();
    fs::create_dir(world.path("all")).unwrap();
    for (name, text) in &files {
        world.write(&format!("all/{name}"), text);
    }
    let said = world.run("import all");
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!((partner_of(&world, "2024-02"), partner_of(&world, "2024-07")), ("7000001".into(), "7000009".into()));
    let finding = "merged_accounts: location 7000002 is one of partner 7000001 up to 2024-03-06, and of partner 7000009 \
        as of 2024-08-06: two accounts may have become one";
    for partner in ["7000001", "7000009"] {
        let said = world.run(&format!("check --partner {partner}"));
        assert!(said.stdout.contains(&format!("{partner}  {finding}")), "{said:?}");
    }
    // Month by month; the profiles are not kept, and what they told is.
    let world = World::with_ledger();
    for names in [[0, 2], [1, 3]] {
        fs::create_dir(world.path("month")).unwrap();
        for place in names {
            let (name, text) = &files[place];
            world.write(&format!("month/{name}"), text);
        }
        assert_eq!(world.run("import month").code, 0);
        fs::remove_dir_all(world.path("month")).unwrap();
    }
    for (name, month, partner) in [
        ("CPORM365Usage-20240405.csv", "2024-03", "7000001"),
        ("CPORM365Usage-20240905.csv", "2024-08", "7000009"),
        ("CPORM365Usage-20231205.csv", "2023-11", "7000001"),
    ] {
        world.write(name, &claims(&format!("{month}-01")));
        let said = world.run(&format!("import --kind auto {name}"));
        assert_eq!((said.code, partner_of(&world, month).as_str()), (0, partner), "{said:?}");
    }
    let before = world.run("check").stdout;
    assert_eq!(before.matches("merged_accounts").count(), 2, "{before}");
    // An account that becomes a location of another one is its own from the first entry that names it.
    let world = World::with_ledger();
    let own = |id: u32, partner: &str, month: &str| {
        format!(
            "{{\"id\":\"00000000-0000-4000-8000-00000000000{id}\",\"type\":\"usage_reported\",\"partner\":\"{partner}\",\
             \"location\":\"7000002\",\"month\":\"{month}\",\"customer\":\"{TENANT}\",\"product\":\"Teams\",\
             \"metric\":\"paid_seats\",\"value\":\"1\"}}\n"
        )
    };
    world.write("own.jsonl", &(own(1, "7000001", "2023-05") + &own(2, "7000002", "2024-05")));
    assert_eq!(world.run("import own.jsonl").code, 0);
    let said = world.run("check --partner 7000001 --format json").stdout;
    assert!(said.contains("of partner 7000002 as of 2024-05-01") && said.contains("\"seqs\":[0,1]"), "{said}");
    // What is retracted tells nothing.
    let world = World::with_ledger();
    let event = |id: u32, partner: &str| {
        format!(
            "{{\"id\":\"00000000-0000-4000-8000-00000000000{id}\",\"type\":\"usage_reported\",\"partner\":\"{partner}\",\
             \"location\":\"7000002\",\"month\":\"2024-01\",\"customer\":\"{TENANT}\",\"product\":\"Teams\",\
             \"metric\":\"paid_seats\",\"value\":\"1\"}}\n"
        )
    };
    let retraction = "{\"id\":\"00000000-0000-4000-8000-000000000003\",\"type\":\"event_retracted\",\
        \"partner\":\"7000009\",\"effective_at\":\"2024-02-01\",\"event\":\"00000000-0000-4000-8000-000000000002\",\
        \"reason\":\"wrong account\"}\n";
    world.write("e.jsonl", &format!("{}{}", event(1, "7000001"), event(2, "7000009")));
    assert_eq!(world.run("import e.jsonl").code, 0);
    assert!(world.run("check").stdout.contains("merged_accounts"));
    world.write("r.jsonl", retraction);
    let said = world.run("import r.jsonl");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!world.run("check").stdout.contains("merged_accounts"));
    world.write("c.csv", &claims("2024-03-01"));
    assert_eq!(world.run("import --kind auto c.csv").code, 0);
    assert_eq!(partner_of(&world, "2024-03"), "7000001");
}
